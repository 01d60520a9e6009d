package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// storeInput makes a valid store with a credential of its own.
func storeInput(name string, change ...func(*StoreInput)) StoreInput {
	s := StoreInput{
		Object: Object{Kind: "VectorStore", Name: name}, Kind: KindTurbopuffer, URL: "https://" + name + ".example", Region: "r",
		Credential: SecretInput{Ref: "keys/" + name, Value: NewSecret("tpuf_" + name)},
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

func isDefault(s *StoreInput) { s.Default = true }

func noCredential(s *StoreInput) { s.Credential = SecretInput{} }

func mode(m AuthMode) func(*StoreInput) { return func(s *StoreInput) { s.Mode = m } }

// keys sets mode keys with entries of a name, a token and scopes.
func keys(entries ...[]string) func(*StoreInput) {
	return func(s *StoreInput) {
		s.Mode = Keys
		for _, e := range entries {
			s.Keys = append(s.Keys, KeyInput{
				Name: e[0], Scopes: e[2:], Secret: SecretInput{Ref: "keys/" + e[0], Value: NewSecret(e[1])},
			})
		}
	}
}

func indexInput(name, upstream, store string) IndexInput {
	return IndexInput{Object: Object{Kind: "Index", Name: name}, Upstream: upstream, Store: store}
}

// compiled makes a table without problems.
func compiled(t testing.TB, in Input) *Table {
	t.Helper()
	table, problems := Compile(in, nil)
	if len(problems) > 0 {
		t.Fatalf("compile: %v", problems)
	}
	return table
}

func TestTableStoreOf(t *testing.T) {
	t.Parallel()
	table := compiled(t, Input{
		Stores: []StoreInput{storeInput("b"), storeInput("a", isDefault)},
		Indexes: []IndexInput{
			indexInput("products", "products", "b"), indexInput("shop", "Shop_Products", "b"), indexInput("own", "own", "a"), indexInput("plain", "plain", ""),
		},
	})
	for ns, want := range map[string]string{
		"": "a", "unknown": "a", "products": "b", "Products": "a", "Shop_Products": "b", "shop": "a", "own": "a", "plain": "a",
	} {
		if s, ok := table.StoreOf(ns); !ok || s.Name != want {
			t.Errorf("StoreOf(%q) = %v, %v", ns, s, ok)
		}
	}
	if diff := cmp.Diff(map[string]string{"products": "b", "Shop_Products": "b"}, table.Routed()); diff != "" {
		t.Errorf("routed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, table.StoreNames()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if s, ok := table.Store("b"); !ok || s.Name != "b" || table.Default().Name != "a" {
		t.Errorf("Store(b) = %v, %v; default %s", s, ok, table.Default().Name)
	}
	if _, ok := table.Store("c"); ok {
		t.Error("there is a store c")
	}
}
