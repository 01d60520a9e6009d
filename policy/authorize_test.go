package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBearer(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		headers []string
		want    string
	}{
		"plain":              {[]string{"Bearer tpuf_a"}, "tpuf_a"},
		"lower case":         {[]string{"bearer tpuf_a"}, "tpuf_a"},
		"mixed case":         {[]string{"bEARER tpuf_a"}, "tpuf_a"},
		"spaces around":      {[]string{"Bearer   tpuf_a  "}, "tpuf_a"},
		"any shape":          {[]string{"Bearer ~!@#$%^&*()_+={}[]|\\:;\"'<>.?/"}, "~!@#$%^&*()_+={}[]|\\:;\"'<>.?/"},
		"none":               {nil, ""},
		"empty":              {[]string{""}, ""},
		"two headers":        {[]string{"Bearer tpuf_a", "Bearer tpuf_a"}, ""},
		"two empty":          {[]string{"", "Bearer tpuf_a"}, ""},
		"joined by Envoy":    {[]string{"Bearer tpuf_a,Bearer tpuf_b"}, ""},
		"comma at the end":   {[]string{"Bearer tpuf_a,"}, ""},
		"scheme alone":       {[]string{"Bearer"}, ""},
		"scheme and space":   {[]string{"Bearer "}, ""},
		"no scheme":          {[]string{"tpuf_a"}, ""},
		"other scheme":       {[]string{"Basic tpuf_a"}, ""},
		"longer scheme":      {[]string{"Bearers tpuf_a"}, ""},
		"space before":       {[]string{" Bearer tpuf_a"}, ""},
		"two tokens":         {[]string{"Bearer tpuf_a tpuf_b"}, ""},
		"tab between":        {[]string{"Bearer\ttpuf_a"}, ""},
		"tab after":          {[]string{"Bearer tpuf_a\t"}, ""},
		"line break":         {[]string{"Bearer tpuf_a\r\nx: y"}, ""},
		"NUL":                {[]string{"Bearer tpuf\x00a"}, ""},
		"DEL":                {[]string{"Bearer tpuf\x7f"}, ""},
		"beyond ASCII":       {[]string{"Bearer tpüf"}, ""},
		"beyond ASCII, 8bit": {[]string{"Bearer tp\xfcf"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := Bearer(tt.headers)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("Bearer(%q) = %q, %v", tt.headers, got, ok)
			}
		})
	}
}

// judgement is one question to a table.
type judgement struct {
	store  string
	want   Scope
	bearer string
	grant  Grant
}

func admitted(key string, scope Scope) Grant { return Grant{Key: key, Scope: scope} }

func judge(t *testing.T, table *Table, tests []judgement) {
	t.Helper()
	for _, tt := range tests {
		store, ok := table.Store(tt.store)
		if !ok {
			t.Fatalf("there is no store %s", tt.store)
		}
		var headers []string
		if tt.bearer != "" {
			headers = []string{"Bearer " + tt.bearer}
		}
		if diff := cmp.Diff(tt.grant, table.Authorize(store, tt.want, headers)); diff != "" {
			t.Errorf("%s with %q at %s (-want +got):\n%s", tt.want, tt.bearer, tt.store, diff)
		}
	}
}

var (
	noBearer   = Grant{Refusal: NoBearer}
	unknownKey = Grant{Refusal: UnknownKey}
)

func lacks(key string, has Scope) Grant { return Grant{Refusal: LacksScope, Key: key, Scope: has} }

