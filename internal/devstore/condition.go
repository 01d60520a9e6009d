package devstore

// refNew names, in a condition, an attribute of the document that is being written.
const refNew = "$ref_new"

// condition is the filter that the stored document must match for a write to it to be done. The zero value always holds.
type condition struct {
	expr  value
	fixed predicate // nil when the expression refers to the new document
}

// condition compiles a condition of the request. One that refers to new values is compiled with nulls here, so that a
// malformed one is refused even when no document reaches it.
func (b *batch) condition(doc value, member string) (*condition, error) {
	expr, ok := doc.get(member)
	if !ok {
		return &condition{fixed: func(*row) bool { return true }}, nil
	}
	nulls, refers := substitute(expr, func(string) value { return value{raw: "null"} })
	match, err := b.filter(nulls)
	if err != nil {
		return nil, err
	}
	c := &condition{expr: expr}
	if !refers {
		c.fixed = match
	}
	return c, nil
}

func (c *condition) holds(b *batch, old *row, d *document) (bool, error) {
	if c.fixed != nil {
		return c.fixed(old), nil
	}
	expr, _ := substitute(c.expr, d.value)
	match, err := b.filter(expr)
	if err != nil {
		return false, err
	}
	return match(old), nil
}

// substitute replaces every {"$ref_new": name} by the value of that name.
func substitute(v value, of func(name string) value) (out value, found bool) {
	if names, vals := v.fields(); v.k == kObj && len(names) == 1 && names[0] == refNew && vals[0].k == kStr {
		return of(vals[0].s), true
	}
	if v.k != kArr || v.count > 0 {
		return v, false
	}
	list := make([]value, 0, len(v.list()))
	for _, e := range v.list() {
		sub, hit := substitute(e, of)
		list = append(list, sub)
		found = found || hit
	}
	if !found {
		return v, false
	}
	return value{k: kArr, raw: v.raw, sub: &members{arr: list}}, true
}
