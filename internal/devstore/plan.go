package devstore

import (
	"math"
	"slices"
	"strings"
)

// plan is what a query asks for beside its ranking.
type plan struct {
	match  predicate // nil matches all
	pool   []*row    // the rows to look at, in the order of ids
	limit  int       // -1 when there is none
	offset int
	per    []string // at most perMax rows for each combination of these attributes
	perMax int
	metric string // asked for by the query, or empty
}

func (n *namespace) plan(q value) (*plan, error) {
	p := &plan{limit: -1, pool: n.sorted}
	if f, ok := q.get("filters"); ok {
		var err error
		if p.match, err = n.filter(f); err != nil {
			return nil, err
		}
		p.pool = n.pool(f)
	}
	if m, ok := q.get("distance_metric"); ok {
		if err := checkMetric(m.s); err != nil {
			return nil, err
		}
		p.metric = m.s
	}
	if _, ok := q.get("compute_attributes"); ok {
		return nil, fail(400, "compute_attributes is not supported by the development store")
	}
	if o, ok := q.get("offset"); ok {
		var err error
		if p.offset, err = wholeNumber(o, "offset", 0, maxOffset); err != nil {
			return nil, err
		}
	}
	return p, p.readLimit(q)
}

func (p *plan) readLimit(q value) (err error) {
	if t, ok := q.get("top_k"); ok {
		if p.limit, err = wholeNumber(t, "top_k", 1, maxTopK); err != nil {
			return err
		}
	}
	l, ok := q.get("limit")
	if !ok {
		return nil
	}
	per, hasPer := l.get("per")
	if l.k == kObj {
		if l, ok = l.get("total"); !ok {
			return fail(422, "invalid limit: missing field `total`")
		}
	}
	if p.limit, err = wholeNumber(l, "limit", 1, maxTopK); err != nil || !hasPer {
		return err
	}
	names, _ := per.get("attributes")
	for _, a := range names.list() {
		p.per = append(p.per, a.s)
	}
	most, _ := per.get("limit")
	p.perMax, err = wholeNumber(most, "limit.per.limit", 1, maxTopK)
	return err
}

// wanted is how many ranked rows are needed to fill the page.
func (p *plan) wanted() int {
	if p.per != nil {
		return math.MaxInt
	}
	return p.limit + p.offset
}

func (p *plan) matches(r *row) bool { return p.match == nil || p.match(r) }

// page cuts the ranked rows to what is asked for.
func (p *plan) page(hits []hit) []hit {
	if p.per != nil {
		seen := map[string]int{}
		hits = slices.DeleteFunc(hits, func(h hit) bool {
			k := groupKey(h.r, p.per)
			seen[k]++
			return seen[k] > p.perMax
		})
	}
	hits = hits[min(p.offset, len(hits)):]
	return hits[:min(p.limit, len(hits))]
}

func groupKey(r *row, names []string) string {
	var b strings.Builder
	for _, name := range names {
		v, _ := r.field(name)
		b.WriteString(key(v))
		b.WriteByte(0)
	}
	return b.String()
}

// pool narrows the rows to look at where the filter names ids, as a fetch by id does.
func (n *namespace) pool(f value) []*row {
	l := f.list()
	switch {
	case len(l) == 2 && l[0].s == "And":
		for _, e := range l[1].list() {
			if rows := n.pool(e); len(rows) < len(n.sorted) {
				return rows
			}
		}
	case len(l) == 3 && l[0].s == "id" && l[1].s == "Eq":
		return n.lookup(l[2:])
	case len(l) == 3 && l[0].s == "id" && l[1].s == "In" && l[2].k == kArr:
		return n.lookup(l[2].list())
	}
	return n.sorted
}

func (n *namespace) lookup(ids []value) []*row {
	rows := make([]*row, 0, len(ids))
	for _, v := range ids {
		if id, err := idFrom(v); err == nil && n.rows[id] != nil {
			rows = append(rows, n.rows[id])
		}
	}
	slices.SortFunc(rows, func(a, b *row) int { return compareIDs(a.id, b.id) })
	return slices.Compact(rows)
}