func TestAuthorizeDeriveFromStore(t *testing.T) {
	t.Parallel()
	trimmed := func(s *StoreInput) { s.Credential.Value = NewSecret(" tpuf_a\n") }
	judge(t, compiled(t, Input{Stores: []StoreInput{storeInput("a", trimmed)}}), []judgement{
		{"a", ScopeRead, "tpuf_a", admitted("store", ScopeAll)},
		{"a", ScopeWrite, "tpuf_a", admitted("store", ScopeAll)},
		{"a", ScopeAdmin, "tpuf_a", admitted("store", ScopeAll)},
		{"a", ScopeNone, "tpuf_a", admitted("store", ScopeAll)},
		{"a", ScopeRead, "tpuf_A", unknownKey},
		{"a", ScopeRead, "tpuf_", unknownKey},
		{"a", ScopeRead, "tpuf_aa", unknownKey},
		{"a", ScopeNone, "tpuf_b", unknownKey},
		{"a", ScopeRead, "", noBearer},
		{"a", ScopeNone, "", noBearer},
	})
}

func TestAuthorizeKeys(t *testing.T) {
	t.Parallel()
	store := storeInput("a", keys(
		[]string{"reader", "r", "read"}, []string{"writer", " w ", "write"}, []string{"both", "rw", "read", "write"},
		[]string{"root", "root", "admin"}, []string{"again", "r", "admin"}, []string{"first", "twice", "admin"}, []string{"second", "twice", "read"},
	))
	judge(t, compiled(t, Input{Stores: []StoreInput{store}}), []judgement{
		{"a", ScopeRead, "r", admitted("reader", ScopeRead)},
		{"a", ScopeWrite, "r", lacks("reader", ScopeRead)},
		{"a", ScopeAdmin, "r", lacks("reader", ScopeRead)},
		{"a", ScopeNone, "r", admitted("reader", ScopeRead)},
		{"a", ScopeRead, "w", lacks("writer", ScopeWrite)},
		{"a", ScopeWrite, "w", admitted("writer", ScopeWrite)},
		{"a", ScopeRead, "rw", admitted("both", ScopeRead|ScopeWrite)},
		{"a", ScopeWrite, "rw", admitted("both", ScopeRead|ScopeWrite)},
		{"a", ScopeAdmin, "rw", lacks("both", ScopeRead|ScopeWrite)},
		{"a", ScopeRead, "root", admitted("root", ScopeAdmin)},
		{"a", ScopeWrite, "root", admitted("root", ScopeAdmin)},
		{"a", ScopeAdmin, "root", admitted("root", ScopeAdmin)},
		{"a", ScopeRead, "twice", admitted("first", ScopeAdmin)},
		{"a", ScopeRead, "tpuf_a", unknownKey},
		{"a", ScopeRead, "", noBearer},
	})
}

// Keys that resolve to nothing match nothing: with none left, every token is refused.
func TestAuthorizeKeysWithoutSecrets(t *testing.T) {
	t.Parallel()
	table, problems := Compile(Input{Stores: []StoreInput{storeInput("a", keys([]string{"lost", " ", "admin"}))}}, nil)
	if table == nil || len(problems) != 1 || problems[0].Fatal {
		t.Fatalf("compile: %v, %v", table, problems)
	}
	judge(t, table, []judgement{
		{"a", ScopeRead, "lost", unknownKey},
		{"a", ScopeRead, "tpuf_a", unknownKey},
		{"a", ScopeNone, "x", unknownKey},
		{"a", ScopeRead, "", noBearer},
	})
}

func TestAuthorizeOpen(t *testing.T) {
	t.Parallel()
	table := compiled(t, Input{Stores: []StoreInput{storeInput("a", isDefault), storeInput("b", mode(Open))}})
	judge(t, table, []judgement{
		{"b", ScopeAdmin, "", admitted("open", ScopeAll)},
		{"b", ScopeWrite, "anything", admitted("open", ScopeAll)},
		// The other store stays shut.
		{"a", ScopeRead, "", noBearer},
		{"a", ScopeRead, "anything", unknownKey},
		{"a", ScopeRead, "tpuf_b", unknownKey},
	})
	b, _ := table.Store("b")
	for _, headers := range [][]string{{"Basic x"}, {"a", "b"}} {
		if got := table.Authorize(b, ScopeAdmin, headers); got.Refusal != Admitted {
			t.Errorf("open, %q: %+v", headers, got)
		}
	}
}

