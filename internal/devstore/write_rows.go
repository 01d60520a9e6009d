package devstore

// document is one row of a write request: an id and fields, of which one is the id.
type document struct {
	id    docID
	names []string
	vals  []value
}

// forEach calls f with each document of a row-based and of a column-based member.
func forEach(doc value, rows, columns string, f func(*document) error) error {
	if v, ok := doc.get(rows); ok {
		if err := forEachRow(v, f); err != nil {
			return err
		}
	}
	if v, ok := doc.get(columns); ok {
		return forEachColumn(v, f)
	}
	return nil
}

func forEachRow(rows value, f func(*document) error) error {
	if rows.k != kArr {
		return fail(422, "invalid type: %s, expected a sequence", rows.typeName())
	}
	for _, r := range rows.list() {
		if r.k != kObj {
			return fail(422, "invalid type: %s, expected a map", r.typeName())
		}
		idv, ok := r.get("id")
		if !ok {
			return fail(422, "missing field `id`")
		}
		id, err := idFrom(idv)
		if err != nil {
			return err
		}
		d := &document{id: id}
		d.names, d.vals = r.fields()
		if err := f(d); err != nil {
			return err
		}
	}
	return nil
}

func forEachColumn(cols value, f func(*document) error) error {
	if cols.k != kObj {
		return fail(422, "invalid type: %s, expected a map", cols.typeName())
	}
	idv, ok := cols.get("id")
	if !ok {
		return fail(422, "missing field `id`")
	}
	if idv.k != kArr {
		return fail(422, "column `id`: invalid type: %s, expected a sequence", idv.typeName())
	}
	names, columns := cols.fields()
	ids := idv.list()
	lists := make([][]value, len(columns))
	for i, c := range columns {
		if lists[i] = c.list(); c.k != kArr || len(lists[i]) != len(ids) {
			return fail(422, "column `%s` has %d values, expected %d", cut(names[i], 128), len(lists[i]), len(ids))
		}
	}
	for j := range ids {
		id, err := idFrom(ids[j])
		if err != nil {
			return err
		}
		d := &document{id: id, names: names, vals: make([]value, len(lists))}
		for i := range lists {
			d.vals[i] = lists[i][j]
		}
		if err := f(d); err != nil {
			return err
		}
	}
	return nil
}

// value is what the document sets an attribute to, or null.
func (d *document) value(name string) value {
	if name == "id" {
		return d.id.value()
	}
	for i := len(d.names) - 1; i >= 0; i-- {
		if d.names[i] == name {
			return d.vals[i]
		}
	}
	return value{raw: "null"}
}

// setFields stores the fields in a row that is not shared yet.
func (b *batch) setFields(r *row, names []string, vals []value) error {
	for i, name := range names {
		if name == "id" {
			continue
		}
		if err := b.setField(r, name, vals[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) checkIDType(id docID) error {
	if b.idType == "" {
		b.idType = id.kind()
	}
	if numericIDs(b.idType) == id.str {
		return fail(400, "document id type mismatch: namespace uses %s ids", b.idType)
	}
	return nil
}

func (b *batch) upsert(doc value, res *writeResult) error {
	cond, err := b.condition(doc, "upsert_condition")
	if err != nil {
		return err
	}
	return forEach(doc, "upsert_rows", "upsert_columns", func(d *document) error {
		if err := b.checkIDType(d.id); err != nil {
			return err
		}
		if old := b.row(d.id); old != nil {
			if ok, err := cond.holds(b, old, d); !ok || err != nil {
				return err
			}
		}
		r := &row{id: d.id, attrs: make([]attr, 0, len(d.names))}
		if err := b.setFields(r, d.names, d.vals); err != nil {
			return err
		}
		b.put(r)
		res.bytes += r.bytes
		res.upserted = append(res.upserted, d.id)
		return nil
	})
}

// patch changes documents that are there; it makes none.
func (b *batch) patch(doc value, res *writeResult) error {
	cond, err := b.condition(doc, "patch_condition")
	if err != nil {
		return err
	}
	return forEach(doc, "patch_rows", "patch_columns", func(d *document) error {
		old := b.row(d.id)
		if old == nil {
			return nil
		}
		if ok, err := cond.holds(b, old, d); !ok || err != nil {
			return err
		}
		return b.patchRow(old, d.names, d.vals, res)
	})
}

func (b *batch) patchRow(old *row, names []string, vals []value, res *writeResult) error {
	r := old.clone()
	if err := b.setFields(r, names, vals); err != nil {
		return err
	}
	b.put(r)
	res.bytes += r.bytes
	res.patched = append(res.patched, r.id)
	return nil
}

func (b *batch) deleteIDs(doc value, res *writeResult) error {
	d, ok := doc.get("deletes")
	if !ok {
		return nil
	}
	if d.k != kArr {
		return fail(422, "invalid type: %s, expected a sequence", d.typeName())
	}
	cond, err := b.condition(doc, "delete_condition")
	if err != nil {
		return err
	}
	for _, v := range d.list() {
		id, err := idFrom(v)
		if err != nil {
			return err
		}
		old := b.row(id)
		if old == nil {
			continue
		}
		ok, err := cond.holds(b, old, &document{id: id})
		if err != nil {
			return err
		}
		if ok && b.remove(id) {
			res.deleted = append(res.deleted, id)
		}
	}
	return nil
}
