package devstore

import (
	"strconv"
	"strings"
)

// metadata answers GET metadata.
func (s *Store) metadata(n *namespace) []byte {
	n.mu.RLock()
	defer n.mu.RUnlock()
	rows, bytes := len(n.rows), n.bytes
	if s.lazyApprox.Load() {
		rows, bytes = 0, 0
	}
	b := n.appendSchema([]byte(`{"schema":`), true)
	b = appendInt(b, "approx_row_count", rows)
	b = appendInt(b, "approx_logical_bytes", bytes)
	b = appendTime(append(b, `,"created_at":`...), n.created)
	b = appendTime(append(b, `,"updated_at":`...), n.updated)
	b = appendTime(append(b, `,"last_write_at":`...), n.updated)
	b = append(b, `,"encryption":{"mode":"default"}`...)
	b = n.index.appendJSON(append(b, `,"index":`...))
	if n.pinning != "" {
		b = append(append(b, `,"pinning":`...), n.pinning...)
	}
	if n.sharding != "" {
		b = append(append(b, `,"sharding":`...), n.sharding...)
	}
	if n.readOnly {
		b = append(b, `,"read_only":true`...)
	}
	return append(b, '}')
}

func (s *indexState) appendJSON(b []byte) []byte {
	status, bytes, rows := s.current()
	b = appendStr(append(b, `{"status":`...), status)
	if status == "updating" {
		b = appendInt(b, "unindexed_bytes", bytes)
		b = appendInt(b, "unindexed_rows", rows)
	}
	return append(b, '}')
}

// patchMetadata answers PATCH metadata.
func (s *Store) patchMetadata(name string, doc value) ([]byte, error) {
	if doc.k != kObj {
		return nil, fail(422, "invalid type: %s, expected a map", doc.typeName())
	}
	err := s.change(name, false, false, func(b *batch) error { return b.applyMetadata(doc) })
	if err != nil {
		return nil, err
	}
	n := s.names.live(name)
	if n == nil {
		return nil, notFound(name)
	}
	return s.metadata(n), nil
}

func (b *batch) applyMetadata(doc value) error {
	if v, ok := doc.get("read_only"); ok {
		if v.k != kBool {
			return fail(422, "invalid read_only: invalid type: %s, expected a boolean", v.typeName())
		}
		b.readOnly = v.b
	}
	names, vals := doc.fields()
	for i, name := range names {
		if name == "pinning" {
			var err error
			if b.pinning, err = pinningOf(vals[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// pinningOf is what the metadata shows: null and false remove it, true is the default of one replica.
func pinningOf(v value) (string, error) {
	switch {
	case v.k == kObj:
		if r, ok := v.get("replicas"); ok {
			if _, err := wholeNumber(r, "pinning.replicas", 1, 1000); err != nil {
				return "", err
			}
			return `{"replicas":` + strings.Clone(r.raw) + `}`, nil
		}
		return `{"replicas":1}`, nil
	case v.k == kBool && v.b:
		return `{"replicas":1}`, nil
	case v.k == kBool, v.k == kNull:
		return "", nil
	}
	return "", fail(422, "invalid pinning: invalid type: %s", v.typeName())
}

// schema answers GET schema.
func (n *namespace) schemaJSON() []byte {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.appendSchema(nil, false)
}

// updateSchema answers POST schema, with or without a "schema" member around it.
func (s *Store) updateSchema(name string, doc value) ([]byte, error) {
	if inner, ok := doc.get("schema"); ok && inner.k == kObj {
		if _, isAttr := inner.get("type"); !isAttr {
			doc = inner
		}
	}
	var out []byte
	err := s.change(name, false, false, func(b *batch) error {
		if b.readOnly {
			return fail(403, "namespace is read-only")
		}
		if err := b.applySchema(doc); err != nil {
			return err
		}
		out = b.appendSchema(nil, false)
		return nil
	})
	return out, err
}

// list answers GET /v1/namespaces.
func (s *Store) list(prefix, cursor, pageSize string) []byte {
	size, err := strconv.Atoi(pageSize)
	if err != nil || size < 1 || size > 1000 {
		size = 100
	}
	names, next := s.names.page(prefix, cursor, size)
	b := []byte(`{"namespaces":[`)
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendStr(append(b, `{"id":`...), name), '}')
	}
	b = append(b, ']')
	if next != "" {
		b = appendStr(append(b, `,"next_cursor":`...), next)
	}
	return append(b, '}')
}
