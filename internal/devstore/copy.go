package devstore

import (
	"maps"
	"strings"
	"time"
)

// source is a copy's or a branch's origin.
type source struct {
	namespace string
	key       string
}

// copySource reads copy_from_namespace and branch_from_namespace, each a name or an object.
func copySource(doc value) (source, bool) {
	for _, member := range []string{"copy_from_namespace", "branch_from_namespace"} {
		if v, ok := doc.get(member); ok {
			if v.k == kStr {
				return source{namespace: v.s}, true
			}
			return sourceOf(v), true
		}
	}
	return source{}, false
}

func sourceOf(v value) source {
	return source{namespace: v.text("source_namespace"), key: v.text("source_api_key")}
}

// copy makes a namespace from another one. Rows are shared: they are never changed in place.
func (s *Store) copy(name string, from source, doc value, start time.Time) ([]byte, error) {
	if from.key != "" && !s.accepts(from.key) {
		return nil, fail(401, "invalid API key")
	}
	for _, member := range []string{"copy_from_namespace", "branch_from_namespace"} {
		inner, _ := doc.get(member)
		if err := checkEncryption(inner, "dest_encryption"); err != nil {
			return nil, err
		}
	}
	src := s.names.live(from.namespace)
	if src == nil {
		return nil, notFound(from.namespace)
	}
	rows, spec := src.snapshot()
	res := &writeResult{}
	err := s.change(name, true, true, func(b *batch) error {
		if b.n.live.Load() {
			return fail(400, "namespace '%s' already exists", name)
		}
		res = b.fill(rows, spec)
		b.n.index.lag(time.Duration(s.indexLag.Load()), res.bytes, res.rows())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return res.encode(false, start), nil
}

func (n *namespace) snapshot() (rows map[docID]*row, spec scope) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return maps.Clone(n.rows), n.clone()
}

func (b *batch) fill(rows map[docID]*row, spec scope) *writeResult {
	res := &writeResult{}
	b.scope, b.ownsSpec, b.rows = spec, true, rows
	for name, s := range spec.schema {
		if s.FTS != nil {
			b.markIndex(strings.Clone(name))
		}
	}
	for id, r := range rows {
		res.upserted = append(res.upserted, id)
		res.bytes += r.bytes
	}
	return res
}
