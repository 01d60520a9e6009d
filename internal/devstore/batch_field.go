package devstore

import "strings"

func checkAttrName(name string) error {
	if name == "" || len(name) > 128 || strings.HasPrefix(name, "$") {
		return fail(400, "invalid attribute name `%s`", cut(name, 128))
	}
	return nil
}

// setField stores one attribute or vector of a row that is not shared yet, growing the schema as needed.
func (b *batch) setField(r *row, name string, v value) error {
	s := b.schema[name]
	if s == nil && name == "vector" && v.k != kNull {
		return b.setVector(r, name, nil, v)
	}
	if s != nil && s.dims > 0 {
		return b.setVector(r, name, s, v)
	}
	if err := checkAttrName(name); err != nil {
		return err
	}
	if v.k == kObj {
		return fail(400, "attribute `%s`: invalid type: map", name)
	}
	if v.k == kNull {
		r.set(name, v)
		return nil
	}
	typ := ""
	if s != nil {
		typ = s.Type
	} else {
		typ = inferType(v)
		if !scalarTypes.MatchString(typ) {
			return fail(400, "attribute `%s`: cannot infer a type from %s", name, cut(v.raw, 200))
		}
		b.setSchema(name, &attrSchema{Type: typ})
	}
	if err := checkType(name, typ, v); err != nil {
		return err
	}
	r.set(strings.Clone(name), v.detach())
	return nil
}

// setVector stores a vector; without a schema the first one defines the dimensions.
func (b *batch) setVector(r *row, name string, s *attrSchema, v value) error {
	if v.k == kNull {
		r.setVec(name, nil)
		return nil
	}
	f, err := toVector(v)
	if err != nil {
		return err
	}
	if s == nil && len(f) > 0 {
		s = vectorSchema(len(f))
		b.setSchema(name, s)
	}
	if s == nil || len(f) != s.dims {
		return fail(400, "vector dimension mismatch in attribute `%s`: expected %d, got %d", name, dimsOf(s), len(f))
	}
	if strings.HasSuffix(s.Type, "f16") {
		for i := range f {
			f[i] = half(f[i])
		}
	}
	r.setVec(strings.Clone(name), f)
	return nil
}

func dimsOf(s *attrSchema) int {
	if s == nil {
		return 1
	}
	return s.dims
}
