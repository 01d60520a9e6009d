package policy

import (
	"fmt"
	"log/slog"
)

// Secret is a credential. Every way of printing it shows a fixed mask; Reveal is the only way to its text.
//
// The text is behind a pointer since fmt calls no methods of what sits in unexported fields, but shows no more than an address
// of a pointer in them.
type Secret struct{ text *string }

const mask = "[redacted]"

// NewSecret wraps a credential.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the credential itself, for the one place that needs it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty reports whether there is no credential.
func (s Secret) Empty() bool { return s.text == nil }

// String implements fmt.Stringer.
func (s Secret) String() string { return mask }

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return mask }

// Format masks the credential under every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(mask)) }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText masks the credential in JSON, YAML and XML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }
