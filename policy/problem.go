package policy

import "fmt"

// Object names the resource that something is about.
type Object struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// File is where the resource was read from, "" if from an API server.
	File string `json:"file,omitempty"`
}

// String gives the object as logs show it.
func (o Object) String() string {
	name := o.Name
	if o.Namespace != "" {
		name = o.Namespace + "/" + name
	}
	if o.File != "" {
		return fmt.Sprintf("%s %s (%s)", o.Kind, name, o.File)
	}
	return o.Kind + " " + name
}

// Reasons that a problem can have. Those that are also condition reasons of a resource carry the same text.
const (
	ReasonMissingDefault     = "MissingDefault"
	ReasonDuplicateDefault   = "DuplicateDefault"
	ReasonKindNotSupported   = "KindNotSupported"
	ReasonCredentialMissing  = "CredentialMissing"
	ReasonInvalidInboundAuth = "InvalidInboundAuth"
	ReasonInvalidSpec        = "InvalidSpec"
	ReasonStoreNotFound      = "StoreNotFound"
	ReasonDuplicateNamespace = "DuplicateNamespace"
	ReasonUnreadable         = "Unreadable"
	ReasonRefusedByEnvoy     = "RefusedByEnvoy"
)

// Problem is something wrong with a resource.
type Problem struct {
	Object
	Field   string `json:"field,omitempty"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
	// Fatal problems keep a new table from being made, so that the last good one stays in force.
	Fatal bool `json:"-"`
}

// Error implements error.
func (p Problem) Error() string {
	field := ""
	if p.Field != "" {
		field = " " + p.Field
	}
	return fmt.Sprintf("%s:%s: %s: %s", p.Object, field, p.Reason, p.Message)
}
