package devstore

import (
	"math"
	"slices"
	"strconv"
)

// aggregation is one member of aggregate_by.
type aggregation struct {
	label string
	sum   bool
	attr  string // of Sum, or of Count when it counts only rows that have it
}

// grouping is one member of group_by.
type grouping struct {
	label, attr string
	unnest      bool // one group for each distinct element of the attribute
}

// total is a sum: exact as long as all numbers are 64-bit integers, else a float.
type total struct {
	whole int64
	float float64
	mixed bool
}

// group is one row of the answer.
type group struct {
	keys   []value
	totals []total
}

// aggregate answers a query with aggregate_by as `"aggregations":…` or `"aggregation_groups":…`.
func (n *namespace) aggregate(q, by value, p *plan) ([]byte, error) {
	aggs, err := parseAggregations(by)
	if err != nil {
		return nil, err
	}
	groupings, grouped, err := parseGroupings(q)
	if err != nil {
		return nil, err
	}
	groups := map[string]*group{}
	for _, r := range p.pool {
		if p.matches(r) {
			for _, keys := range groupsOf(r, groupings) {
				addToGroup(groups, keys, aggs, r)
			}
		}
	}
	if grouped {
		return appendGroups(sortGroups(groups), groupings, aggs, p.limit), nil
	}
	only := groups[""]
	if only == nil {
		only = &group{totals: make([]total, len(aggs))}
	}
	return append(appendTotals([]byte(`"aggregations":{`), aggs, only.totals), '}'), nil
}

func parseAggregations(by value) ([]aggregation, error) {
	labels, specs := by.fields()
	if by.k != kObj || len(labels) == 0 {
		return nil, fail(422, "invalid aggregate_by: %s", cut(by.raw, 500))
	}
	out := make([]aggregation, 0, len(labels))
	for i, label := range labels {
		l := specs[i].list()
		a := aggregation{label: label}
		if len(l) > 1 {
			a.attr = l[1].s
		}
		switch {
		case len(l) == 2 && l[0].s == "Sum":
			a.sum = true
		case len(l) == 0 || len(l) > 2 || l[0].s != "Count":
			return nil, fail(422, "unknown aggregate function: %s", cut(specs[i].raw, 200))
		}
		out = append(out, a)
	}
	return out, nil
}

func parseGroupings(q value) (out []grouping, grouped bool, err error) {
	by, ok := q.get("group_by")
	if !ok {
		return nil, false, nil
	}
	for _, e := range by.list() {
		if e.k == kStr {
			out = append(out, grouping{label: e.s, attr: e.s})
			continue
		}
		labels, funcs := e.fields()
		for i, label := range labels {
			f := funcs[i].list()
			if len(f) != 2 || f[0].s != "ForEachUnique" {
				return nil, false, fail(422, "invalid group_by: %s", cut(e.raw, 200))
			}
			out = append(out, grouping{label: label, attr: f[1].s, unnest: true})
		}
	}
	if len(out) == 0 {
		return nil, false, fail(422, "invalid group_by: %s", cut(by.raw, 200))
	}
	return out, true, nil
}

// groupsOf is every combination of group keys that a row counts for; without groupings that is the empty one.
func groupsOf(r *row, groupings []grouping) [][]value {
	combinations := [][]value{nil}
	for _, g := range groupings {
		keys := g.keysOf(r)
		next := make([][]value, 0, len(combinations)*len(keys))
		for _, c := range combinations {
			for _, k := range keys {
				next = append(next, append(slices.Clone(c), k))
			}
		}
		combinations = next
	}
	return combinations
}

func (g grouping) keysOf(r *row) []value {
	v, _ := r.field(g.attr)
	if !g.unnest {
		return []value{v}
	}
	var out []value
	seen := map[string]bool{}
	for _, e := range v.list() {
		if k := key(e); !seen[k] {
			seen[k] = true
			out = append(out, e)
		}
	}
	return out
}

func addToGroup(groups map[string]*group, keys []value, aggs []aggregation, r *row) {
	name := ""
	for _, k := range keys {
		name += key(k) + "\x00"
	}
	g := groups[name]
	if g == nil {
		g = &group{keys: keys, totals: make([]total, len(aggs))}
		groups[name] = g
	}
	for i, a := range aggs {
		v, ok := r.field(a.attr)
		switch {
		case a.sum:
			g.totals[i].add(v)
		case a.attr == "" || ok:
			g.totals[i].whole++
		}
	}
}

func (t *total) add(v value) {
	if v.k != kNum {
		return
	}
	n, err := strconv.ParseInt(v.raw, 10, 64)
	if sum := t.whole + n; !t.mixed && err == nil && (sum > t.whole) == (n > 0) {
		t.whole = sum
		return
	}
	if !t.mixed {
		t.mixed, t.float = true, float64(t.whole)
	}
	t.float += v.n
}

func (t *total) appendJSON(b []byte) []byte {
	if t.mixed {
		return appendNum(b, t.float)
	}
	return strconv.AppendInt(b, t.whole, 10)
}

func sortGroups(groups map[string]*group) []*group {
	out := make([]*group, 0, len(groups))
	for _, g := range groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *group) int {
		for i := range a.keys {
			if c := compareKeys(a.keys[i], b.keys[i]); c != 0 {
				return c
			}
		}
		return 0
	})
	return out
}

// compareKeys is a total order: values of different types are ordered by their types.
func compareKeys(a, b value) int {
	if a.k != b.k {
		return int(a.k) - int(b.k)
	}
	if c, ok := compare(a, b); ok {
		return c
	}
	return slices.Compare([]byte(a.raw), []byte(b.raw))
}

func appendGroups(groups []*group, groupings []grouping, aggs []aggregation, limit int) []byte {
	if limit < 0 {
		limit = math.MaxInt
	}
	b := []byte(`"aggregation_groups":[`)
	for i, g := range groups[:min(limit, len(groups))] {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		for j, gr := range groupings {
			b = appendKey(b, gr.label)
			if raw := g.keys[j].raw; raw != "" {
				b = append(b, raw...)
			} else {
				b = append(b, "null"...)
			}
			b = append(b, ',')
		}
		b = append(appendTotals(b, aggs, g.totals), '}')
	}
	return append(b, ']')
}

func appendTotals(b []byte, aggs []aggregation, totals []total) []byte {
	for i, a := range aggs {
		if i > 0 {
			b = append(b, ',')
		}
		b = totals[i].appendJSON(appendKey(b, a.label))
	}
	return b
}
