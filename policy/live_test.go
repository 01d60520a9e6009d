package policy

import (
	"sync"
	"testing"
)

// tableOf makes a table of stores, the first of them default.
func tableOf(t *testing.T, names ...string) *Table {
	t.Helper()
	var in Input
	for i, name := range names {
		in.Stores = append(in.Stores, storeInput(name, func(s *StoreInput) { s.Default = i == 0 }))
	}
	return compiled(t, in)
}

func holds(t *testing.T, l *Live, name string, want *Table) {
	t.Helper()
	table, store, ok := l.Holding(name)
	if table != want || ok != (want != nil) || ok && store.Name != name {
		t.Errorf("Holding(%s) = %p, %v, %v; want %p", name, table, store, ok, want)
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	var l Live
	if l.Table() != nil {
		t.Error("a table is in force before the first")
	}
	holds(t, &l, "a", nil)
	l.Settle(nil)

	first, second, third := tableOf(t, "a", "b"), tableOf(t, "a", "c"), tableOf(t, "c")
	l.Put(first)
	holds(t, &l, "a", first)
	holds(t, &l, "c", nil)

	// Until Envoy has followed, stores that are gone are judged by their last policy; those that stay by the new one.
	l.Put(second)
	if l.Table() != second {
		t.Error("the second table is not in force")
	}
	holds(t, &l, "a", second)
	holds(t, &l, "b", first)
	holds(t, &l, "c", second)

	// Word about a table that is no longer in force changes nothing.
	l.Settle(first)
	holds(t, &l, "b", first)
	l.Settle(second)
	holds(t, &l, "b", nil)
	holds(t, &l, "a", second)
	l.Settle(second)

	l.Put(third)
	holds(t, &l, "a", second)
	holds(t, &l, "b", nil)
}

// Readers see whole tables only, whatever is being put and settled.
func TestLiveRace(t *testing.T) {
	t.Parallel()
	var l Live
	tables := []*Table{tableOf(t, "a", "b"), tableOf(t, "a", "c")}
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
				table, store, ok := l.Holding("a")
				if own, there := table.Store("a"); !ok || !there || own != store {
					t.Error("the table and the store do not belong together")
					return
				}
			}
		})
	}
	for _, table := range tables {
		writers.Go(func() {
			for range 2000 {
				l.Put(table)
				l.Settle(table)
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}
