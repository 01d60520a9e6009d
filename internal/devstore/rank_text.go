package devstore

import (
	"math"
	"strings"
)

// scores maps rows to what a ranking expression gives them; rows that are not in it have no score.
type scores map[*row]float64

func (n *namespace) scores(v value) (scores, error) {
	l := v.list()
	if v.k != kArr || len(l) < 2 || l[0].k != kStr && l[0].k != kNum {
		return nil, badRank(v)
	}
	switch l[0].s {
	case "Sum":
		return n.fold(l[1], func(a, b float64) float64 { return a + b })
	case "Max":
		return n.fold(l[1], math.Max)
	case "Product":
		return n.product(v, l)
	case "Attribute":
		return n.attributeScores(l[1].s), nil
	case "Saturate", "Decay":
		return n.shaped(v, l)
	case "Dist":
		return n.distanceScores(v, l)
	}
	if len(l) >= 3 && l[1].s == "BM25" {
		return n.bm25(l)
	}
	return n.filterScores(v)
}

func (n *namespace) fold(list value, f func(a, b float64) float64) (scores, error) {
	if list.k != kArr {
		return nil, badRank(list)
	}
	out := scores{}
	for _, e := range list.list() {
		part, err := n.scores(e)
		if err != nil {
			return nil, err
		}
		for r, s := range part {
			out[r] = f(out[r], s)
		}
	}
	return out, nil
}

// product takes the weight and the expression in either order.
func (n *namespace) product(v value, l []value) (scores, error) {
	if len(l) != 3 {
		return nil, badRank(v)
	}
	weight, expr := l[1], l[2]
	if weight.k != kNum {
		weight, expr = expr, weight
	}
	if weight.k != kNum {
		return nil, badRank(v)
	}
	if weight.n < 0 {
		return nil, fail(400, "rank_by: the weight of a Product must be non-negative, got %s", weight.raw)
	}
	out, err := n.scores(expr)
	for r := range out {
		out[r] *= weight.n
	}
	return out, err
}

func (n *namespace) attributeScores(name string) scores {
	out := scores{}
	for _, r := range n.sorted {
		if x, ok := r.attr(name); ok && x.k == kNum {
			out[r] = x.n
		}
	}
	return out
}

// filterScores gives 1 to every row that a filter matches.
func (n *namespace) filterScores(v value) (scores, error) {
	match, err := n.filter(v)
	if err != nil {
		return nil, fail(422, "unsupported rank_by: %s", cut(v.raw, 500))
	}
	out := scores{}
	for _, r := range n.sorted {
		if match(r) {
			out[r] = 1
		}
	}
	return out, nil
}

func (n *namespace) bm25(l []value) (scores, error) {
	name := l[0].s
	s := n.schema[name]
	if s == nil && n.empty {
		return scores{}, nil
	}
	if s == nil || s.FTS == nil {
		return nil, fail(400, "rank_by: full-text search is not enabled on attribute `%s`", cut(name, 128))
	}
	if s.FTS.Tokenizer == preTokenized && l[2].k != kArr {
		return nil, fail(400, "invalid input %s for rank_by field %q, expecting []string", cut(l[2].raw, 200), cut(name, 128))
	}
	if l[2].k != kArr && l[2].k != kStr {
		return nil, fail(400, "invalid input %s for rank_by field %q, expecting string", cut(l[2].raw, 200), cut(name, 128))
	}
	tokens := s.FTS.valueTokens(l[2])
	prefix := len(l) > 3 && l[3].flag("last_as_prefix")
	out, p := scores{}, n.fts[name]
	for i, t := range tokens {
		if !prefix || i < len(tokens)-1 {
			p.addScores(out, s.FTS, p.terms[t])
			continue
		}
		for term, rows := range p.terms {
			if strings.HasPrefix(term, t) {
				p.addScores(out, s.FTS, rows)
			}
		}
	}
	return out, nil
}

// addScores adds what one term contributes to the score of each row that has it.
func (p *postings) addScores(out scores, c *ftsConfig, rows map[*row]int) {
	docs, having := float64(len(p.len)), float64(len(rows))
	idf := math.Log(1 + (docs-having+0.5)/(having+0.5))
	mean := float64(p.total) / docs
	for r, count := range rows {
		tf := float64(count)
		out[r] += idf * tf * (c.K1 + 1) / (tf + c.K1*(1-c.B+c.B*float64(p.len[r])/mean))
	}
}
