package devstore

import (
	"strconv"
	"strings"
	"time"
)

// writeResult is what a write request did.
type writeResult struct {
	upserted, patched, deleted []docID
	bytes                      int
	filtered                   bool // a filter looked for the rows, which is billed as a query
	scanned                    int
	remaining                  bool // a filter matched more rows than one request may change
	partial                    bool // the client allows that, and is told
}

func (r *writeResult) rows() int { return len(r.upserted) + len(r.patched) + len(r.deleted) }

// write answers POST /v2/namespaces/{ns}.
func (s *Store) write(name string, doc value, start time.Time) ([]byte, error) {
	if doc.k != kObj {
		return nil, fail(422, "invalid type: %s, expected a map", doc.typeName())
	}
	if err := checkEncryption(doc, "encryption"); err != nil {
		return nil, err
	}
	if source, ok := copySource(doc); ok {
		return s.copy(name, source, doc, start)
	}
	res, withIDs := &writeResult{}, doc.flag("return_affected_ids")
	err := s.change(name, createsNamespace(doc), true, func(b *batch) error {
		res = &writeResult{}
		if err := s.applyWrite(b, doc, res); err != nil {
			return err
		}
		b.n.index.lag(time.Duration(s.indexLag.Load()), res.bytes, res.rows())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return res.encode(withIDs, start), nil
}

// checkEncryption refuses keys of the customer: there is no key service here.
func checkEncryption(doc value, member string) error {
	e, _ := doc.get(member)
	if e.text("mode") == "customer-managed" {
		return fail(400, "Malformed Cloud KMS crypto key: %s", cut(e.text("key_name"), 200))
	}
	return nil
}

// createsNamespace reports whether the request makes a namespace that is not there.
func createsNamespace(doc value) bool {
	if c, ok := doc.get("create_namespace"); ok {
		return c.b
	}
	for _, k := range []string{"upsert_rows", "upsert_columns", "schema"} {
		if _, ok := doc.get(k); ok {
			return true
		}
	}
	return false
}

// applyWrite puts a write request into a batch in the documented order: filtered deletes and patches, upserts, patches,
// deletes.
func (s *Store) applyWrite(b *batch, doc value, res *writeResult) error {
	if b.readOnly {
		return fail(403, "namespace is read-only")
	}
	if err := b.applySettings(doc); err != nil {
		return err
	}
	if sch, ok := doc.get("schema"); ok {
		if err := b.applySchema(sch); err != nil {
			return err
		}
	}
	limit := int(s.filterLimit.Load())
	steps := []func() error{
		func() error { return b.deleteByFilter(doc, limit, res) },
		func() error { return b.patchByFilter(doc, limit, res) },
		func() error { return b.upsert(doc, res) },
		func() error { return b.patch(doc, res) },
		func() error { return b.deleteIDs(doc, res) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) applySettings(doc value) error {
	if m, ok := doc.get("distance_metric"); ok {
		if err := checkMetric(m.s); err != nil {
			return err
		}
		if b.metric == "" || b.empty {
			b.metric = strings.Clone(m.s)
		}
	}
	sh, ok := doc.get("sharding")
	if !ok {
		return nil
	}
	if shards, _ := sh.get("num_shards"); shards.k != kNum {
		return fail(422, "invalid sharding: missing field `num_shards`")
	}
	if b.n.live.Load() && b.sharding != sh.raw {
		return fail(400, "sharding can only be configured by the first write to a namespace")
	}
	b.sharding = strings.Clone(sh.raw)
	return nil
}

// encode is the answer to a write.
func (r *writeResult) encode(withIDs bool, start time.Time) []byte {
	n := strconv.Itoa(r.rows())
	b := append([]byte(`{"status":"OK","message":"wrote `), n...)
	b = append(append(b, ` rows","rows_affected":`...), n...)
	b = appendInt(b, "rows_upserted", len(r.upserted))
	b = appendInt(b, "rows_patched", len(r.patched))
	b = appendInt(b, "rows_deleted", len(r.deleted))
	b = strconv.AppendInt(append(b, `,"billing":{"billable_logical_bytes_written":`...), int64(r.bytes), 10)
	if r.filtered {
		b = appendQueryBilling(append(b, `,"query":`...), r.scanned, 0)
	}
	b = strconv.AppendInt(append(b, `},"performance":{"server_total_ms":`...), time.Since(start).Milliseconds(), 10)
	b = append(b, '}')
	if withIDs {
		b = appendIDs(b, "upserted_ids", r.upserted)
		b = appendIDs(b, "patched_ids", r.patched)
		b = appendIDs(b, "deleted_ids", r.deleted)
	}
	if r.partial {
		b = strconv.AppendBool(append(b, `,"rows_remaining":`...), r.remaining)
	}
	return append(b, '}')
}

func appendIDs(b []byte, name string, ids []docID) []byte {
	if len(ids) == 0 {
		return b
	}
	b = append(appendKey(append(b, ','), name), '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = id.appendJSON(b)
	}
	return append(b, ']')
}
