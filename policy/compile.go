package policy

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// KindTurbopuffer is the one kind of store that is served.
const KindTurbopuffer = "turbopuffer"

// Input is what a Table is compiled from: resources with their Secrets already looked up.
type Input struct {
	Stores  []StoreInput
	Indexes []IndexInput
}

// StoreInput is a VectorStore.
type StoreInput struct {
	Object
	Kind    string
	Default bool
	URL     string
	Region  string
	// Credential is what spec.credential refers to.
	Credential SecretInput
	// CA is the PEM text that spec.endpoint.caSecretRef refers to.
	CA   SecretInput
	Mode AuthMode
	Keys []KeyInput
}

// SecretInput is a reference to a Secret's value, with what it led to.
type SecretInput struct {
	// Ref is the reference as a person wrote it (name/key), "" if there is none.
	Ref string
	// Value is empty where the reference leads nowhere.
	Value Secret
}

// KeyInput is one entry of a store's inbound keys.
type KeyInput struct {
	Name   string
	Scopes []string
	Secret SecretInput
}

// IndexInput is the part of an Index that routing needs.
type IndexInput struct {
	Object
	// Upstream is the namespace that the Index resolves to.
	Upstream string
	// Store is spec.backend.storeRef, "" for the default store.
	Store string
}

// Compile checks the input and makes a Table of it. A fatal problem yields no table; with the others the objects that are
// wrong are left out. prev, which may be nil, is the table in force: where two Index objects claim one namespace its mapping
// stays as it was.
func Compile(in Input, prev *Table) (*Table, []Problem) {
	c := compiler{table: &Table{stores: map[string]*Store{}, routed: map[string]string{}}}
	c.stores(in.Stores)
	c.chooseDefault(in.Stores)
	c.indexes(in.Indexes, prev)
	for _, p := range c.problems {
		if p.Fatal {
			return nil, c.problems
		}
	}
	return c.table, c.problems
}

type compiler struct {
	table    *Table
	problems []Problem
}

func (c *compiler) fatal(o Object, field, reason, format string, args ...any) {
	c.problems = append(c.problems, Problem{o, field, reason, fmt.Sprintf(format, args...), true})
}

func (c *compiler) warn(o Object, field, reason, format string, args ...any) {
	c.problems = append(c.problems, Problem{o, field, reason, fmt.Sprintf(format, args...), false})
}

func (c *compiler) stores(in []StoreInput) {
	for _, s := range in {
		if s.Kind != KindTurbopuffer {
			c.warn(s.Object, "spec.kind", ReasonKindNotSupported, "%q is not served; the only kind is %s", s.Kind, KindTurbopuffer)
			continue
		}
		if _, dup := c.table.stores[s.Name]; dup {
			c.fatal(s.Object, "metadata.name", ReasonInvalidSpec, "another VectorStore is called %s", s.Name)
			continue
		}
		c.table.stores[s.Name] = c.store(s)
		c.table.names = append(c.table.names, s.Name)
	}
	slices.Sort(c.table.names)
}

func (c *compiler) store(in StoreInput) *Store {
	s := &Store{
		Name: in.Name, Kind: in.Kind, Region: in.Region, Default: in.Default,
		Credential: NewSecret(strings.TrimSpace(in.Credential.Value.Reveal())), CA: []byte(in.CA.Value.Reveal()),
		mode: cmp.Or(in.Mode, DeriveFromStore),
	}
	u, err := parseURL(in.URL)
	if err != nil {
		c.fatal(in.Object, "spec.endpoint.url", ReasonInvalidSpec, "%v", err)
	}
	s.URL = u
	if in.CA.Ref != "" {
		if err := checkCertificates(s.CA); err != nil {
			c.fatal(in.Object, "spec.endpoint.caSecretRef", ReasonInvalidSpec, "%s: %v", in.CA.Ref, err)
		}
	}
	if err := checkBearer(s.Credential); err != nil {
		c.fatal(in.Object, "spec.credential.secretRef", ReasonInvalidSpec, "%s: %v", in.Credential.Ref, err)
	}
	if in.Credential.Ref != "" && s.Credential.Empty() {
		c.fatal(in.Object, "spec.credential.secretRef", ReasonCredentialMissing, "%s is missing or empty", in.Credential.Ref)
	}
	c.inbound(s, in)
	return s
}

// inbound fills in the store's mode and keys.
func (c *compiler) inbound(s *Store, in StoreInput) {
	switch s.mode {
	case DeriveFromStore:
		if !s.Credential.Empty() {
			s.keys = []key{newKey(keyStore, ScopeAll, s.Credential)}
		}
	case Open:
	case Keys:
		c.keys(s, in)
	default:
		c.fatal(in.Object, "spec.inboundAuth.mode", ReasonInvalidInboundAuth, "%q is not one of deriveFromStore, keys, open", s.mode)
	}
}

