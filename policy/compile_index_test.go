package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// storesABC are a default store and two others.
func storesABC() []StoreInput {
	return []StoreInput{storeInput("a", isDefault), storeInput("b"), storeInput("c")}
}

const (
	twoClaimX = ": spec.backend.namespace: DuplicateNamespace: 2 Index objects resolve to namespace x"
	noStore   = ": spec.backend.storeRef: StoreNotFound: there is no VectorStore "
)

func TestCompileIndexes(t *testing.T) {
	t.Parallel()
	before := func(indexes ...IndexInput) *Table {
		table, _ := Compile(Input{Stores: storesABC(), Indexes: indexes}, nil)
		return table
	}
	contested := []IndexInput{indexInput("x", "x", "b"), indexInput("y", "x", "c")}
	both := []string{"Index x" + twoClaimX, "Index y" + twoClaimX}
	tests := map[string]struct {
		prev    *Table
		stores  []StoreInput
		indexes []IndexInput
		routed  map[string]string
		want    []string
	}{
		"none":               {routed: map[string]string{}},
		"to another store":   {indexes: []IndexInput{indexInput("x", "x", "b")}, routed: map[string]string{"x": "b"}},
		"to the default one": {indexes: []IndexInput{indexInput("x", "x", "a"), indexInput("y", "y", "")}, routed: map[string]string{}},
		"to none": {
			indexes: []IndexInput{indexInput("x", "x", "z"), indexInput("y", "y", "b")}, routed: map[string]string{"x": "", "y": "b"},
			want: []string{"Index x" + noStore + "z; requests for x get 503"},
		},
		"contested from the start": {indexes: contested, routed: map[string]string{"x": ""}, want: both},
		"contested from the start, of one mind": {
			indexes: []IndexInput{indexInput("x", "x", "b"), indexInput("y", "x", "b")}, routed: map[string]string{"x": "b"}, want: both,
		},
		"contested, mapped before": {prev: before(indexInput("x", "x", "b")), indexes: contested, routed: map[string]string{"x": "b"}, want: both},
		"contested, default before": {
			prev: before(indexInput("x", "x", "")), indexes: contested, routed: map[string]string{}, want: both,
		},
		"contested by equals": {
			prev: before(indexInput("x", "x", "c")), indexes: []IndexInput{indexInput("x", "x", "b"), indexInput("y", "x", "b")},
			routed: map[string]string{"x": "c"}, want: both,
		},
		"contested, no store before": {
			prev: before(indexInput("x", "x", "z")), indexes: contested, routed: map[string]string{"x": ""}, want: both,
		},
		"contested, its store is gone": {
			prev: before(indexInput("x", "x", "b")), stores: []StoreInput{storeInput("a", isDefault), storeInput("c")}, indexes: contested,
			routed: map[string]string{"x": ""}, want: append(both, "Index x"+noStore+"b; requests for x get 503"),
		},
		"contested, its store has become default": {
			prev: before(indexInput("x", "x", "b")), stores: []StoreInput{storeInput("a"), storeInput("b", isDefault)}, indexes: contested,
			routed: map[string]string{}, want: both,
		},
		"settled": {prev: before(indexInput("x", "x", "b")), indexes: []IndexInput{indexInput("y", "x", "c")}, routed: map[string]string{"x": "c"}},
		"gone":    {prev: before(indexInput("x", "x", "b")), routed: map[string]string{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.stores == nil {
				tt.stores = storesABC()
			}
			table, problems := Compile(Input{Stores: tt.stores, Indexes: tt.indexes}, tt.prev)
			if diff := cmp.Diff(tt.want, lines(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if hasFatal(problems) || table == nil {
				t.Fatal("an Index keeps a table from being made")
			}
			if diff := cmp.Diff(tt.routed, table.Routed()); diff != "" {
				t.Errorf("routed (-want +got):\n%s", diff)
			}
			for ns, store := range tt.routed {
				if s, ok := table.StoreOf(ns); ok != (store != "") || ok && s.Name != store {
					t.Errorf("StoreOf(%q) = %v, %v", ns, s, ok)
				}
			}
		})
	}
}

// The mapping last in force stays over any number of compilations.
func TestCompileKeepsContestedMapping(t *testing.T) {
	t.Parallel()
	in := Input{Stores: storesABC(), Indexes: []IndexInput{indexInput("x", "x", "c")}}
	table, _ := Compile(in, nil)
	in.Indexes = append(in.Indexes, indexInput("y", "x", "b"))
	for range 3 {
		table, _ = Compile(in, table)
	}
	if s, ok := table.StoreOf("x"); !ok || s.Name != "c" {
		t.Errorf("StoreOf(x) = %v, %v", s, ok)
	}
}
