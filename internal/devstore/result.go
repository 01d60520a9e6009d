package devstore

import "slices"

// result is the answer to one query.
type result struct {
	hits       []hit
	withDist   bool
	isRows     bool
	shown      projection
	aggregates []byte // `"aggregations":…` or `"aggregation_groups":…`
	bytes      int    // billable bytes, known after encode
}

// projection says which attributes of a row are answered.
type projection struct {
	all   bool
	drop  []string // with all
	names []string // without all
}

func (sc *scope) projection(q value) (projection, error) {
	var p projection
	if inc, ok := q.get("include_attributes"); ok {
		switch inc.k {
		case kBool:
			p.all = inc.b
		case kArr:
			for _, a := range inc.list() {
				if a.k != kStr {
					return p, fail(422, "invalid include_attributes")
				}
				if a.s == "id" {
					continue
				}
				if sc.schema[a.s] == nil && len(sc.schema) > 0 {
					return p, fail(400, "attribute `%s` not found in schema", cut(a.s, 128))
				}
				p.names = append(p.names, a.s)
			}
		default:
			return p, fail(422, "invalid include_attributes")
		}
	}
	if exc, ok := q.get("exclude_attributes"); ok {
		if exc.k != kArr {
			return p, fail(422, "invalid exclude_attributes")
		}
		p.all, p.names = true, nil
		for _, a := range exc.list() {
			p.drop = append(p.drop, a.s)
		}
	}
	return p, nil
}

// encode appends the members of a result object, without its braces, and counts billable bytes.
func (res *result) encode(b []byte, base64Vectors bool) []byte {
	if !res.isRows {
		return append(b, res.aggregates...)
	}
	b = append(b, `"rows":[`...)
	for i, h := range res.hits {
		if i > 0 {
			b = append(b, ',')
		}
		b = h.r.id.appendJSON(append(b, `{"id":`...))
		res.bytes += h.r.id.size()
		if res.withDist {
			b = appendF32(append(b, `,"$dist":`...), float32(h.dist))
			res.bytes += 4
		}
		b = append(res.appendAttrs(b, h.r, base64Vectors), '}')
	}
	return append(b, ']')
}

func (res *result) appendAttrs(b []byte, r *row, base64Vectors bool) []byte {
	if !res.shown.all {
		for _, name := range res.shown.names {
			if v := r.vec(name); v != nil {
				b = res.appendVec(b, v, base64Vectors)
			} else if v, ok := r.attr(name); ok {
				b = res.appendAttr(b, name, v)
			}
		}
		return b
	}
	for i := range r.vecs {
		if !slices.Contains(res.shown.drop, r.vecs[i].name) {
			b = res.appendVec(b, &r.vecs[i], base64Vectors)
		}
	}
	for i := range r.attrs {
		if !slices.Contains(res.shown.drop, r.attrs[i].name) {
			b = res.appendAttr(b, r.attrs[i].name, r.attrs[i].v)
		}
	}
	return b
}

func (res *result) appendAttr(b []byte, name string, v value) []byte {
	res.bytes += v.size()
	return append(appendKey(append(b, ','), name), v.raw...)
}

func (res *result) appendVec(b []byte, v *vec, base64Vectors bool) []byte {
	res.bytes += 4 * len(v.f)
	b = appendKey(append(b, ','), v.name)
	if base64Vectors {
		return appendVectorBase64(b, v.f)
	}
	return appendVector(b, v.f)
}
