package devstore

// batch collects the changes of one request beside the namespace. Nothing of a batch that fails is ever seen: it takes
// effect only by commit.
type batch struct {
	scope
	settings
	n        *namespace
	rows     map[docID]*row // nil means deleted
	reindex  map[string]bool
	ownsSpec bool // schema is this batch's own copy
}

// newBatch starts a batch; the caller holds n.mu for writing until it is committed or forgotten.
func newBatch(n *namespace) *batch {
	return &batch{scope: n.scope, settings: n.settings, n: n, rows: map[docID]*row{}}
}

// row is the document as this batch would leave it, or nil.
func (b *batch) row(id docID) *row {
	if r, changed := b.rows[id]; changed {
		return r
	}
	return b.n.rows[id]
}

// each calls f with every document as this batch would leave it, in the order of ids. It is used before rows are added.
func (b *batch) each(f func(*row) error) error {
	for _, old := range b.n.sorted {
		if r := b.row(old.id); r != nil {
			if err := f(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *batch) put(r *row) {
	r.measure()
	b.rows[r.id] = r
}

// remove reports whether the document was there.
func (b *batch) remove(id docID) bool {
	if b.row(id) == nil {
		return false
	}
	b.rows[id] = nil
	return true
}