func (c *compiler) keys(s *Store, in StoreInput) {
	if len(in.Keys) == 0 {
		c.fatal(in.Object, "spec.inboundAuth.keys", ReasonInvalidInboundAuth, "mode keys needs at least one key")
	}
	for i, k := range in.Keys {
		field := fmt.Sprintf("spec.inboundAuth.keys[%d]", i)
		scope, err := ParseScopes(k.Scopes)
		if err != nil {
			c.fatal(in.Object, field, ReasonInvalidInboundAuth, "%v", err)
			continue
		}
		value := NewSecret(strings.TrimSpace(k.Secret.Value.Reveal()))
		if value.Empty() {
			c.warn(in.Object, field+".secretRef", ReasonInvalidInboundAuth, "%s is missing or empty; key %s matches nothing", k.Secret.Ref, k.Name)
			continue
		}
		if err := checkBearer(value); err != nil {
			c.warn(in.Object, field+".secretRef", ReasonInvalidInboundAuth, "%s: %v; key %s matches nothing", k.Secret.Ref, err, k.Name)
			continue
		}
		s.keys = append(s.keys, newKey(k.Name, scope, value))
	}
}

func newKey(name string, scope Scope, text Secret) key {
	return key{name: name, scope: scope, hash: sha256.Sum256([]byte(text.Reveal()))}
}

// chooseDefault finds the one default store and refuses the stores that only a default one may be like.
func (c *compiler) chooseDefault(in []StoreInput) {
	served := slices.DeleteFunc(slices.Clone(in), func(s StoreInput) bool { return s.Kind != KindTurbopuffer })
	marked := slices.DeleteFunc(slices.Clone(served), func(s StoreInput) bool { return !s.Default })
	switch {
	case len(served) == 0:
		c.fatal(Object{Kind: "VectorStore"}, "", ReasonMissingDefault, "there is no VectorStore of kind %s", KindTurbopuffer)
	case len(marked) == 1:
		c.table.def = c.table.stores[marked[0].Name]
	case len(marked) > 1:
		for _, s := range marked {
			c.fatal(s.Object, "spec.default", ReasonDuplicateDefault, "%d VectorStores are marked default", len(marked))
		}
	case len(served) == 1:
		c.table.def = c.table.stores[served[0].Name]
	default:
		for _, s := range served {
			c.fatal(s.Object, "spec.default", ReasonMissingDefault, "none of %d VectorStores is marked default", len(served))
		}
	}
	for _, s := range served {
		st := c.table.stores[s.Name]
		if st.PassesBearer() && s.Credential.Ref == "" && (st != c.table.def || st.mode != DeriveFromStore) {
			c.fatal(s.Object, "spec.credential", ReasonCredentialMissing, "only a default store in mode deriveFromStore can do without a credential")
		}
	}
}

func (c *compiler) indexes(in []IndexInput, prev *Table) {
	claims := make(map[string][]IndexInput, len(in))
	for _, ix := range in {
		claims[ix.Upstream] = append(claims[ix.Upstream], ix)
	}
	for _, ns := range slices.Sorted(maps.Keys(claims)) {
		if !ValidNamespace(ns) {
			c.warn(claims[ns][0].Object, "spec.backend.namespace", ReasonInvalidSpec, "no namespace can be called %q", ns)
			continue
		}
		if len(claims[ns]) > 1 {
			c.contested(ns, claims[ns], prev)
			continue
		}
		c.route(ns, claims[ns][0])
	}
}

// contested handles a namespace that several Index objects resolve to: the mapping last in force stays.
func (c *compiler) contested(ns string, claims []IndexInput, prev *Table) {
	for _, ix := range claims {
		c.warn(ix.Object, "spec.backend.namespace", ReasonDuplicateNamespace, "%d Index objects resolve to namespace %s", len(claims), ns)
	}
	if prev == nil {
		c.agreed(ns, claims)
		return
	}
	switch store, routed := prev.routed[ns]; {
	case routed && store == "":
		c.table.routed[ns] = ""
	case routed:
		c.route(ns, IndexInput{Object: claims[0].Object, Store: store})
	}
}

// agreed maps a contested namespace where there is no mapping to keep: to the store that all claims name, else to none, since any
// other choice could be the wrong store.
func (c *compiler) agreed(ns string, claims []IndexInput) {
	for _, ix := range claims {
		if ix.Store != claims[0].Store {
			c.table.routed[ns] = ""
			return
		}
	}
	c.route(ns, claims[0])
}

func (c *compiler) route(ns string, ix IndexInput) {
	if ix.Store == "" {
		return
	}
	s, ok := c.table.stores[ix.Store]
	switch {
	case !ok:
		c.warn(ix.Object, "spec.backend.storeRef", ReasonStoreNotFound, "there is no VectorStore %s; requests for %s get 503", ix.Store, ns)
		c.table.routed[ns] = ""
	case s != c.table.def:
		c.table.routed[ns] = s.Name
	}
}

// parseURL accepts a scheme and a host, and repeats nothing of what it refuses, which may hold a password. Envoy connects to the host and sends every path as the client wrote it.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(strings.TrimSpace(text), "/"))
	switch {
	case err != nil:
		return nil, errors.New("is not a URL")
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, errors.New("is not an http:// or https:// URL with a host")
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return nil, errors.New("holds more than scheme, host and port")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, fmt.Errorf("%q has a port that does not exist", text)
		}
	}
	return u, nil
}
