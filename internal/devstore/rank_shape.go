package devstore

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// shaped is Saturate and Decay: both bend a non-negative number into 0..1 and give one half at the midpoint; Saturate
// rises, Decay falls.
func (n *namespace) shaped(v value, l []value) (scores, error) {
	out, err := n.scores(l[1])
	if err != nil {
		return nil, err
	}
	opts := value{}
	if len(l) > 2 {
		opts = l[2]
	}
	midpoint, err := shapeMidpoint(v, opts)
	if err != nil {
		return nil, err
	}
	exponent := 1.0
	if e, ok := opts.get("exponent"); ok {
		exponent = e.n
	}
	for r, s := range out {
		out[r] = 1 / (1 + math.Pow(midpoint/math.Max(s, 0), exponent))
		if l[0].s == "Decay" {
			out[r] = 1 / (1 + math.Pow(math.Max(s, 0)/midpoint, exponent))
		}
	}
	return out, nil
}

// shapeMidpoint is a number, or a duration such as "1d" for distances between times.
func shapeMidpoint(v, opts value) (float64, error) {
	m, ok := opts.get("midpoint")
	switch {
	case !ok:
		return 1, nil
	case m.k == kNum && m.n > 0:
		return m.n, nil
	case m.k == kStr:
		if d, ok := parseDuration(m.s); ok && d > 0 {
			return d, nil
		}
	}
	return 0, badRank(v)
}

// parseDuration reads durations in seconds: a number and one of s, m, h, d, w.
func parseDuration(s string) (float64, bool) {
	if s == "" {
		return 0, false
	}
	unit, ok := map[byte]float64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 7 * 86400}[s[len(s)-1]]
	n, err := strconv.ParseFloat(s[:len(s)-1], 64)
	return n * unit, ok && err == nil
}

// distanceScores is ["Dist", expression, origin]: how far a number or a time is from the origin.
func (n *namespace) distanceScores(v value, l []value) (scores, error) {
	if len(l) != 3 {
		return nil, badRank(v)
	}
	if l[2].k == kStr {
		return n.timeDistances(v, l)
	}
	if l[2].k != kNum {
		return nil, badRank(v)
	}
	out, err := n.scores(l[1])
	for r, s := range out {
		out[r] = math.Abs(s - l[2].n)
	}
	return out, err
}

func (n *namespace) timeDistances(v value, l []value) (scores, error) {
	origin, ok := parseTime(l[2].s)
	expr := l[1].list()
	if !ok || len(expr) != 2 || expr[0].s != "Attribute" {
		return nil, badRank(v)
	}
	out := scores{}
	for _, r := range n.sorted {
		x, _ := r.attr(expr[1].s)
		if t, ok := parseTime(x.s); ok {
			out[r] = math.Abs(t.Sub(origin).Seconds())
		}
	}
	return out, nil
}

func parseTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, strings.Replace(s, " ", "T", 1)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
