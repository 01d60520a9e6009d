package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// KindVectorStore is the kind of VectorStore.
const KindVectorStore = "VectorStore"

// VectorStore is an upstream store with the policy for those who reach it through Layer.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=vectorstores,scope=Namespaced
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Default",type=boolean,JSONPath=".spec.default"
// +kubebuilder:printcolumn:name="Kind",type=string,JSONPath=".spec.kind"
// +kubebuilder:printcolumn:name="Region",type=string,JSONPath=".spec.endpoint.region"
// +kubebuilder:printcolumn:name="Reachable",type=boolean,JSONPath=".status.reachable"
type VectorStore struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// +required
	Spec VectorStoreSpec `json:"spec"`
	// +optional
	Status VectorStoreStatus `json:"status,omitempty"`
}

// VectorStoreList is a list of VectorStores.
//
// +kubebuilder:object:root=true
type VectorStoreList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []VectorStore `json:"items"`
}

// VectorStoreSpec says where the store is, how Layer proves itself to it, and who may use it.
type VectorStoreSpec struct {
	// Kind is what speaks at the endpoint. Only turbopuffer is served.
	// +kubebuilder:validation:Enum=turbopuffer;pinecone;search
	// +required
	Kind string `json:"kind"`
	// Default marks the store of the namespaces that no Index sends elsewhere.
	// +kubebuilder:default=false
	// +optional
	Default bool `json:"default,omitempty"`
	// +required
	Endpoint Endpoint `json:"endpoint"`
	// Credential is the upstream bearer. Without it the caller's own bearer is passed on, which only a default store in mode
	// deriveFromStore may do.
	// +optional
	Credential *Credential `json:"credential,omitempty"`
	// +optional
	Turbopuffer *TurbopufferSettings `json:"turbopuffer,omitempty"`
	// +optional
	Search *SearchSettings `json:"search,omitempty"`
	// +kubebuilder:default={mode: deriveFromStore}
	// +optional
	InboundAuth InboundAuth `json:"inboundAuth,omitempty"`
}

// Endpoint is where a store is.
type Endpoint struct {
	// URL is scheme, host and port of the store.
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://[^/\\\\s]+')",message="must be an http:// or https:// URL with a host"
	// +required
	URL string `json:"url"`
	// Region is a label; nothing is derived from it.
	// +required
	Region string `json:"region"`
	// CASecretRef names PEM certificates to verify the store's TLS against; absent means the roots of the system.
	// +optional
	CASecretRef *SecretKeyRef `json:"caSecretRef,omitempty"`
}

// Credential is a bearer that a Secret holds.
type Credential struct {
	// +required
	SecretRef SecretKeyRef `json:"secretRef"`
}

// SecretKeyRef names one value of a Secret in the same namespace.
type SecretKeyRef struct {
	// Name is the name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +required
	Name string `json:"name"`
	// Key is the key in the Secret's data.
	// +kubebuilder:validation:MinLength=1
	// +required
	Key string `json:"key"`
}

// TurbopufferSettings are for stores of kind turbopuffer.
type TurbopufferSettings struct {
	// OrgID makes the dashboard's deep links; nothing else uses it.
	// +optional
	OrgID string `json:"orgId,omitempty"`
}

// SearchSettings are reserved for stores of kind search.
type SearchSettings struct {
	// +optional
	AdminCredential *Credential `json:"adminCredential,omitempty"`
}

// InboundAuth says which bearers a store accepts from clients.
//
// +kubebuilder:validation:XValidation:rule="self.mode != 'keys' || (has(self.keys) && size(self.keys) > 0)",message="mode keys needs at least one key",fieldPath=".keys"
type InboundAuth struct {
	// Mode is deriveFromStore (the store's own credential), keys (those listed) or open (anything).
	// +kubebuilder:validation:Enum=deriveFromStore;keys;open
	// +kubebuilder:default=deriveFromStore
	// +optional
	Mode string `json:"mode,omitempty"`
	// +listType=map
	// +listMapKey=name
	// +optional
	Keys []InboundKey `json:"keys,omitempty"`
}

// InboundKey is a key that clients may use.
type InboundKey struct {
	// Name is what logs call the key.
	// +required
	Name string `json:"name"`
	// Scopes is what the key grants. Admin satisfies read and write; read and write do not imply each other.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:items:Enum=read;write;admin
	// +required
	Scopes []string `json:"scopes"`
	// +required
	SecretRef SecretKeyRef `json:"secretRef"`
}

// VectorStoreStatus is what the operator saw.
type VectorStoreStatus struct {
	// Reachable says whether the store answered the last probe.
	// +optional
	Reachable *bool `json:"reachable,omitempty"`
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []Condition `json:"conditions,omitempty"`
}
