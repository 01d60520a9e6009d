package policy

import "fmt"

// Scope is what an operation asks for, or a set of what a key may do.
type Scope uint8

// The scopes. Admin satisfies read and write; read and write do not imply each other.
const (
	ScopeNone Scope = 0
	ScopeRead Scope = 1 << (iota - 1)
	ScopeWrite
	ScopeAdmin

	ScopeAll = ScopeRead | ScopeWrite | ScopeAdmin
)

// Allows reports whether the granted set s satisfies an operation that asks for want.
func (s Scope) Allows(want Scope) bool {
	return want == ScopeNone || s&ScopeAdmin != 0 || s&want == want
}

// String gives the name that error bodies and headers use.
func (s Scope) String() string {
	switch s {
	case ScopeNone:
		return "none"
	case ScopeRead:
		return "read"
	case ScopeWrite:
		return "write"
	case ScopeAdmin:
		return "admin"
	}
	return s.list()
}

func (s Scope) list() string {
	out := ""
	for _, one := range []Scope{ScopeRead, ScopeWrite, ScopeAdmin} {
		if s&one == 0 {
			continue
		}
		if out != "" {
			out += ","
		}
		out += one.String()
	}
	return out
}

// ParseScopes reads the scope names of a key.
func ParseScopes(names []string) (Scope, error) {
	var s Scope
	for i, name := range names {
		switch name {
		case "read":
			s |= ScopeRead
		case "write":
			s |= ScopeWrite
		case "admin":
			s |= ScopeAdmin
		default:
			return 0, fmt.Errorf("scopes[%d]: %q is not one of read, write, admin", i, name)
		}
	}
	if s == 0 {
		return 0, fmt.Errorf("scopes: at least one of read, write, admin is needed")
	}
	return s, nil
}
