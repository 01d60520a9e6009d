package devstore

import (
	"encoding/json"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// appendStored appends the row as it is kept in the file: the attributes' own JSON text, vectors in base64.
func (r *row) appendStored(b []byte) []byte {
	b = r.id.appendJSON(append(b, `{"id":`...))
	for i := range r.vecs {
		b = appendKey(append(b, ','), r.vecs[i].name)
		b = appendVectorBase64(b, r.vecs[i].f)
	}
	for _, a := range r.attrs {
		b = appendKey(append(b, ','), a.name)
		b = append(b, a.v.raw...)
	}
	return append(b, '}')
}

// readNamespace builds a namespace from its bucket.
func readNamespace(name string, b *bolt.Bucket) (*namespace, error) {
	var m metaRecord
	if err := json.Unmarshal(b.Get(keyMeta), &m); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	n := newNamespace(name)
	n.settings = settings{
		created: m.Created, updated: m.Updated, readOnly: m.ReadOnly, pinning: string(m.Pinning), sharding: string(m.Sharding),
	}
	batch := newBatch(n)
	batch.idType, batch.metric = m.IDType, m.Metric
	for attr, s := range m.Schema {
		if err := s.setType(attr, s.Type); err != nil {
			return nil, err
		}
		batch.setSchema(attr, s)
		if s.FTS != nil {
			batch.markIndex(attr)
		}
	}
	rows := b.Bucket(bucketRows)
	if rows == nil {
		return nil, errors.New("no rows bucket")
	}
	err := rows.ForEach(func(_, text []byte) error { return batch.readStored(string(text)) })
	if err != nil {
		return nil, err
	}
	n.apply(batch)
	return n, nil
}

func (b *batch) readStored(text string) error {
	v, err := parseJSON(text)
	if err != nil {
		return fmt.Errorf("row: %w", err)
	}
	idv, _ := v.get("id")
	id, err := idFrom(idv)
	if err != nil {
		return fmt.Errorf("row: %w", err)
	}
	r := &row{id: id}
	names, vals := v.fields()
	for i, name := range names {
		s := b.schema[name]
		switch {
		case i == 0: // the id
		case s != nil && s.dims > 0:
			f, err := toVector(vals[i])
			if err != nil || len(f) != s.dims {
				return fmt.Errorf("row %s: bad vector %s", idv.raw, name)
			}
			r.setVec(name, f)
		default:
			r.set(name, vals[i])
		}
	}
	b.put(r)
	return nil
}
