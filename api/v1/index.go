package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"hevlayer.com/layer/api/v1alpha1"
)

// KindIndex is the kind of Index.
const KindIndex = "Index"

// Index is the policy for one upstream namespace.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=indexes,scope=Namespaced
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Store",type=string,JSONPath=".spec.backend.storeRef"
// +kubebuilder:printcolumn:name="Metric",type=string,JSONPath=".spec.backend.distanceMetric"
// +kubebuilder:printcolumn:name="Cache",type=string,JSONPath=".spec.cache.mode"
type Index struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// +required
	Spec IndexSpec `json:"spec"`
	// +optional
	Status IndexStatus `json:"status,omitempty"`
}

// IndexList is a list of Indexes.
//
// +kubebuilder:object:root=true
type IndexList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Index `json:"items"`
}

// Duration is a whole number with one of the units ms, s, m, h, d.
//
// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]+(ms|s|m|h|d)$')",message="must be a whole number with one of the units ms, s, m, h, d"
type Duration string

// Retention is a Duration or the word never.
//
// +kubebuilder:validation:XValidation:rule="self == 'never' || self.matches('^[0-9]+(ms|s|m|h|d)$')",message="must be never, or a whole number with one of the units ms, s, m, h, d"
type Retention string

// IndexSpec is the policy for one upstream namespace.
type IndexSpec struct {
	// +required
	Backend Backend `json:"backend"`
	// +kubebuilder:default={}
	// +optional
	Metadata Metadata `json:"metadata,omitempty"`
	// +kubebuilder:default={}
	// +optional
	Snapshot Snapshot `json:"snapshot,omitempty"`
	// +kubebuilder:default={}
	// +optional
	Scan Scan `json:"scan,omitempty"`
	// +optional
	Cache *Cache `json:"cache,omitempty"`
	// Consistency is what reads of the namespace get when they don't say.
	// +kubebuilder:validation:Enum=eventual;strong
	// +kubebuilder:default=eventual
	// +optional
	Consistency string `json:"consistency,omitempty"`
	// +kubebuilder:default={}
	// +optional
	Search Search `json:"search,omitempty"`
	// +kubebuilder:default={}
	// +optional
	Blobs Blobs `json:"blobs,omitempty"`
	// +optional
	Embedding *Embedding `json:"embedding,omitempty"`
}

// Backend says which upstream namespace, in which store.
type Backend struct {
	// StoreRef is a VectorStore in the same namespace; absent means the default store.
	// +optional
	StoreRef string `json:"storeRef,omitempty"`
	// Namespace is the upstream namespace; absent means the name of the Index. Upstream names need not be DNS names.
	// +optional
	Namespace string `json:"namespace,omitempty"`
	// +kubebuilder:default=cosine_distance
	// +optional
	DistanceMetric string `json:"distanceMetric,omitempty"`
}

// Metadata is the user's own.
type Metadata struct {
	// Labels are what a Function's indexSelector matches.
	// +kubebuilder:default={}
	// +optional
	Labels map[string]string `json:"labels,omitempty"`
	// +kubebuilder:default={}
	// +optional
	Annotations map[string]string `json:"annotations,omitempty"`
	// +optional
	Tags []string `json:"tags,omitempty"`
}

// Snapshot says when snapshots are taken and how long they are kept.
type Snapshot struct {
	// FacetFields are the attributes that a snapshot counts; empty means no automatic snapshots.
	// +kubebuilder:validation:items:Pattern=`\S`
	// +kubebuilder:default={}
	// +optional
	FacetFields []string `json:"facetFields,omitempty"`
	// Interval is the least time between two snapshots.
	// +kubebuilder:default="5m"
	// +optional
	Interval Duration `json:"interval,omitempty"`
	// Retention is after what time older bodies are pruned; the newest and the pinned ones always stay.
	// +kubebuilder:default=never
	// +optional
	Retention Retention `json:"retention,omitempty"`
}

// Scan sizes scans of the namespace.
type Scan struct {
	// Threads is the default origin fan-out; the gateway clamps it to 1..32.
	// +kubebuilder:default=8
	// +optional
	Threads int32 `json:"threads,omitempty"`
}

// Cache says how documents of the namespace are cached.
type Cache struct {
	// TTL is how long a cached document lives.
	// +required
	TTL Duration `json:"ttl"`
	// +kubebuilder:validation:Minimum=0
	// +optional
	CapGiB uint64 `json:"capGiB,omitempty"`
	// +kubebuilder:validation:Enum=standard;staging
	// +kubebuilder:default=standard
	// +optional
	Mode string `json:"mode,omitempty"`
}

// Search says how the namespace is searched.
type Search struct {
	// +kubebuilder:default=false
	// +optional
	FullText bool `json:"fullText,omitempty"`
}

// Blobs says which attributes refer to blobs.
type Blobs struct {
	// ReferenceAttributes are the attributes that hold blob references; naming any enables blob warming.
	// +kubebuilder:default={}
	// +optional
	ReferenceAttributes []string `json:"referenceAttributes,omitempty"`
}

// Embedding is the model that makes the namespace's vectors.
type Embedding struct {
	// +required
	Model string `json:"model"`
	// +required
	Normalization string `json:"normalization"`
	// +required
	OutputDim int32 `json:"outputDim"`
}

// IndexStatus is what the operator saw.
type IndexStatus struct {
	// +optional
	Metadata MetadataStatus `json:"metadata,omitempty"`
	// +optional
	Snapshot SnapshotStatus `json:"snapshot,omitempty"`
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []v1alpha1.Condition `json:"conditions,omitempty"`
}

// MetadataStatus says whether spec.metadata is in force.
type MetadataStatus struct {
	// +optional
	Synced bool `json:"synced,omitempty"`
	// +optional
	LastSyncedRevision string `json:"lastSyncedRevision,omitempty"`
}

// SnapshotStatus is when snapshots ran.
type SnapshotStatus struct {
	// +optional
	LastRun *metav1.Time `json:"lastRun,omitempty"`
	// +optional
	LastSuccess *metav1.Time `json:"lastSuccess,omitempty"`
}
