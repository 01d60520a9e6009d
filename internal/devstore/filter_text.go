package devstore

import (
	"slices"
	"strings"
)

// tokens is ContainsAllTokens, ContainsAnyToken and ContainsTokenSequence.
func (l *leaf) tokens() (predicate, error) {
	if l.schema == nil || l.schema.FTS == nil {
		if l.schema == nil && l.sc.empty {
			return func(*row) bool { return false }, nil
		}
		return nil, l.fail("full-text search is not enabled")
	}
	fts := l.schema.FTS
	want := fts.valueTokens(l.arg)
	test := containsAll
	switch l.op {
	case "ContainsAnyToken":
		test = containsAnyToken
	case "ContainsTokenSequence":
		test = containsSequence
	}
	prefix := l.opts.flag("last_as_prefix")
	return func(r *row) bool {
		x, ok := r.field(l.name)
		return ok && test(fts.valueTokens(x), want, prefix)
	}, nil
}

// hasToken looks for the i-th wanted token.
func hasToken(have, want []string, i int, prefix bool) bool {
	return slices.ContainsFunc(have, func(h string) bool {
		return h == want[i] || prefix && i == len(want)-1 && strings.HasPrefix(h, want[i])
	})
}

func containsAll(have, want []string, prefix bool) bool {
	for i := range want {
		if !hasToken(have, want, i, prefix) {
			return false
		}
	}
	return true
}

func containsAnyToken(have, want []string, prefix bool) bool {
	for i := range want {
		if hasToken(have, want, i, prefix) {
			return true
		}
	}
	return false
}

func containsSequence(have, want []string, _ bool) bool {
	if len(want) == 0 {
		return false
	}
	for i := 0; i+len(want) <= len(have); i++ {
		if slices.Equal(have[i:i+len(want)], want) {
			return true
		}
	}
	return false
}

type fuzzyWord struct {
	text  string
	edits int
	skip  bool // shorter than the first threshold: matches nothing
}

func (l *leaf) fuzzy() (predicate, error) {
	if l.schema == nil || !l.schema.Fuzzy {
		return nil, l.fail("fuzzy is not enabled")
	}
	c := *defaultFTS()
	if l.schema.FTS != nil {
		c = *l.schema.FTS
	}
	if cs, ok := l.opts.get("case_sensitive"); ok {
		c.CaseSensitive = cs.b
	}
	words := fuzzyWords(c.tokens(l.arg.s), l.opts)
	return func(r *row) bool {
		x, ok := r.field(l.name)
		if !ok || len(words) == 0 {
			return false
		}
		have := c.valueTokens(x)
		for _, w := range words {
			if w.skip || !slices.ContainsFunc(have, func(h string) bool { return editDistance(w.text, h) <= w.edits }) {
				return false
			}
		}
		return true
	}, nil
}

// fuzzyWords reads max_edit_distance: one number, or the distances that hold from a length on.
func fuzzyWords(tokens []string, opts value) []fuzzyWord {
	limit, given := opts.get("max_edit_distance")
	words := make([]fuzzyWord, 0, len(tokens))
	for _, t := range tokens {
		w := fuzzyWord{text: t, skip: given && limit.k != kNum}
		if limit.k == kNum {
			w.edits = int(min(limit.n, 10))
		}
		for _, e := range limit.list() {
			from, _ := e.get("min_query_chars")
			edits, _ := e.get("distance")
			if float64(len([]rune(t))) >= from.n {
				w.skip = false
				w.edits = max(w.edits, int(min(edits.n, 10)))
			}
		}
		words = append(words, w)
	}
	return words
}

func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	prev := make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range x {
		diag := prev[0]
		prev[0] = i + 1
		for j := range y {
			cost := diag
			if x[i] != y[j] {
				cost = 1 + min(diag, prev[j], prev[j+1])
			}
			diag, prev[j+1] = prev[j+1], cost
		}
	}
	return prev[len(y)]
}
