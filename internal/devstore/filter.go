package devstore

import "strings"

// predicate reports whether a row matches.
type predicate func(*row) bool

// filter compiles a filter expression.
func (sc *scope) filter(v value) (predicate, error) {
	if v.k != kArr {
		return nil, fail(422, "invalid filter: invalid type: %s, expected a sequence", v.typeName())
	}
	l := v.list()
	if len(l) == 0 || l[0].k != kStr {
		return nil, badFilter(v)
	}
	if len(l) == 2 {
		switch l[0].s {
		case "And", "Or":
			return sc.combine(l[1], l[0].s == "And")
		case "Not":
			f, err := sc.filter(l[1])
			return func(r *row) bool { return !f(r) }, err
		}
	}
	if len(l) < 3 || len(l) > 4 || l[1].k != kStr {
		return nil, badFilter(v)
	}
	leaf := &leaf{sc: sc, name: l[0].s, op: l[1].s, arg: l[2], schema: sc.schema[l[0].s]}
	if len(l) == 4 {
		leaf.opts = l[3]
	}
	return leaf.compile()
}

func badFilter(v value) error { return fail(422, "invalid filter: %s", cut(v.raw, 500)) }

func (sc *scope) combine(list value, and bool) (predicate, error) {
	if list.k != kArr {
		return nil, badFilter(list)
	}
	parts := make([]predicate, 0, len(list.list()))
	for _, e := range list.list() {
		f, err := sc.filter(e)
		if err != nil {
			return nil, err
		}
		parts = append(parts, f)
	}
	return func(r *row) bool {
		for _, f := range parts {
			if f(r) != and {
				return !and
			}
		}
		return and
	}, nil
}

// leaf is one comparison of an attribute: [name, op, arg] or [name, op, arg, opts].
type leaf struct {
	sc        *scope
	name, op  string
	arg, opts value
	schema    *attrSchema
}

// leafOps are the operators; those starting with Not share their opposite's function.
var leafOps = map[string]func(*leaf) (predicate, error){
	"Eq": (*leaf).eq, "NotEq": (*leaf).eq,
	"In": (*leaf).in, "NotIn": (*leaf).in,
	"Exists": (*leaf).exists, "NotExists": (*leaf).exists,
	"Contains": (*leaf).contains, "NotContains": (*leaf).contains,
	"ContainsAny": (*leaf).containsAny, "NotContainsAny": (*leaf).containsAny,
	"Lt": (*leaf).ordered, "Lte": (*leaf).ordered, "Gt": (*leaf).ordered, "Gte": (*leaf).ordered,
	"AnyLt": (*leaf).anyOrdered, "AnyLte": (*leaf).anyOrdered, "AnyGt": (*leaf).anyOrdered, "AnyGte": (*leaf).anyOrdered,
	"Glob": (*leaf).pattern, "NotGlob": (*leaf).pattern, "IGlob": (*leaf).pattern, "NotIGlob": (*leaf).pattern,
	"Regex":             (*leaf).pattern,
	"Fuzzy":             (*leaf).fuzzy,
	"ContainsAllTokens": (*leaf).tokens, "ContainsAnyToken": (*leaf).tokens, "ContainsTokenSequence": (*leaf).tokens,
}

func (l *leaf) compile() (predicate, error) {
	build, ok := leafOps[l.op]
	if !ok {
		return nil, fail(422, "unknown filter operator `%s`", cut(l.op, 100))
	}
	if err := l.check(); err != nil {
		return nil, err
	}
	return build(l)
}

// check refuses what the schema does not allow.
func (l *leaf) check() error {
	if l.name == "id" {
		return l.checkID()
	}
	if l.schema == nil {
		if l.sc.empty || l.arg.k == kNull || l.op == "Exists" || l.negated() {
			return nil
		}
		return l.fail("attribute not found in schema")
	}
	if !strings.Contains(l.op, "Token") && l.op != "Fuzzy" && !l.schema.filterable() {
		return l.fail("attribute is not filterable")
	}
	return nil
}

// checkID refuses to compare ids with values of the other id type, as the service does.
func (l *leaf) checkID() error {
	vals := []value{l.arg}
	if l.arg.k == kArr {
		vals = l.arg.list()
	}
	for _, v := range vals {
		num := numericIDs(l.sc.idType)
		if l.sc.idType != "" && (num && v.k == kStr || !num && v.k == kNum) {
			return l.fail("type mismatch, %s expects %s, but got %s", l.op, l.sc.idType, cut(v.raw, 200))
		}
	}
	return nil
}

func (l *leaf) fail(format string, args ...any) error {
	return fail(400, "filter error in key `%s`: "+format, append([]any{cut(l.name, 128)}, args...)...)
}

func (l *leaf) negated() bool { return strings.HasPrefix(l.op, "Not") }

// elemType is the type of one element, for messages.
func (l *leaf) elemType() string {
	if l.schema == nil {
		return "string"
	}
	return strings.TrimPrefix(l.schema.Type, "[]")
}
