package policy

// Table is the compiled policy: everything that a request is judged by. It is immutable.
type Table struct {
	stores map[string]*Store
	names  []string
	def    *Store
	// routed maps an upstream namespace to the store that an Index sends it to; the empty name marks a store that is missing.
	routed map[string]string
}

// Default returns the store of namespaces that no Index sends elsewhere.
func (t *Table) Default() *Store { return t.def }

// Store finds a store by name.
func (t *Table) Store(name string) (*Store, bool) {
	s, ok := t.stores[name]
	return s, ok
}

// StoreNames lists the stores in order of their names.
func (t *Table) StoreNames() []string { return t.names }

// StoreOf returns the store that a namespace resolves to; ok is false where an Index names a store that does not exist.
func (t *Table) StoreOf(namespace string) (_ *Store, ok bool) {
	name, routed := t.routed[namespace]
	if !routed {
		return t.def, true
	}
	s, ok := t.stores[name]
	return s, ok
}

// Routed returns the namespaces that an Index sends to a store other than the default one, with the store's name ("" where
// that store does not exist). The map belongs to the table.
func (t *Table) Routed() map[string]string { return t.routed }
