package policy

import "sync/atomic"

// Live is the policy in force. Reading it costs one atomic load; it is swapped whole.
//
// Envoy follows a change a moment later. A request that its old routes still lead to a store which the new table no longer
// has is judged by that store's last policy, until Settle says that Envoy is on the new routes.
type Live struct{ pair atomic.Pointer[pair] }

type pair struct{ now, before *Table }

// Table returns the table in force, nil before the first one.
func (l *Live) Table() *Table {
	if p := l.pair.Load(); p != nil {
		return p.now
	}
	return nil
}

// Put puts a table in force. The one before serves stores that it does not have.
func (l *Live) Put(t *Table) { l.pair.Store(&pair{now: t, before: l.Table()}) }

// Settle forgets the table before the one in force, if t is still that one.
func (l *Live) Settle(t *Table) {
	if p := l.pair.Load(); p != nil && p.now == t && p.before != nil {
		l.pair.CompareAndSwap(p, &pair{now: t})
	}
}

// Holding returns the table to judge a request by that is sent to the named store, with that store.
func (l *Live) Holding(name string) (*Table, *Store, bool) {
	p := l.pair.Load()
	if p == nil {
		return nil, nil, false
	}
	for _, t := range []*Table{p.now, p.before} {
		if t == nil {
			continue
		}
		if s, ok := t.stores[name]; ok {
			return t, s, true
		}
	}
	return nil, nil, false
}
