package devstore

import (
	"cmp"
	"slices"
)

const (
	maxRecallSearches = 1000
	recallTopK        = 10
	recallSearches    = 25
)

// recall answers POST _debug/recall. Search is exact, so recall is always 1.
func (n *namespace) recall(doc value) ([]byte, error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	p, err := n.plan(value{})
	if err != nil {
		return nil, err
	}
	searches := recallSearches
	p.limit = recallTopK
	for _, m := range []struct {
		name string
		max  int
		to   *int
	}{{"num", maxRecallSearches, &searches}, {"top_k", maxTopK, &p.limit}} {
		if v, ok := doc.get(m.name); ok {
			if *m.to, err = wholeNumber(v, m.name, 1, m.max); err != nil {
				return nil, err
			}
		}
	}
	if f, ok := doc.get("filters"); ok {
		if p.match, err = n.filter(f); err != nil {
			return nil, err
		}
	}
	found := appendF32(nil, float32(min(p.limit, n.countMatches(p))))
	b := append([]byte(`{"avg_recall":1.0,"avg_exhaustive_count":`), found...)
	b = append(append(b, `,"avg_ann_count":`...), found...)
	if doc.flag("include_ground_truth") {
		b, err = n.appendGroundTruth(append(b, `,"ground_truth":[`...), doc, searches, p)
		b = append(b, ']')
	}
	return append(b, '}'), err
}

func (n *namespace) countMatches(p *plan) int {
	count := 0
	for _, r := range p.pool {
		if p.matches(r) {
			count++
		}
	}
	return count
}

// appendGroundTruth searches for the vectors of the first rows, or for the one of rank_by.
func (n *namespace) appendGroundTruth(b []byte, doc value, searches int, p *plan) ([]byte, error) {
	name, queries, err := n.recallVectors(doc, searches)
	if err != nil {
		return b, err
	}
	res := result{isRows: true, withDist: true, shown: projection{names: []string{name}}}
	for i, q := range queries {
		if i > 0 {
			b = append(b, ',')
		}
		vector := appendVector(nil, q)
		arg, err := parseJSON(string(vector))
		if err != nil {
			return b, err
		}
		if res.hits, err = n.rankByVector(name, arg, p); err != nil {
			return b, err
		}
		b = append(append(b, `{"query_vector":`...), vector...)
		b = append(b, `,"nearest_neighbors":`...)
		b = append(append(b, res.encode(nil, false)[len(`"rows":`):]...), '}')
	}
	return b, nil
}

func (n *namespace) recallVectors(doc value, searches int) (name string, queries [][]float32, err error) {
	if by, ok := doc.get("rank_by"); ok {
		l := by.list()
		if len(l) < 3 || l[1].s != "ANN" && l[1].s != "kNN" {
			return "", nil, badRank(by)
		}
		q, err := toVector(l[2])
		return l[0].s, [][]float32{q}, err
	}
	if name = n.firstVectorName(); name == "" {
		return "", nil, fail(400, "namespace '%s' has no vectors", n.name)
	}
	for _, r := range n.sorted {
		if v := r.vec(name); v != nil && len(queries) < searches {
			queries = append(queries, v.f)
		}
	}
	return name, queries, nil
}

// firstVectorName is "vector" where there is one, else the first by name.
func (n *namespace) firstVectorName() string {
	var names []string
	for name, s := range n.schema {
		if s.dims > 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.MinFunc(names, func(a, b string) int {
		if c := boolRank(b == "vector") - boolRank(a == "vector"); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
}