// An open default store opens nothing else either: nobody shows a key there that could be good for more.
func TestAuthorizeOpenDefault(t *testing.T) {
	t.Parallel()
	judge(t, compiled(t, Input{Stores: []StoreInput{storeInput("a", isDefault, mode(Open)), storeInput("b")}}), []judgement{
		{"b", ScopeRead, "", noBearer},
		{"b", ScopeRead, "anything", unknownKey},
		{"b", ScopeRead, "tpuf_a", unknownKey},
		{"b", ScopeRead, "tpuf_b", admitted("store", ScopeAll)},
	})
}

func TestAuthorizePerStore(t *testing.T) {
	t.Parallel()
	judge(t, compiled(t, Input{Stores: []StoreInput{
		storeInput("a", isDefault, keys(
			[]string{"root", "root", "admin"}, []string{"writer", "w", "read", "write"}, []string{"shared", "shared", "admin"},
		)),
		storeInput("b", keys([]string{"reader", "r", "read"}, []string{"own", "shared", "read"})),
		storeInput("c"),
	}}), []judgement{
		// The default store's admin is good everywhere, its other keys are not.
		{"b", ScopeRead, "root", admitted("root", ScopeAdmin)},
		{"b", ScopeAdmin, "root", admitted("root", ScopeAdmin)},
		{"c", ScopeWrite, "root", admitted("root", ScopeAdmin)},
		{"b", ScopeRead, "w", unknownKey},
		{"c", ScopeRead, "w", unknownKey},
		// It is also where no scope is asked, as for a known path under another method.
		{"b", ScopeNone, "root", admitted("root", ScopeAdmin)},
		{"c", ScopeNone, "root", admitted("root", ScopeAdmin)},
		// The store's own key counts where it is enough.
		{"b", ScopeRead, "shared", admitted("own", ScopeRead)},
		{"b", ScopeWrite, "shared", admitted("shared", ScopeAdmin)},
		{"b", ScopeWrite, "r", lacks("reader", ScopeRead)},
		// No store's key is good at another.
		{"a", ScopeRead, "r", unknownKey},
		{"a", ScopeRead, "tpuf_c", unknownKey},
		{"b", ScopeRead, "tpuf_c", unknownKey},
		{"c", ScopeRead, "tpuf_c", admitted("store", ScopeAll)},
		{"b", ScopeRead, "", noBearer},
	})
}

// A bearer that only the default store itself can judge is good for nothing else.
func TestAuthorizeCallersOwnBearer(t *testing.T) {
	t.Parallel()
	judge(t, compiled(t, Input{Stores: []StoreInput{storeInput("a", isDefault, noCredential), storeInput("b")}}), []judgement{
		{"a", ScopeRead, "anything", admitted("caller", ScopeRead|ScopeWrite)},
		{"a", ScopeAdmin, "anything", Grant{Refusal: LacksScope, Key: "caller", Scope: ScopeRead | ScopeWrite}},
		{"a", ScopeRead, "", noBearer},
		{"b", ScopeRead, "anything", unknownKey},
		{"b", ScopeRead, "tpuf_b", admitted("store", ScopeAll)},
	})
}

func TestPassesBearer(t *testing.T) {
	t.Parallel()
	table := compiled(t, Input{Stores: []StoreInput{storeInput("a", isDefault, noCredential), storeInput("b", mode(Open))}})
	for name, want := range map[string]bool{"a": true, "b": false} {
		if s, _ := table.Store(name); s.PassesBearer() != want {
			t.Errorf("%s: PassesBearer() = %v", name, !want)
		}
	}
}

func TestAuthorizeLongToken(t *testing.T) {
	t.Parallel()
	judge(t, compiled(t, Input{Stores: []StoreInput{storeInput("a")}}), []judgement{
		{"a", ScopeRead, strings.Repeat("x", 1<<20), unknownKey},
	})
}
