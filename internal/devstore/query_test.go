package devstore

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// zoo is a small namespace whose answers can be written out.
func zoo(t *testing.T, cfg Config) *client {
	t.Helper()
	c := newClient(t, cfg)
	c.write("zoo", `{"distance_metric":"euclidean_squared","schema":{
			"text":{"type":"string","full_text_search":true},"born":{"type":"datetime"},"vector":{"type":"[2]f32","ann":true}},
		"upsert_rows":[
		{"id":1,"vector":[0,0],"kind":"cat","age":3,"text":"black cat","born":"2026-01-01T00:00:00Z","tags":["a","b"]},
		{"id":2,"vector":[1,0],"kind":"dog","age":1,"text":"black dog dog","born":"2026-01-02T00:00:00Z","tags":["b","b"]},
		{"id":3,"vector":[0,2],"kind":"cat","age":2,"text":"white cat","born":"2026-01-03T00:00:00Z"},
		{"id":18446744073709551615,"vector":[3,3],"kind":"owl","text":"grey owl"}]}`).ok()
	return c
}

func TestRanking(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{})
	const last = "18446744073709551615"
	for query, want := range map[string][]string{
		`"rank_by":["vector","ANN",[0,0]],"top_k":2`:                                                 {"1", "2"},
		`"rank_by":["vector","kNN",[3,3]],"top_k":2,"filters":["kind","NotEq","dog"]`:                {last, "3"},
		`"rank_by":["vector","ANN",[1,1]],"top_k":9`:                                                 {"2", "1", "3", last},
		`"rank_by":["vector","ANN",[1,0.1]],"top_k":9,"distance_metric":"cosine_distance"`:           {"2", last, "3", "1"},
		`"rank_by":["vector","ANN",[1,0]],"top_k":1,"distance_metric":"dot_product"`:                 {last},
		`"rank_by":["vector","ANN","AAAAAAAAAEA="],"top_k":1`:                                        {"3"},
		`"rank_by":["id","asc"],"top_k":2`:                                                           {"1", "2"},
		`"rank_by":["id","desc"],"top_k":2`:                                                          {last, "3"},
		`"rank_by":["id","asc"],"limit":2,"offset":1`:                                                {"2", "3"},
		`"rank_by":["id","asc"],"limit":2,"offset":100`:                                              {},
		`"rank_by":["age","asc"],"limit":9`:                                                          {"2", "3", "1", last},
		`"rank_by":["age","desc"],"limit":9`:                                                         {"1", "3", "2", last},
		`"rank_by":[["kind","desc"],["age","asc"]],"limit":{"total":9}`:                              {last, "2", "3", "1"},
		`"rank_by":[["kind","asc"],["id","desc"]],"limit":9`:                                         {"3", "1", "2", last},
		`"rank_by":["id","asc"],"limit":{"total":9,"per":{"attributes":["kind"],"limit":1}}`:         {"1", "2", last},
		`"rank_by":["text","BM25","black"],"limit":9`:                                                {"1", "2"},
		`"rank_by":["text","BM25","dog cat"],"limit":9`:                                              {"2", "1", "3"},
		`"rank_by":["text","BM25","whi",{"last_as_prefix":true}],"limit":9`:                          {"3"},
		`"rank_by":["Sum",[["text","BM25","cat"],["Product",9,["text","BM25","owl"]]]],"limit":9`:    {last, "1", "3"},
		`"rank_by":["Product",["text","BM25","cat"],2],"limit":1`:                                    {"1"},
		`"rank_by":["Max",[["text","BM25","white"],["text","BM25","cat"]]],"limit":9`:                {"3", "1"},
		`"rank_by":["Sum",[["text","BM25","cat"],["age","Eq",2]]],"limit":9`:                         {"3", "1"},
		`"rank_by":["Attribute","age"],"limit":9`:                                                    {"1", "3", "2"},
		`"rank_by":["Saturate",["Attribute","age"],{"midpoint":2}],"limit":9`:                        {"1", "3", "2"},
		`"rank_by":["Decay",["Dist",["Attribute","age"],1],{"midpoint":2,"exponent":2}],"limit":9`:   {"2", "3", "1"},
		`"rank_by":["Decay",["Dist",["Attribute","born"],"2026-01-03"],{"midpoint":"1d"}],"limit":2`: {"3", "2"},
	} {
		t.Run(query, func(t *testing.T) {
			a := c.query("zoo", "{"+query+"}")
			a.t = t
			same(t, "ids", a.ids(), want)
		})
	}
}

func TestScores(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{})
	for query, want := range map[string]string{
		`"rank_by":["vector","ANN",[0,0]],"top_k":2`:                                                 `[{"id":1,"$dist":0.0},{"id":2,"$dist":1.0}]`,
		`"rank_by":["Decay",["Dist",["Attribute","born"],"2026-01-04"],{"midpoint":"1d"}],"limit":1`: `[{"id":3,"$dist":0.5}]`,
		`"rank_by":["Product",0.5,["kind","Eq","owl"]],"limit":1`:                                    `[{"id":18446744073709551615,"$dist":0.5}]`,
		`"rank_by":["Product",1e300,["Product",1e300,["kind","Eq","owl"]]],"limit":1`:                `[{"id":18446744073709551615,"$dist":3.4028235e+38}]`,
		`"rank_by":["id","asc"],"limit":1`:                                                           `[{"id":1}]`,
	} {
		t.Run(query, func(t *testing.T) {
			a := c.query("zoo", "{"+query+"}")
			a.t = t
			same(t, "rows", a.ok().member("rows"), want)
		})
	}
}

