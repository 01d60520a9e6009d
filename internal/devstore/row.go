package devstore

import "slices"

// attr is one attribute of a row.
type attr struct {
	name string
	v    value
}

// row is one document. It is not changed once it is in a namespace: writes replace it, so copies of a namespace share it.
type row struct {
	id    docID
	attrs []attr
	vecs  []vec
	bytes int
}

func (r *row) attr(name string) (value, bool) {
	for i := range r.attrs {
		if r.attrs[i].name == name {
			return r.attrs[i].v, true
		}
	}
	return value{}, false
}

// field is attr, and the id under its name.
func (r *row) field(name string) (value, bool) {
	if name == "id" {
		return r.id.value(), true
	}
	return r.attr(name)
}

func (r *row) vec(name string) *vec {
	for i := range r.vecs {
		if r.vecs[i].name == name {
			return &r.vecs[i]
		}
	}
	return nil
}

// set stores an attribute; null removes it.
func (r *row) set(name string, v value) {
	i := slices.IndexFunc(r.attrs, func(a attr) bool { return a.name == name })
	switch {
	case v.k == kNull && i >= 0:
		r.attrs = slices.Delete(r.attrs, i, i+1)
	case v.k == kNull:
	case i >= 0:
		r.attrs[i].v = v
	default:
		r.attrs = append(r.attrs, attr{name, v})
	}
}

// setVec stores a vector; nil removes it.
func (r *row) setVec(name string, f []float32) {
	r.vecs = slices.DeleteFunc(r.vecs, func(v vec) bool { return v.name == name })
	if f != nil {
		r.vecs = append(r.vecs, vec{name, f, norm(f)})
	}
}

func (r *row) clone() *row {
	c := *r
	c.attrs = slices.Clone(r.attrs)
	c.vecs = slices.Clone(r.vecs)
	return &c
}

// measure sets the number of logical bytes; call it last before the row is shared.
func (r *row) measure() {
	r.bytes = r.id.size()
	for _, a := range r.attrs {
		r.bytes += a.v.size()
	}
	for _, v := range r.vecs {
		r.bytes += 4 * len(v.f)
	}
}
