package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Condition is one observation about a resource. It is metav1.Condition with fewer required fields.
type Condition struct {
	// Type names what is observed.
	// +required
	Type string `json:"type"`
	// Status is True, False or Unknown.
	// +required
	Status metav1.ConditionStatus `json:"status"`
	// Reason is a word for machines that says why.
	// +optional
	Reason string `json:"reason,omitempty"`
	// Message is a sentence for people.
	// +optional
	Message string `json:"message,omitempty"`
	// LastTransitionTime is when status changed last.
	// +optional
	LastTransitionTime *metav1.Time `json:"lastTransitionTime,omitempty"`
}

// The condition types of VectorStore and Index.
const (
	// ConditionReady says whether the resource can do its work.
	ConditionReady = "Ready"
	// ConditionProgrammed says whether Envoy accepted what was made of the resource.
	ConditionProgrammed = "Programmed"
)

// The reasons of Programmed.
const (
	ReasonInForce        = "InForce"
	ReasonRefusedByEnvoy = "RefusedByEnvoy"
)

// The reasons of Ready on a VectorStore.
const (
	ReasonReachable          = "Reachable"
	ReasonUnreachable        = "Unreachable"
	ReasonCredentialMissing  = "CredentialMissing"
	ReasonKindNotSupported   = "KindNotSupported"
	ReasonMissingDefault     = "MissingDefault"
	ReasonDuplicateDefault   = "DuplicateDefault"
	ReasonInvalidInboundAuth = "InvalidInboundAuth"
)

// The reasons of Ready on an Index.
const (
	ReasonSynced             = "Synced"
	ReasonStoreNotFound      = "StoreNotFound"
	ReasonDuplicateNamespace = "DuplicateNamespace"
	ReasonNamespaceNotFound  = "NamespaceNotFound"
	ReasonInvalidSpec        = "InvalidSpec"
)