func TestProjection(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{})
	const row = `{"id":7,"vector":[0.1,-2.5],"big":9007199254740993,"float":1.10e+2,"text":"a\u0041é","list":[1, 2.50],"flag":false}`
	c.write("p", `{"upsert_rows":[`+row+`]}`).ok()
	whole := `[` + strings.ReplaceAll(row, ", ", ",") + `]`
	for include, want := range map[string]string{
		`"include_attributes":true`:                                                          whole,
		`"include_attributes":false`:                                                         `[{"id":7}]`,
		`"include_attributes":[]`:                                                            `[{"id":7}]`,
		`"include_attributes":null`:                                                          `[{"id":7}]`,
		`"include_attributes":["big","vector","id"]`:                                         `[{"id":7,"big":9007199254740993,"vector":[0.1,-2.5]}]`,
		`"exclude_attributes":["vector","text","list"]`:                                      `[{"id":7,"big":9007199254740993,"float":1.10e+2,"flag":false}]`,
		`"include_attributes":["vector"],"vector_encoding":"base64"`:                         `[{"id":7,"vector":"` + f32base64(t, 0.1, -2.5) + `"}]`,
		`"include_attributes":["float"],"vector_encoding":"float"`:                           `[{"id":7,"float":1.10e+2}]`,
		`"include_attributes":["flag"],"exclude_attributes":["vector","big","float","list"]`: `[{"id":7,"text":"a\u0041é","flag":false}]`,
	} {
		t.Run(include, func(t *testing.T) {
			a := c.query("p", `{"rank_by":["id","asc"],"limit":1,`+include+`}`)
			a.t = t
			same(t, "rows", a.ok().member("rows"), want)
		})
	}
}

func f32base64(t *testing.T, f ...float32) string {
	t.Helper()
	var s string
	if err := json.Unmarshal(appendVectorBase64(nil, f), &s); err != nil {
		t.Fatal(err)
	}
	if _, err := base64.StdEncoding.DecodeString(s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAggregates(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{})
	for query, want := range map[string]string{
		`"aggregate_by":{"n":["Count"]}`:                                                              `{"n":4}`,
		`"aggregate_by":{"n":["Count","age"],"s":["Sum","age"]}`:                                      `{"n":3,"s":6}`,
		`"aggregate_by":{"n":["Count"]},"filters":["kind","Eq","bird"]`:                               `{"n":0}`,
		`"aggregate_by":{"n":["Count"]},"group_by":["kind"]`:                                          `[{"kind":"cat","n":2},{"kind":"dog","n":1},{"kind":"owl","n":1}]`,
		`"aggregate_by":{"n":["Count"]},"group_by":["kind"],"limit":2`:                                `[{"kind":"cat","n":2},{"kind":"dog","n":1}]`,
		`"aggregate_by":{"n":["Count"]},"group_by":["age"],"filters":["id","Gt",2]`:                   `[{"age":null,"n":1},{"age":2,"n":1}]`,
		`"aggregate_by":{"n":["Count"]},"group_by":[{"tag":["ForEachUnique","tags"]}]`:                `[{"tag":"a","n":1},{"tag":"b","n":2}]`,
		`"aggregate_by":{"n":["Count"]},"group_by":["kind",{"t":["ForEachUnique","tags"]}],"top_k":1`: `[{"kind":"cat","t":"a","n":1}]`,
	} {
		t.Run(query, func(t *testing.T) {
			a := c.query("zoo", "{"+query+"}")
			a.t = t
			same(t, "aggregates", a.ok().member("aggregations")+a.member("aggregation_groups"), want)
		})
	}
}

func TestSumsStayExact(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{})
	c.write("s", `{"upsert_rows":[{"id":1,"n":9007199254740993},{"id":2,"n":2}],"schema":{"x":"float"}}`).ok()
	same(t, "sum", c.query("s", `{"aggregate_by":{"s":["Sum","n"]}}`).member("aggregations"), `{"s":9007199254740995}`)
	c.write("s", `{"upsert_rows":[{"id":3,"x":0.5},{"id":4,"x":2}]}`).ok()
	same(t, "sum", c.query("s", `{"aggregate_by":{"s":["Sum","x"]}}`).member("aggregations"), `{"s":2.5}`)
	c.write("s", `{"upsert_rows":[{"id":5,"n":9223372036854775807},{"id":6,"n":9223372036854775807}]}`).ok()
	same(t, "overflow", c.query("s", `{"aggregate_by":{"s":["Sum","n"]}}`).member("aggregations"), `{"s":1.8455751272964293e+19}`)
}

