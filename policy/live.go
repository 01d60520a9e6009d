package policy

import "sync/atomic"

// Live is the policy in force. Reading it costs one atomic load; it is swapped whole.
//
// Envoy follows a change a moment later. Until Settle says that it has, a namespace that the new table sends to a store which
// Envoy can't know yet, or knows under another address or credential, goes where it went before, under the policy of before.
type Live struct{ state atomic.Pointer[state] }

// state is the table in force and the last one that Envoy has followed, nil before the first.
type state struct{ table, settled *Table }

// Table returns the table in force, nil before the first one.
func (l *Live) Table() *Table {
	if s := l.state.Load(); s != nil {
		return s.table
	}
	return nil
}

// Put puts a table in force: a new one, which Envoy has yet to follow, or one to go back to.
func (l *Live) Put(t *Table) {
	next := &state{table: t}
	if s := l.state.Load(); s != nil {
		next.settled = s.settled
	}
	l.state.Store(next)
}

// Settle says that Envoy has followed t, if that is still the table in force.
func (l *Live) Settle(t *Table) {
	if s := l.state.Load(); s != nil && s.table == t && s.settled != t {
		l.state.CompareAndSwap(s, &state{table: t, settled: t})
	}
}

// Settled reports whether Envoy has followed the table in force.
func (l *Live) Settled() bool {
	s := l.state.Load()
	return s != nil && s.table == s.settled
}

// StoreOf finds the store of a namespace and the table to judge its requests by. The table is nil before the first one; ok is
// false where an Index names a store that does not exist.
func (l *Live) StoreOf(namespace string) (_ *Table, _ *Store, ok bool) {
	s := l.state.Load()
	if s == nil {
		return nil, nil, false
	}
	store, ok := s.table.StoreOf(namespace)
	if ok && s.settled != nil && s.settled != s.table {
		if before, known := s.settled.Store(store.Name); !known || !before.sameUpstream(store) {
			store, ok = s.settled.StoreOf(namespace)
			return s.settled, store, ok
		}
	}
	return s.table, store, ok
}
