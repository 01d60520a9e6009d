package devstore

import "strings"

// postings is the inverted index of one full-text attribute.
type postings struct {
	terms map[string]map[*row]int
	len   map[*row]int
	total int
}

func newPostings() *postings {
	return &postings{terms: map[string]map[*row]int{}, len: map[*row]int{}}
}

func (p *postings) add(r *row, tokens []string) {
	p.len[r] = len(tokens)
	p.total += len(tokens)
	for _, t := range tokens {
		m := p.terms[t]
		if m == nil {
			m = map[*row]int{}
			p.terms[strings.Clone(t)] = m
		}
		m[r]++
	}
}

func (p *postings) remove(r *row, tokens []string) {
	delete(p.len, r)
	p.total -= len(tokens)
	for _, t := range tokens {
		if m := p.terms[t]; m != nil {
			if delete(m, r); len(m) == 0 {
				delete(p.terms, t)
			}
		}
	}
}
