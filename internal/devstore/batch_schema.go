package devstore

import "strings"

func (b *batch) setSchema(name string, s *attrSchema) {
	if !b.ownsSpec {
		b.scope, b.ownsSpec = b.clone(), true
	}
	if s == nil {
		delete(b.schema, name)
		return
	}
	b.schema[strings.Clone(name)] = s
}

// applySchema merges the schema member of a request.
func (b *batch) applySchema(v value) error {
	if v.k != kObj {
		return fail(422, "invalid schema: invalid type: %s, expected a map", v.typeName())
	}
	names, specs := v.fields()
	for i, name := range names {
		var err error
		switch {
		case name == "id":
			err = b.setIDType(specs[i])
		case specs[i].flag("drop"):
			err = b.dropAttribute(name)
		default:
			err = b.defineAttribute(name, specs[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) setIDType(c value) error {
	typ := c.s
	if c.k == kObj {
		typ = c.text("type")
	}
	switch typ {
	case "uint", "int", "uuid", "string":
	default:
		return fail(400, "schema of attribute `id` has an invalid type `%s`", typ)
	}
	if !b.empty && numericIDs(b.idType) != numericIDs(typ) {
		return fail(400, "cannot change the type of attribute `id` from %s to %s", b.idType, typ)
	}
	b.idType = strings.Clone(typ)
	return nil
}

func (b *batch) defineAttribute(name string, c value) error {
	if err := checkAttrName(name); err != nil {
		return err
	}
	old := b.schema[name]
	s, err := parseAttrSchema(name, old, c)
	if err != nil {
		return err
	}
	b.setSchema(name, s)
	if s.FTS != nil || old != nil && old.FTS != nil {
		b.markIndex(name)
	}
	return nil
}

func (b *batch) markIndex(name string) {
	if b.reindex == nil {
		b.reindex = map[string]bool{}
	}
	b.reindex[strings.Clone(name)] = true
}

// dropAttribute removes the attribute from the schema and from every row.
func (b *batch) dropAttribute(name string) error {
	if b.schema[name] == nil {
		return fail(400, "cannot drop attribute `%s`: not found in schema", name)
	}
	if b.schema[name].FTS != nil {
		b.markIndex(name)
	}
	b.setSchema(name, nil)
	return b.each(func(r *row) error {
		if _, ok := r.attr(name); ok || r.vec(name) != nil {
			c := r.clone()
			c.set(name, value{})
			c.setVec(name, nil)
			b.put(c)
		}
		return nil
	})
}
