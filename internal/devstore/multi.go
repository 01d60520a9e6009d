package devstore

import "slices"

// runLegs answers the queries of a multi-query, and fuses them where rerank_by asks for it.
func (n *namespace) runLegs(doc, subqueries value) ([]*result, error) {
	list := subqueries.list()
	if len(list) == 0 || len(list) > maxSubqueries {
		return nil, fail(400, "queries must have 1 to %d entries, got %d", maxSubqueries, len(list))
	}
	legs := make([]*result, 0, len(list))
	for _, q := range list {
		leg, err := n.run(q)
		if err != nil {
			return nil, err
		}
		legs = append(legs, leg)
	}
	rerank, ok := doc.get("rerank_by")
	if !ok {
		return legs, nil
	}
	fused, err := fuse(rerank, legs)
	if err != nil {
		return nil, err
	}
	p := plan{limit: len(fused.hits)}
	if err := p.readLimit(doc); err != nil {
		return nil, err
	}
	if o, ok := doc.get("offset"); ok {
		if p.offset, err = wholeNumber(o, "offset", 0, maxOffset); err != nil {
			return nil, err
		}
	}
	fused.hits = p.page(fused.hits)
	return []*result{fused}, nil
}

// fuse merges legs by reciprocal rank: each row gets the sum of weight / (constant + rank) over the legs it is in.
func fuse(by value, legs []*result) (*result, error) {
	constant, weights, err := fuseOptions(by, len(legs))
	if err != nil {
		return nil, err
	}
	total := map[docID]*hit{}
	for i, leg := range legs {
		if !leg.isRows {
			return nil, fail(400, "rerank_by: every subquery must have a rank_by")
		}
		for rank, h := range leg.hits {
			if total[h.r.id] == nil {
				total[h.r.id] = &hit{r: h.r}
			}
			total[h.r.id].dist += weights[i] / (constant + float64(rank+1))
		}
	}
	out := &result{isRows: true, withDist: true, shown: legs[0].shown}
	for _, h := range total {
		out.hits = append(out.hits, *h)
	}
	sortByScore(out.hits)
	return out, nil
}

func fuseOptions(by value, legs int) (constant float64, weights []float64, err error) {
	l := by.list()
	if len(l) == 0 || l[0].s != "RRF" {
		return 0, nil, fail(400, "unsupported rerank_by: %s", cut(by.raw, 500))
	}
	constant = 60
	weights = make([]float64, legs)
	for i := range weights {
		weights[i] = 1
	}
	if len(l) == 1 {
		return constant, weights, nil
	}
	if c, ok := l[1].get("rank_constant"); ok {
		if constant = c.n; !(constant > 0) {
			return 0, nil, fail(400, "rerank_by: rank_constant must be greater than zero, got %s", cut(c.raw, 100))
		}
	}
	if w, ok := l[1].get("weights"); ok {
		if weights = w.nums(); len(weights) != legs {
			return 0, nil, fail(400, "rerank_by: %d weights for %d subqueries", len(weights), legs)
		}
		if slices.Min(weights) <= 0 {
			return 0, nil, fail(400, "rerank_by: weights must be positive, got %s", cut(w.raw, 200))
		}
	}
	return constant, weights, nil
}
