package devstore

import (
	"strconv"
	"time"
)

const (
	maxTopK       = 10_000
	maxOffset     = 1_000_000
	maxSubqueries = 16
	// billedMinimum is the least that the service bills for a query.
	billedMinimum = 256_000_000
)

// query answers a query or a multi-query. doc is the parsed body.
func (s *Store) query(n *namespace, body string, start time.Time) ([]byte, error) {
	cached := s.queryCache.Load()
	if cached {
		if out := n.answers.get(body); out != nil {
			return out, nil
		}
	}
	doc, err := parseBody(body)
	if err != nil {
		return nil, err
	}
	strong, err := strongConsistency(doc)
	if err != nil {
		return nil, err
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if err := n.readable(strong); err != nil {
		return nil, err
	}
	out, err := n.answer(doc, start)
	if cached && err == nil && !n.index.rejectStrong {
		n.answers.put(body, out)
	}
	return out, err
}

// readable refuses strongly consistent queries where the index is said to be too far behind.
func (n *namespace) readable(strong bool) error {
	if !strong || !n.index.rejectStrong {
		return nil
	}
	if status, _, _ := n.index.current(); status == "updating" {
		return fail(429, "namespace has too much unindexed data for a strongly consistent query")
	}
	return nil
}

func strongConsistency(doc value) (bool, error) {
	c, ok := doc.get("consistency")
	if !ok {
		return true, nil
	}
	if c.k != kObj {
		return false, fail(422, "invalid type: %s %s, expected struct Consistency", c.typeName(), cut(c.raw, 200))
	}
	switch level := c.text("level"); level {
	case "strong":
		return true, nil
	case "eventual":
		return false, nil
	default:
		return false, fail(422, "unknown variant `%s`, expected `strong` or `eventual`", cut(level, 100))
	}
}

// answer builds the whole body; n.mu is held for reading.
func (n *namespace) answer(doc value, start time.Time) ([]byte, error) {
	base64Vectors := doc.text("vector_encoding") == "base64"
	out := make([]byte, 0, 1024)
	returned := 0
	if subqueries, ok := doc.get("queries"); ok {
		legs, err := n.runLegs(doc, subqueries)
		if err != nil {
			return nil, err
		}
		out = append(out, `{"results":[`...)
		for i, leg := range legs {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(leg.encode(append(out, '{'), base64Vectors), '}')
			returned += leg.bytes
		}
		out = append(out, ']')
	} else {
		if _, ok := doc.get("rerank_by"); ok {
			return nil, fail(400, "rerank_by by a model is not supported by the development store")
		}
		res, err := n.run(doc)
		if err != nil {
			return nil, err
		}
		out = res.encode(append(out, '{'), base64Vectors)
		returned = res.bytes
	}
	out = appendQueryBilling(append(out, `,"billing":`...), n.bytes, returned)
	return n.appendPerformance(out, start), nil
}

func appendQueryBilling(b []byte, queried, returned int) []byte {
	b = strconv.AppendInt(append(b, `{"billable_logical_bytes_queried":`...), int64(max(billedMinimum, queried)), 10)
	return append(appendInt(b, "billable_logical_bytes_returned", returned), '}')
}

func (n *namespace) appendPerformance(b []byte, start time.Time) []byte {
	ms := max(3, int(time.Since(start).Milliseconds()))
	b = append(b, `,"performance":{"cache_hit_ratio":1.0,"cache_temperature":"hot"`...)
	b = appendInt(b, "server_total_ms", ms)
	b = appendInt(b, "query_execution_ms", ms)
	b = appendInt(b, "exhaustive_search_count", len(n.rows))
	b = appendInt(b, "approx_namespace_size", len(n.rows))
	return append(b, '}', '}')
}

// run answers one query or one leg of a multi-query.
func (n *namespace) run(q value) (*result, error) {
	if q.k != kObj {
		return nil, fail(422, "invalid type: %s, expected a map", q.typeName())
	}
	p, err := n.plan(q)
	if err != nil {
		return nil, err
	}
	if agg, ok := q.get("aggregate_by"); ok {
		text, err := n.aggregate(q, agg, p)
		return &result{aggregates: text}, err
	}
	rank, ok := q.get("rank_by")
	if !ok {
		return nil, fail(400, "missing field `rank_by`")
	}
	if p.limit < 0 {
		return nil, fail(400, "missing field `top_k` or `limit`")
	}
	res := &result{isRows: true}
	if res.shown, err = n.projection(q); err != nil {
		return nil, err
	}
	hits, withDist, err := n.rank(rank, p)
	if err != nil {
		return nil, err
	}
	res.hits, res.withDist = p.page(hits), withDist
	return res, nil
}

// explain says in words what a query does; the query has to be valid.
func (n *namespace) explain(doc value) ([]byte, error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if _, err := n.answer(doc, time.Time{}); err != nil {
		return nil, err
	}
	filters := "no filter"
	if f, ok := doc.get("filters"); ok {
		filters = "filter " + cut(f.raw, 500)
	}
	text := "exhaustive scan of " + strconv.Itoa(len(n.rows)) + " rows, " + filters
	return append(appendStr([]byte(`{"plan_text":`), text), '}'), nil
}