func TestMultiQuery(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{})
	a := c.query("zoo", `{"queries":[
		{"rank_by":["vector","ANN",[0,0]],"limit":1},{"rank_by":["text","BM25","dog"],"limit":5,"include_attributes":["kind"]},
		{"aggregate_by":{"n":["Count"]}}]}`).ok()
	same(t, "results", a.member("results"),
		`[{"rows":[{"id":1,"$dist":0.0}]},{"rows":[{"id":2,"$dist":`+bm25Of(t, c)+`,"kind":"dog"}]},{"aggregations":{"n":4}}]`)
	if a.member("billing", "billable_logical_bytes_queried") == "" || a.member("performance", "server_total_ms") == "" {
		t.Errorf("no billing or performance: %s", a.body)
	}

	const legs = `"queries":[{"rank_by":["id","asc"],"limit":3},{"rank_by":["id","desc"],"limit":2}]`
	for extra, want := range map[string][]string{
		`"rerank_by":["RRF"]`:                                             {"3", "1", "18446744073709551615", "2"},
		`"rerank_by":["RRF",{"weights":[1,3]}],"limit":2`:                 {"3", "18446744073709551615"},
		`"rerank_by":["RRF",{"rank_constant":1}],"limit":{"total":1}`:     {"3"},
		`"rerank_by":["RRF",{"rank_constant":60}],"limit":2,"offset":1`:   {"1", "18446744073709551615"},
		`"rerank_by":["RRF",{"rank_constant":60}],"limit":2,"offset":100`: {},
	} {
		a := c.query("zoo", "{"+legs+","+extra+"}").ok()
		var results []json.RawMessage
		if err := json.Unmarshal([]byte(a.member("results")), &results); err != nil || len(results) != 1 {
			t.Fatalf("%s: results: %v %s", extra, err, a.body)
		}
		fused := answer{t: t, status: 200, body: string(results[0])}
		same(t, extra, fused.ids(), want)
	}
}

func bm25Of(t *testing.T, c *client) string {
	t.Helper()
	var rows []map[string]json.RawMessage
	a := c.query("zoo", `{"rank_by":["text","BM25","dog"],"limit":5}`).ok()
	if err := json.Unmarshal([]byte(a.member("rows")), &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%v: %s", err, a.body)
	}
	return string(rows[0]["$dist"])
}

func TestExplainAndRecall(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{})
	plan := c.do("POST", "/v2/namespaces/zoo/explain_query", `{"rank_by":["id","asc"],"limit":1,"filters":["age","Gt",1]}`).ok()
	if !strings.Contains(plan.member("plan_text"), `4 rows, filter [\"age\",\"Gt\",1]`) {
		t.Errorf("plan: %s", plan.body)
	}
	c.do("POST", "/v2/namespaces/zoo/explain_query", `{"rank_by":["x"],"limit":1}`).refused(422, "invalid rank_by")

	recall := func(body string) answer { return c.do("POST", "/v1/namespaces/zoo/_debug/recall", body) }
	same(t, "recall", recall(``).ok().body, `{"avg_recall":1.0,"avg_exhaustive_count":4.0,"avg_ann_count":4.0}`)
	same(t, "recall", recall(`{"num":1,"top_k":1,"filters":["kind","Eq","cat"],"include_ground_truth":true}`).ok().member("ground_truth"),
		`[{"query_vector":[0.0,0.0],"nearest_neighbors":[{"id":1,"$dist":0.0,"vector":[0.0,0.0]}]}]`)
	same(t, "recall", recall(`{"top_k":1,"rank_by":["vector","ANN",[3,2]],"include_ground_truth":true}`).ok().member("ground_truth"),
		`[{"query_vector":[3.0,2.0],"nearest_neighbors":[{"id":18446744073709551615,"$dist":1.0,"vector":[3.0,3.0]}]}]`)
	recall(`{"num":0}`).refused(400, "num must be between")
	recall(`{"include_ground_truth":true,"rank_by":["text","BM25","x"]}`).refused(422, "invalid rank_by")
	c.write("plain", `{"upsert_rows":[{"id":1}]}`).ok()
	c.do("POST", "/v1/namespaces/plain/_debug/recall", `{"include_ground_truth":true}`).refused(400, "no vectors")
}

// TestQueryCache wants a repeated query to see every change.
func TestQueryCache(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{QueryCache: true, Admin: true})
	const q = `{"rank_by":["id","asc"],"limit":9}`
	same(t, "first", len(c.query("zoo", q).ids()), 4)
	same(t, "repeated", c.query("zoo", q).body, c.query("zoo", q).body)
	c.write("zoo", `{"deletes":[1]}`).ok()
	same(t, "after a write", len(c.query("zoo", q).ids()), 3)
	c.admin("namespace", `{"name":"zoo","index_status":"updating","reject_strong":true}`)
	c.query("zoo", q).refused(429, "unindexed")
	c.admin("namespace", `{"name":"zoo"}`)
	c.do("DELETE", "/v2/namespaces/zoo", "").ok()
	c.query("zoo", q).refused(404, "was not found")
}
