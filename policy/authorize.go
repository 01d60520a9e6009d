package policy

import "strings"

// Refusal says why a request is not let through.
type Refusal uint8

// The refusals, in the order in which they are found.
const (
	Admitted Refusal = iota
	// NoBearer: the Authorization header is missing, repeated or not a bearer.
	NoBearer
	// UnknownKey: no key of the store's policy matches.
	UnknownKey
	// LacksScope: the key does not grant what the operation asks for.
	LacksScope
)

// Grant is the answer to who asks and what they may do.
type Grant struct {
	Refusal Refusal
	// Key is the name of the matching key, for logs; never its text.
	Key string
	// Scope is what the key grants.
	Scope Scope
}

// Names of the keys that have none in the configuration.
const (
	keyStore  = "store"
	keyOpen   = "open"
	keyCaller = "caller"
)

// Authorize judges a request by the policy of the store that it will be sent to. A key that the default store's policy
// grants admin is good for every store: the operator and its workers hold only that one.
func (t *Table) Authorize(store *Store, want Scope, authorization []string) Grant {
	if store.mode == Open {
		return Grant{Key: keyOpen, Scope: ScopeAll}
	}
	bearer, ok := Bearer(authorization)
	if !ok {
		return Grant{Refusal: NoBearer}
	}
	grant, ok := store.grant(bearer)
	if (!ok || !grant.Scope.Allows(want)) && store != t.def {
		if admin, known := t.def.grantKnown(bearer); known && admin.Scope&ScopeAdmin != 0 {
			return admin
		}
	}
	switch {
	case !ok:
		return Grant{Refusal: UnknownKey}
	case !grant.Scope.Allows(want):
		grant.Refusal = LacksScope
	}
	return grant
}

// grant looks a bearer up in one store's policy. One that only the store can judge is no admin of the gateway, which answers
// admin operations without asking the store.
func (s *Store) grant(bearer string) (Grant, bool) {
	if s.mode == DeriveFromStore && s.PassesBearer() {
		return Grant{Key: keyCaller, Scope: ScopeRead | ScopeWrite}, true
	}
	return s.grantKnown(bearer)
}

// grantKnown is grant without the bearers that only the upstream can judge.
func (s *Store) grantKnown(bearer string) (Grant, bool) {
	k, ok := match(s.keys, bearer)
	return Grant{Key: k.name, Scope: k.scope}, ok
}

// Bearer reads the values of the Authorization header: exactly one, of scheme Bearer, with a token of visible ASCII. Envoy
// joins repeated Authorization headers with a comma, which no bearer token holds, so a comma is a second header.
func Bearer(authorization []string) (string, bool) {
	if len(authorization) != 1 {
		return "", false
	}
	scheme, token, ok := strings.Cut(authorization[0], " ")
	token = strings.Trim(token, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", false
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' || token[i] == ',' {
			return "", false
		}
	}
	return token, true
}
