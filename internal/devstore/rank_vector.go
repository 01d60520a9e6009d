package devstore

import (
	"cmp"
	"slices"
)

// rankByVector is an exact nearest-neighbour search: ANN and kNN are the same here.
func (n *namespace) rankByVector(name string, arg value, p *plan) ([]hit, error) {
	q, err := toVector(arg)
	if err != nil {
		return nil, err
	}
	s := n.schema[name]
	if s == nil || s.dims == 0 {
		if n.empty {
			return nil, nil
		}
		return nil, fail(400, "rank_by: attribute `%s` is not a vector", cut(name, 128))
	}
	if len(q) != s.dims {
		return nil, fail(400, "query vector dimension mismatch: expected %d, got %d", s.dims, len(q))
	}
	metric := p.metric
	if metric == "" {
		metric = n.distanceMetric(name)
	}
	qNorm := norm(q)
	best := nearest{want: p.wanted(), hits: make([]hit, 0, min(p.wanted(), len(p.pool)))}
	for _, r := range p.pool {
		if v := r.vec(name); v != nil && p.matches(r) {
			best.offer(hit{r, float64(distance(metric, v, q, qNorm))})
		}
	}
	slices.SortFunc(best.hits, compareDistance)
	return best.hits, nil
}

func compareDistance(a, b hit) int {
	if c := cmp.Compare(a.dist, b.dist); c != 0 {
		return c
	}
	return compareIDs(a.r.id, b.r.id)
}

// nearest keeps the best rows seen so far. Once it is full, hits is a heap with the farthest one on top.
type nearest struct {
	want int
	hits []hit
}

func (k *nearest) offer(h hit) {
	switch {
	case len(k.hits) < k.want:
		if k.hits = append(k.hits, h); len(k.hits) == k.want {
			for i := k.want/2 - 1; i >= 0; i-- {
				k.sink(i)
			}
		}
	case compareDistance(h, k.hits[0]) < 0:
		k.hits[0] = h
		k.sink(0)
	}
}

// sink moves a hit down until both hits below it are nearer.
func (k *nearest) sink(i int) {
	for {
		far := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(k.hits); c++ {
			if compareDistance(k.hits[c], k.hits[far]) > 0 {
				far = c
			}
		}
		if far == i {
			return
		}
		k.hits[i], k.hits[far] = k.hits[far], k.hits[i]
		i = far
	}
}
