package policy

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/url"
)

// AuthMode says which bearers a store accepts.
type AuthMode string

// The modes.
const (
	DeriveFromStore AuthMode = "deriveFromStore"
	Keys            AuthMode = "keys"
	Open            AuthMode = "open"
)

// Store is one upstream with its inbound policy, checked and ready to use.
type Store struct {
	Name    string
	Kind    string
	Region  string
	Default bool
	// URL is scheme and host (with port) of the upstream; it has no path.
	URL *url.URL
	// Credential is the upstream bearer; empty means that the caller's own is passed on.
	Credential Secret
	// CA holds PEM certificates to verify the upstream against; empty means the roots of the system.
	CA []byte

	mode AuthMode
	keys []key
}

// Mode returns the store's inbound mode.
func (s *Store) Mode() AuthMode { return s.mode }

// PassesBearer reports whether the caller's own bearer is sent on to the store.
func (s *Store) PassesBearer() bool { return s.Credential.Empty() }

// sameUpstream reports whether two stores are reached in the same way.
func (s *Store) sameUpstream(o *Store) bool {
	return s == o || s.URL.String() == o.URL.String() && s.Credential.Reveal() == o.Credential.Reveal() && string(s.CA) == string(o.CA)
}

// key is an inbound key: its hash, never its text.
type key struct {
	name  string
	scope Scope
	hash  [sha256.Size]byte
}

// match finds the key that a bearer is. Hashes are compared in constant time, and all of them, so that neither the place of
// the difference nor of the key shows in the time; the first in list order wins.
func match(keys []key, bearer string) (key, bool) {
	hash := sha256.Sum256([]byte(bearer))
	found, ok := key{}, false
	for _, k := range keys {
		if subtle.ConstantTimeCompare(hash[:], k.hash[:]) == 1 && !ok {
			found, ok = k, true
		}
	}
	return found, ok
}
