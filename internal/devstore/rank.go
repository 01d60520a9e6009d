package devstore

import (
	"cmp"
	"slices"
)

// hit is a row with its distance or score.
type hit struct {
	r    *row
	dist float64
}

// rank returns at least the first p.wanted() rows in order; withDist is false where the order has no number.
func (n *namespace) rank(by value, p *plan) (hits []hit, withDist bool, err error) {
	l := by.list()
	if len(l) == 0 {
		return nil, false, badRank(by)
	}
	orders, err := attributeOrders(by, l)
	if err != nil {
		return nil, false, err
	}
	if orders != nil {
		hits, err = n.rankByAttributes(orders, p)
		return hits, false, err
	}
	if len(l) >= 3 && l[0].k == kStr && (l[1].s == "ANN" || l[1].s == "kNN") {
		hits, err = n.rankByVector(l[0].s, l[2], p)
		return hits, true, err
	}
	hits, err = n.rankByScore(by, p)
	return hits, true, err
}

func badRank(v value) error {
	if v.k != kArr {
		return fail(422, "invalid rank_by: invalid type: %s", v.typeName())
	}
	return fail(422, "invalid rank_by: %s", cut(v.raw, 500))
}

type attributeOrder struct {
	name string
	desc bool
}

// attributeOrders reads ["a","asc"] or [["a","asc"],["b","desc"]]; nil means another kind of ranking.
func attributeOrders(by value, l []value) ([]attributeOrder, error) {
	if l[0].k != kArr {
		if o, ok := orderOf(l); ok {
			return []attributeOrder{o}, nil
		}
		return nil, nil
	}
	orders := make([]attributeOrder, 0, len(l))
	for _, e := range l {
		o, ok := orderOf(e.list())
		if !ok {
			return nil, badRank(by)
		}
		orders = append(orders, o)
	}
	return orders, nil
}

func orderOf(pair []value) (attributeOrder, bool) {
	if len(pair) != 2 || pair[0].k != kStr || pair[1].s != "asc" && pair[1].s != "desc" {
		return attributeOrder{}, false
	}
	return attributeOrder{pair[0].s, pair[1].s == "desc"}, true
}

func (n *namespace) rankByAttributes(orders []attributeOrder, p *plan) ([]hit, error) {
	for _, o := range orders {
		if o.name != "id" && n.schema[o.name] == nil && !n.empty {
			return nil, fail(400, "rank_by: attribute `%s` not found in schema", cut(o.name, 128))
		}
	}
	if orders[0].name == "id" {
		return rankByID(orders[0].desc, p), nil
	}
	var hits []hit
	for _, r := range p.pool {
		if p.matches(r) {
			hits = append(hits, hit{r: r})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		for _, o := range orders {
			if c := o.compare(a.r, b.r); c != 0 {
				return c
			}
		}
		return 0
	})
	return hits, nil
}

// rankByID needs no sort, and ids decide alone: none is there twice.
func rankByID(desc bool, p *plan) []hit {
	hits := make([]hit, 0, min(p.wanted(), len(p.pool)))
	for i := range p.pool {
		r := p.pool[i]
		if desc {
			r = p.pool[len(p.pool)-1-i]
		}
		if p.matches(r) {
			if hits = append(hits, hit{r: r}); len(hits) >= p.wanted() {
				break
			}
		}
	}
	return hits
}

// compare puts rows without the attribute last in both directions.
func (o attributeOrder) compare(x, y *row) int {
	a, okA := x.field(o.name)
	b, okB := y.field(o.name)
	if !okA || !okB {
		return boolRank(okB) - boolRank(okA)
	}
	c, _ := compare(a, b)
	if o.desc {
		return -c
	}
	return c
}

// rankByScore is full-text search and what is built from it: higher scores first, rows without a score left out.
func (n *namespace) rankByScore(by value, p *plan) ([]hit, error) {
	scores, err := n.scores(by)
	if err != nil {
		return nil, err
	}
	hits := make([]hit, 0, len(scores))
	for r, s := range scores {
		if s > 0 && p.matches(r) {
			hits = append(hits, hit{r, s})
		}
	}
	sortByScore(hits)
	return hits, nil
}

func sortByScore(hits []hit) {
	slices.SortFunc(hits, func(a, b hit) int {
		if c := cmp.Compare(b.dist, a.dist); c != 0 {
			return c
		}
		return compareIDs(a.r.id, b.r.id)
	})
}
