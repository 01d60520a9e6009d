package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lines gives problems in the form "(fatal) problem".
func lines(problems []Problem) []string {
	var out []string
	for _, p := range problems {
		text := p.Error()
		if p.Fatal {
			text = "fatal " + text
		}
		out = append(out, text)
	}
	return out
}

// broken makes a store that one change makes wrong.
func broken(change func(*StoreInput)) []StoreInput {
	return []StoreInput{storeInput("a", isDefault, change)}
}

func TestCompileStores(t *testing.T) {
	t.Parallel()
	url := func(text string) []StoreInput { return broken(func(s *StoreInput) { s.URL = text }) }
	missing := func(s *StoreInput) { s.Credential.Value = Secret{} }
	tests := map[string]struct {
		stores []StoreInput
		want   []string
	}{
		"single store is implicitly default": {[]StoreInput{storeInput("a")}, nil},
		"none":                               {nil, []string{"fatal VectorStore: MissingDefault: there is no VectorStore of kind turbopuffer"}},
		"none default of two": {[]StoreInput{storeInput("a"), storeInput("b")}, []string{
			"fatal VectorStore a: spec.default: MissingDefault: none of 2 VectorStores is marked default",
			"fatal VectorStore b: spec.default: MissingDefault: none of 2 VectorStores is marked default",
		}},
		"two defaults": {[]StoreInput{storeInput("a", isDefault), storeInput("b", isDefault), storeInput("c")}, []string{
			"fatal VectorStore a: spec.default: DuplicateDefault: 2 VectorStores are marked default",
			"fatal VectorStore b: spec.default: DuplicateDefault: 2 VectorStores are marked default",
		}},
		"same name": {[]StoreInput{storeInput("a", isDefault), storeInput("a")}, []string{
			"fatal VectorStore a: metadata.name: InvalidSpec: another VectorStore is called a",
		}},
		"other kind beside": {[]StoreInput{storeInput("a"), storeInput("b", isDefault, func(s *StoreInput) { s.Kind = "pinecone" })}, []string{
			`VectorStore b: spec.kind: KindNotSupported: "pinecone" is not served; the only kind is turbopuffer`,
		}},
		"other kind alone": {broken(func(s *StoreInput) { s.Kind = "search" }), []string{
			`VectorStore a: spec.kind: KindNotSupported: "search" is not served; the only kind is turbopuffer`,
			"fatal VectorStore: MissingDefault: there is no VectorStore of kind turbopuffer",
		}},
		"no URL":           {url(""), []string{`fatal VectorStore a: spec.endpoint.url: InvalidSpec: is not an http:// or https:// URL with a host`}},
		"blank URL":        {url(" "), []string{`fatal VectorStore a: spec.endpoint.url: InvalidSpec: is not an http:// or https:// URL with a host`}},
		"bad URL":          {url("https://a b"), []string{`fatal VectorStore a: spec.endpoint.url: InvalidSpec: is not a URL`}},
		"no host":          {url("https://:443"), []string{`fatal VectorStore a: spec.endpoint.url: InvalidSpec: is not an http:// or https:// URL with a host`}},
		"other scheme":     {url("ftp://a"), []string{`fatal VectorStore a: spec.endpoint.url: InvalidSpec: is not an http:// or https:// URL with a host`}},
		"no scheme":        {url("a.example"), []string{`fatal VectorStore a: spec.endpoint.url: InvalidSpec: is not an http:// or https:// URL with a host`}},
		"path":             {url("https://a/v1"), []string{`fatal VectorStore a: spec.endpoint.url: InvalidSpec: holds more than scheme, host and port`}},
		"query":            {url("https://a?b=c"), []string{`fatal VectorStore a: spec.endpoint.url: InvalidSpec: holds more than scheme, host and port`}},
		"user":             {url("https://u@a"), []string{`fatal VectorStore a: spec.endpoint.url: InvalidSpec: holds more than scheme, host and port`}},
		"port too high":    {url("https://a:65536"), []string{`fatal VectorStore a: spec.endpoint.url: InvalidSpec: "https://a:65536" has a port that does not exist`}},
		"port zero":        {url("https://a:0"), []string{`fatal VectorStore a: spec.endpoint.url: InvalidSpec: "https://a:0" has a port that does not exist`}},
		"slash at the end": {url(" https://a:8443/ "), nil},
		"address":          {url("http://[::1]:8080"), nil},
		"credential is gone": {broken(missing), []string{
			"fatal VectorStore a: spec.credential.secretRef: CredentialMissing: keys/a is missing or empty",
		}},
		"credential is blank": {broken(func(s *StoreInput) { s.Credential.Value = NewSecret(" \n") }), []string{
			"fatal VectorStore a: spec.credential.secretRef: CredentialMissing: keys/a is missing or empty",
		}},
		"credential with a line break": {broken(func(s *StoreInput) { s.Credential.Value = NewSecret("a\nb") }), []string{
			"fatal VectorStore a: spec.credential.secretRef: InvalidSpec: keys/a: the value holds characters that a bearer token can't have",
		}},
		"no credential, default, deriveFromStore": {[]StoreInput{storeInput("a", isDefault, noCredential), storeInput("b")}, nil},
		"no credential, implicitly default":       {[]StoreInput{storeInput("a", noCredential)}, nil},
		"no credential, not default": {[]StoreInput{storeInput("a", isDefault), storeInput("b", noCredential)}, []string{
			"fatal VectorStore b: spec.credential: CredentialMissing: only a default store in mode deriveFromStore can do without a credential",
		}},
		"no credential, open": {[]StoreInput{storeInput("a", noCredential, mode(Open))}, []string{
			"fatal VectorStore a: spec.credential: CredentialMissing: only a default store in mode deriveFromStore can do without a credential",
		}},
		"no credential, keys": {[]StoreInput{storeInput("a", noCredential, keys([]string{"k", "t", "read"}))}, []string{
			"fatal VectorStore a: spec.credential: CredentialMissing: only a default store in mode deriveFromStore can do without a credential",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, problems := Compile(Input{Stores: tt.stores}, nil)
			if diff := cmp.Diff(tt.want, lines(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if fatal := hasFatal(problems); fatal != (table == nil) {
				t.Errorf("fatal %v, table %v", fatal, table)
			}
		})
	}
}

func hasFatal(problems []Problem) bool {
	for _, p := range problems {
		if p.Fatal {
			return true
		}
	}
	return false
}

func TestCompileInboundAuth(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*StoreInput)
		want   []string
	}{
		"mode is deriveFromStore where none is given": {mode(""), nil},
		"unknown mode": {mode("none"), []string{
			`fatal VectorStore a: spec.inboundAuth.mode: InvalidInboundAuth: "none" is not one of deriveFromStore, keys, open`,
		}},
		"keys without any": {mode(Keys), []string{
			"fatal VectorStore a: spec.inboundAuth.keys: InvalidInboundAuth: mode keys needs at least one key",
		}},
		"keys": {keys([]string{"k", "t", "read"}), nil},
		"no scope": {keys([]string{"k", "t"}), []string{
			"fatal VectorStore a: spec.inboundAuth.keys[0]: InvalidInboundAuth: scopes: at least one of read, write, admin is needed",
		}},
		"unknown scope": {keys([]string{"k", "t", "read"}, []string{"l", "u", "write", "all"}), []string{
			`fatal VectorStore a: spec.inboundAuth.keys[1]: InvalidInboundAuth: scopes[1]: "all" is not one of read, write, admin`,
		}},
		"one secret of two is gone": {keys([]string{"k", "", "read"}, []string{"l", "u", "read"}), []string{
			"VectorStore a: spec.inboundAuth.keys[0].secretRef: InvalidInboundAuth: keys/k is missing or empty; key k matches nothing",
		}},
		"both are gone": {keys([]string{"k", "", "read"}, []string{"l", " ", "read"}), []string{
			"VectorStore a: spec.inboundAuth.keys[0].secretRef: InvalidInboundAuth: keys/k is missing or empty; key k matches nothing",
			"VectorStore a: spec.inboundAuth.keys[1].secretRef: InvalidInboundAuth: keys/l is missing or empty; key l matches nothing",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, problems := Compile(Input{Stores: broken(tt.change)}, nil)
			if diff := cmp.Diff(tt.want, lines(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if fatal := hasFatal(problems); fatal != (table == nil) {
				t.Errorf("fatal %v, table %v", fatal, table)
			}
		})
	}
	if got := compiled(t, Input{Stores: broken(mode(""))}).Default().Mode(); got != DeriveFromStore {
		t.Errorf("mode %q", got)
	}
}

// Everything that is wrong is reported at once.
func TestCompileReportsAll(t *testing.T) {
	t.Parallel()
	_, problems := Compile(Input{Stores: []StoreInput{
		storeInput("a", mode("none"), func(s *StoreInput) { s.URL = "" }),
		storeInput("b", func(s *StoreInput) { s.Kind = "pinecone" }),
		storeInput("c", noCredential),
	}}, nil)
	want := []string{
		`fatal VectorStore a: spec.endpoint.url: InvalidSpec: is not an http:// or https:// URL with a host`,
		`fatal VectorStore a: spec.inboundAuth.mode: InvalidInboundAuth: "none" is not one of deriveFromStore, keys, open`,
		`VectorStore b: spec.kind: KindNotSupported: "pinecone" is not served; the only kind is turbopuffer`,
		"fatal VectorStore a: spec.default: MissingDefault: none of 2 VectorStores is marked default",
		"fatal VectorStore c: spec.default: MissingDefault: none of 2 VectorStores is marked default",
		"fatal VectorStore c: spec.credential: CredentialMissing: only a default store in mode deriveFromStore can do without a credential",
	}
	if diff := cmp.Diff(want, lines(problems)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
