package policy

import (
	"fmt"
	"strings"
)

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
	// An object may have no name, where what is wrong is that there is none.
	at := strings.TrimSpace(p.String())
	if p.Field != "" {
		at += ": " + p.Field
	}
	return fmt.Sprintf("%s: %s: %s", at, p.Reason, p.Message)
}
