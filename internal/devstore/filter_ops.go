package devstore

import (
	"regexp"
	"strings"
)

func (l *leaf) eq() (predicate, error) {
	want := !l.negated()
	if l.name == "id" && l.arg.k != kNull {
		id, err := idFrom(l.arg)
		return func(r *row) bool { return (r.id == id) == want }, err
	}
	if l.arg.k == kNull {
		return func(r *row) bool { _, ok := r.field(l.name); return !ok == want }, nil
	}
	return func(r *row) bool {
		x, ok := r.field(l.name)
		return (ok && equal(x, l.arg)) == want
	}, nil
}

// exists is not in the official clients' types, but the public gateway sends it.
func (l *leaf) exists() (predicate, error) {
	want := l.negated() != l.arg.b
	return func(r *row) bool { _, ok := r.field(l.name); return ok == want }, nil
}

func (l *leaf) in() (predicate, error) {
	want := !l.negated()
	set := []value{l.arg}
	if l.arg.k == kArr {
		set = l.arg.list()
	}
	if l.name == "id" {
		ids, err := idSet(set)
		return func(r *row) bool { return ids[r.id] == want }, err
	}
	keys := keySet(set)
	return func(r *row) bool {
		x, ok := r.attr(l.name)
		if ok && x.k == kArr {
			return anyIn(keys, x) == want
		}
		return (ok && keys[key(x)]) == want
	}, nil
}

func idSet(vs []value) (map[docID]bool, error) {
	set := make(map[docID]bool, len(vs))
	for _, v := range vs {
		if v.k == kNull {
			continue
		}
		id, err := idFrom(v)
		if err != nil {
			return nil, err
		}
		set[id] = true
	}
	return set, nil
}

func anyIn(keys map[string]bool, list value) bool {
	for _, e := range list.list() {
		if keys[key(e)] {
			return true
		}
	}
	return false
}

func (l *leaf) contains() (predicate, error) {
	if l.arg.k == kArr {
		return nil, l.fail("type mismatch, %s expects %s, but got %s", l.op, l.elemType(), cut(l.arg.raw, 200))
	}
	return l.anyOf(keySet([]value{l.arg})), nil
}

func (l *leaf) containsAny() (predicate, error) {
	if l.arg.k != kArr {
		return nil, l.fail("type mismatch, %s expects []%s, but got %s", l.op, l.elemType(), cut(l.arg.raw, 200))
	}
	return l.anyOf(keySet(l.arg.list())), nil
}

func (l *leaf) anyOf(keys map[string]bool) predicate {
	want := !l.negated()
	return func(r *row) bool {
		x, _ := r.field(l.name)
		return anyIn(keys, x) == want
	}
}

// inOrder returns the test of an ordering operator on the outcome of a comparison.
func inOrder(op string) func(c int) bool {
	switch op {
	case "Lt":
		return func(c int) bool { return c < 0 }
	case "Lte":
		return func(c int) bool { return c <= 0 }
	case "Gt":
		return func(c int) bool { return c > 0 }
	}
	return func(c int) bool { return c >= 0 }
}

func (l *leaf) ordered() (predicate, error) {
	test := inOrder(l.op)
	if l.name == "id" && l.arg.k != kNull {
		id, err := idFrom(l.arg)
		return func(r *row) bool { return r.id.str == id.str && test(compareIDs(r.id, id)) }, err
	}
	return func(r *row) bool {
		x, ok := r.field(l.name)
		return ok && l.holds(test, x)
	}, nil
}

func (l *leaf) anyOrdered() (predicate, error) {
	test := inOrder(strings.TrimPrefix(l.op, "Any"))
	return func(r *row) bool {
		x, _ := r.field(l.name)
		for _, e := range x.list() {
			if l.holds(test, e) {
				return true
			}
		}
		return false
	}, nil
}

func (l *leaf) holds(test func(int) bool, x value) bool {
	c, ok := compare(x, l.arg)
	return ok && test(c)
}

// pattern is Glob and Regex.
func (l *leaf) pattern() (predicate, error) {
	want, text := !l.negated(), l.arg.s
	if l.op != "Regex" {
		text = globRegexp(l.arg.s, strings.Contains(l.op, "IGlob"))
	}
	re, err := regexp.Compile(text)
	if l.arg.k != kStr || err != nil {
		return nil, l.fail("invalid pattern %s", cut(l.arg.raw, 200))
	}
	return func(r *row) bool {
		x, ok := r.field(l.name)
		return (ok && x.k == kStr && re.MatchString(x.s)) == want
	}, nil
}

func globRegexp(g string, foldCase bool) string {
	var b strings.Builder
	b.WriteString("(?s)^")
	if foldCase {
		b.Reset()
		b.WriteString("(?is)^")
	}
	for i := 0; i < len(g); i++ {
		switch c := g[i]; c {
		case '*':
			for i+1 < len(g) && g[i+1] == '*' {
				i++
			}
			b.WriteString(".*")
		case '?':
			b.WriteByte('.')
		case '[':
			i += globClass(&b, g[i:])
		case '\\':
			if i+1 < len(g) {
				i++
				b.WriteString(regexp.QuoteMeta(g[i : i+1]))
			}
		default:
			b.WriteString(quoteByte(g, i))
		}
	}
	b.WriteByte('$')
	return b.String()
}

// quoteByte quotes one byte; the bytes of a longer UTF-8 sequence stand for themselves.
func quoteByte(g string, i int) string {
	if g[i] >= 0x80 {
		return g[i : i+1]
	}
	return regexp.QuoteMeta(g[i : i+1])
}

// globClass writes a class such as [a-z] or [!0] and returns how many bytes after the bracket it took.
func globClass(b *strings.Builder, g string) int {
	end := strings.IndexByte(g, ']')
	if end < 0 {
		b.WriteString(`\[`)
		return 0
	}
	class := g[:end+1]
	if rest, ok := strings.CutPrefix(class, "[!"); ok {
		class = "[^" + rest
	}
	b.WriteString(class)
	return end
}
