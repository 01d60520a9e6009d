package devstore

import (
	"sync"
	"sync/atomic"
	"time"
)

// settings are what a namespace keeps beside its rows and schema. Pinning and sharding are JSON as the client sent it.
type settings struct {
	created, updated time.Time
	readOnly         bool
	pinning          string
	sharding         string
}

// namespace is a set of rows with its indexes. mu guards all but name, live and answers.
type namespace struct {
	name    string
	live    atomic.Bool // false until the first write is in, and after deletion
	answers answers

	mu sync.RWMutex
	scope
	settings
	gone   bool // taken out of the registry: look the name up again
	rows   map[docID]*row
	sorted []*row // rows in the order of their ids
	fts    map[string]*postings
	bytes  int
	index  indexState
}

func newNamespace(name string) *namespace {
	now := time.Now().UTC()
	return &namespace{
		name:     name,
		scope:    scope{schema: map[string]*attrSchema{}, empty: true},
		settings: settings{created: now, updated: now},
		rows:     map[docID]*row{},
		fts:      map[string]*postings{},
	}
}

// indexState is what the metadata says about the index. The service indexes in the background; here the state is only
// what a test asks for.
type indexState struct {
	forced       string // "updating", "up-to-date" or "" to follow writes
	bytes, rows  int
	rejectStrong bool // 429 for strongly consistent queries while updating
	lagUntil     time.Time
	lagBytes     int
	lagRows      int
}

func (s *indexState) current() (status string, bytes, rows int) {
	if s.forced != "" {
		return s.forced, s.bytes, s.rows
	}
	if time.Now().Before(s.lagUntil) {
		return "updating", s.lagBytes, s.lagRows
	}
	return "up-to-date", 0, 0
}

// lag makes the index look behind by one more write.
func (s *indexState) lag(d time.Duration, bytes, rows int) {
	if d <= 0 {
		return
	}
	now := time.Now()
	if now.After(s.lagUntil) {
		s.lagBytes, s.lagRows = 0, 0
	}
	s.lagUntil = now.Add(d)
	s.lagBytes += bytes
	s.lagRows += rows
}

// apply puts a batch that has passed every check into the namespace. It cannot fail.
func (n *namespace) apply(b *batch) {
	for name := range b.reindex {
		delete(n.fts, name)
	}
	for id := range b.rows {
		n.unlink(id)
	}
	n.scope, n.settings = b.scope, b.settings
	for id, r := range b.rows {
		if r != nil {
			n.rows[id] = r
			n.bytes += r.bytes
			n.link(r)
		}
	}
	for name := range b.reindex {
		n.buildIndex(name)
	}
	n.sorted = reorder(n.sorted, b.rows)
	n.empty = len(n.rows) == 0
	n.answers.clear()
	n.live.Store(true)
}

func (n *namespace) unlink(id docID) {
	r := n.rows[id]
	if r == nil {
		return
	}
	for name, p := range n.fts {
		if v, ok := r.attr(name); ok {
			p.remove(r, n.schema[name].FTS.valueTokens(v))
		}
	}
	n.bytes -= r.bytes
	delete(n.rows, id)
}

func (n *namespace) link(r *row) {
	for name, p := range n.fts {
		if v, ok := r.attr(name); ok {
			p.add(r, n.schema[name].FTS.valueTokens(v))
		}
	}
}

// buildIndex indexes an attribute whose full-text configuration is new.
func (n *namespace) buildIndex(name string) {
	s := n.schema[name]
	if s == nil || s.FTS == nil {
		return
	}
	p := newPostings()
	for _, r := range n.rows {
		if v, ok := r.attr(name); ok {
			p.add(r, s.FTS.valueTokens(v))
		}
	}
	n.fts[name] = p
}
