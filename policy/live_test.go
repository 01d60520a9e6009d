package policy

import (
	"sync"
	"testing"
)

// tableOf makes a table of stores, the first of them default, in which namespace "ns" goes to the named store.
func tableOf(t *testing.T, routed string, names ...string) *Table {
	t.Helper()
	in := Input{Indexes: []IndexInput{{Object: Object{Kind: "Index", Name: "ns"}, Upstream: "ns", Store: routed}}}
	for i, name := range names {
		in.Stores = append(in.Stores, storeInput(name, func(s *StoreInput) { s.Default = i == 0 }))
	}
	table, problems := Compile(in, nil)
	if table == nil {
		t.Fatal(problems)
	}
	return table
}

// goes checks where a namespace goes, and by which table it is judged.
func goes(t *testing.T, l *Live, namespace string, want *Table, store string) {
	t.Helper()
	table, got, ok := l.StoreOf(namespace)
	if table != want || ok != (store != "") || ok && got.Name != store {
		t.Errorf("StoreOf(%s) = %p, %v, %v; want %p, %s", namespace, table, got, ok, want, store)
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	var l Live
	if l.Table() != nil || l.Settled() {
		t.Error("a table is in force before the first")
	}
	goes(t, &l, "ns", nil, "")
	l.Settle(nil)

	first, second, third := tableOf(t, "b", "a", "b"), tableOf(t, "c", "a", "b", "c"), tableOf(t, "gone", "b", "c")
	l.Put(first)
	goes(t, &l, "ns", first, "b")
	goes(t, &l, "other", first, "a")
	l.Settle(first)

	// Until Envoy has followed, a namespace that moves to a new store stays where it was; all else is judged by the new table.
	l.Put(second)
	if l.Table() != second || l.Settled() {
		t.Error("the second table is not in force, or settled at once")
	}
	goes(t, &l, "ns", first, "b")
	goes(t, &l, "other", second, "a")

	// Word about a table that is no longer in force changes nothing.
	l.Settle(first)
	goes(t, &l, "ns", first, "b")
	l.Settle(second)
	goes(t, &l, "ns", second, "c")
	if !l.Settled() {
		t.Error("the second table is not settled")
	}

	// What Envoy never followed is no place to stay: the last settled table counts.
	l.Put(tableOf(t, "", "a", "b", "d"))
	l.Put(third)
	goes(t, &l, "ns", third, "")
	goes(t, &l, "other", third, "b")
	l.Put(second)
	goes(t, &l, "ns", second, "c")
	if l.Table() != second || !l.Settled() {
		t.Error("going back to the settled table does not settle")
	}
}

// Readers see whole tables only, whatever is being put and settled.
func TestLiveRace(t *testing.T) {
	t.Parallel()
	var l Live
	tables := []*Table{tableOf(t, "b", "a", "b"), tableOf(t, "c", "a", "c")}
	l.Put(tables[0])
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				table, store, ok := l.StoreOf("ns")
				if own, there := table.Store(store.Name); !ok || !there || own != store {
					t.Error("the table and the store do not belong together")
					return
				}
			}
		})
	}
	for i := range 4 {
		writers.Go(func() {
			for j := range 1000 {
				table := tables[(i+j)%2]
				l.Put(table)
				l.Settle(table)
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}
