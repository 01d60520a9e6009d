package devstore

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// animals is the namespace that the query tests read: 500 rows d0000 to d0499 with vectors, text, lists and numbers.
func animals(t *testing.T, cfg Config) *client {
	t.Helper()
	c := newClient(t, cfg)
	rng := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // the same vectors every time
	rows := make([]string, 0, 500)
	for i := range 500 {
		tag, animal := `["c"]`, "foxes"
		if i%2 == 1 {
			tag = `["a","b"]`
		}
		if i%3 == 0 {
			animal = "walruses"
		}
		rows = append(rows, fmt.Sprintf(
			`{"id":"d%04d","vector":%s,"n":%d,"tag":%s,"text":"document number %d about %s","path":"/x/%d/f%d.go","flag":%v}`,
			i, randomVector(rng, 16), i, tag, i, animal, i%10, i, i%5 == 0))
	}
	w := c.write("animals", `{"distance_metric":"cosine_distance",
		"schema":{"text":{"type":"string","full_text_search":{"stemming":true}}},
		"upsert_rows":[`+strings.Join(rows, ",")+`]}`).ok()
	if got := w.member("rows_affected") + " " + w.member("rows_upserted"); got != "500 500" {
		t.Fatalf("rows affected, upserted: %s", got)
	}
	return c
}

func randomVector(rng *rand.Rand, dims int) string {
	var f []float32
	for range dims {
		f = append(f, rng.Float32())
	}
	return string(appendVector(nil, f))
}

// TestFilters counts the rows of animals that each filter matches.
func TestFilters(t *testing.T) {
	t.Parallel()
	c := animals(t, Config{})
	c.write("animals", `{"patch_rows":[{"id":"d0001","opt":"x","big":9007199254740993,"nums":[1,2.5]}],
		"schema":{"title":{"type":"string","fuzzy":true},"label":{"type":"string","filterable":false}}}`).ok()
	c.write("animals", `{"patch_rows":[{"id":"d0002","title":"hybrid search","big":9007199254740992}]}`).ok()
	for filter, want := range map[string]int{
		`["n","Lt",10]`: 10, `["n","Lte",10]`: 11, `["n","Gt",489]`: 10, `["n","Gte",490]`: 10,
		`["n","Eq",3]`: 1, `["n","Eq",3.0]`: 1, `["n","NotEq",3]`: 499, `["n","In",[1,2,999]]`: 2, `["n","NotIn",[1,2]]`: 498,
		`["path","Glob","/x/3/*.go"]`: 50, `["path","NotGlob","/x/3/*"]`: 450, `["path","IGlob","/X/3/*"]`: 50,
		`["path","NotIGlob","/X/3/*"]`: 450, `["path","Glob","/x/[12]/f?.go"]`: 2, `["path","Regex","^/x/3/f[0-9]\\.go$"]`: 1,
		`["tag","Contains","a"]`: 250, `["tag","NotContains","a"]`: 250, `["tag","ContainsAny",["b","c"]]`: 500,
		`["tag","NotContainsAny",["a"]]`: 250, `["tag","In",["a"]]`: 250, `["flag","Eq",true]`: 100,
		`["And",[["flag","Eq",true],["n","Lt",50]]]`: 10, `["Or",[["n","Eq",1],["n","Eq",2]]]`: 2,
		`["Not",["flag","Eq",true]]`: 400, `["And",[]]`: 500, `["Or",[]]`: 0,
		`["text","ContainsAllTokens","walrus number"]`: 167, `["text","ContainsAllTokens",["walrus","number"]]`: 167,
		`["text","ContainsAnyToken","walrus fox"]`: 500, `["text","ContainsTokenSequence","number 7"]`: 1,
		`["text","ContainsAllTokens","wal",{"last_as_prefix":true}]`: 167,
		`["id","Gt","d0489"]`: 10, `["id","Lte","d0009"]`: 10, `["id","In",["d0001","nope"]]`: 1, `["id","NotIn",["d0001"]]`: 499,
		`["id","Eq","d0001"]`: 1, `["id","NotEq","d0001"]`: 499, `["id","Glob","d000*"]`: 10, `["id","Eq",null]`: 0,
		`["And",[["n","Lt",100],["id","In",["d0001","d0499","d0001"]]]]`: 1,
		`["opt","Eq",null]`: 499, `["opt","NotEq",null]`: 1, `["opt","Exists",true]`: 1, `["opt","NotExists",true]`: 499,
		`["unknown","Eq",null]`: 500, `["unknown","NotEq",1]`: 500,
		`["big","Eq",9007199254740993]`: 1, `["big","Gt",9007199254740992]`: 1, `["big","In",[9007199254740992]]`: 1,
		`["nums","AnyGt",2]`: 1, `["nums","AnyLte",1]`: 1, `["nums","AnyLt",1]`: 0, `["nums","AnyGte",2.5]`: 1,
		`["title","Fuzzy","hybryd",{"max_edit_distance":[{"min_query_chars":6,"distance":1}]}]`: 1,
		`["title","Fuzzy","hy",{"max_edit_distance":[{"min_query_chars":3,"distance":1}]}]`:     0,
		`["title","Fuzzy","hybrid",{"max_edit_distance":0}]`:                                    1,
	} {
		t.Run(filter, func(t *testing.T) {
			a := c.query("animals", `{"aggregate_by":{"n":["Count"]},"filters":`+filter+`}`)
			a.t = t
			if got := a.ok().member("aggregations", "n"); got != fmt.Sprint(want) {
				t.Errorf("%s matches %s rows, want %d", filter, got, want)
			}
		})
	}
}

func TestBadQueries(t *testing.T) {
	t.Parallel()
	c := animals(t, Config{})
	c.write("animals", `{"schema":{"label":{"type":"string","filterable":false}}}`).ok()
	withFilter := func(f string) string { return `{"aggregate_by":{"n":["Count"]},"filters":` + f + `}` }
	withRank := func(r string) string { return `{"limit":3,"rank_by":` + r + `}` }
	for name, tc := range map[string]struct {
		body    string
		status  int
		message string
	}{
		"no JSON":             {`{"rank_by"`, 400, "failed to parse"},
		"two values":          {`{} {}`, 400, "trailing characters"},
		"not an object":       {`[1]`, 422, "invalid type: sequence"},
		"empty":               {``, 422, "invalid type: null"},
		"no rank_by":          {`{"limit":1}`, 400, "rank_by"},
		"no limit":            {`{"rank_by":["id","asc"]}`, 400, "top_k"},
		"top_k 0":             {`{"rank_by":["id","asc"],"top_k":0}`, 400, "top_k must be between"},
		"top_k huge":          {`{"rank_by":["id","asc"],"top_k":1e30}`, 400, "top_k must be between"},
		"top_k text":          {`{"rank_by":["id","asc"],"top_k":"1"}`, 422, "invalid top_k"},
		"top_k half":          {`{"rank_by":["id","asc"],"top_k":1.5}`, 422, "invalid top_k"},
		"offset negative":     {`{"rank_by":["id","asc"],"top_k":1,"offset":-1}`, 400, "offset"},
		"limit without total": {`{"rank_by":["id","asc"],"limit":{}}`, 422, "total"},
		"consistency":         {`{"rank_by":["id","asc"],"limit":1,"consistency":"strong"}`, 422, "Consistency"},
		"consistency level":   {`{"rank_by":["id","asc"],"limit":1,"consistency":{"level":"x"}}`, 422, "unknown variant"},
		"unknown attribute":   {withFilter(`["nope","Eq",1]`), 400, "not found in schema"},
		"unknown operator":    {withFilter(`["n","Near",1]`), 422, "unknown filter operator"},
		"filter object":       {withFilter(`{"n":1}`), 422, "invalid filter"},
		"filter short":        {withFilter(`["n","Eq"]`), 422, "invalid filter"},
		"filter long":         {withFilter(`["n","Eq",1,2,3]`), 422, "invalid filter"},
		"filter And no list":  {withFilter(`["And",1]`), 422, "invalid filter"},
		"filter Not bad":      {withFilter(`["Not",1]`), 422, "invalid filter"},
		"id of other type":    {withFilter(`["id","Eq",1]`), 400, "type mismatch"},
		"ids of other type":   {withFilter(`["id","In",["a",1]]`), 400, "type mismatch"},
		"Contains list":       {withFilter(`["tag","Contains",["a"]]`), 400, "type mismatch"},
		"ContainsAny scalar":  {withFilter(`["tag","ContainsAny","a"]`), 400, "type mismatch"},
		"no full text":        {withFilter(`["path","ContainsAllTokens","a"]`), 400, "full-text search is not enabled"},
		"text not filterable": {withFilter(`["text","Eq","a"]`), 400, "not filterable"},
		"not filterable":      {withFilter(`["label","Eq","a"]`), 400, "not filterable"},
		"no fuzzy":            {withFilter(`["path","Fuzzy","a",{}]`), 400, "fuzzy is not enabled"},
		"bad regex":           {withFilter(`["path","Regex","("]`), 400, "invalid pattern"},
		"bad class":           {withFilter(`["path","Glob","[z-a]"]`), 400, "invalid pattern"},
		"rank object":         {withRank(`{}`), 422, "invalid rank_by"},
		"rank empty":          {withRank(`[]`), 422, "invalid rank_by"},
		"rank bad order":      {withRank(`[["n","up"]]`), 422, "invalid rank_by"},
		"rank unknown":        {withRank(`["nope","asc"]`), 400, "not found in schema"},
		"rank no vector":      {withRank(`["n","ANN",[1]]`), 400, "not a vector"},
		"rank dims":           {withRank(`["vector","ANN",[1]]`), 400, "dimension mismatch"},
		"rank no numbers":     {withRank(`["vector","ANN",["a"]]`), 400, "invalid vector"},
		"rank bad base64":     {withRank(`["vector","ANN","abc"]`), 400, "base64"},
		"rank overflow":       {withRank(`["vector","ANN",[1e300]]`), 400, "finite"},
		"BM25 without index":  {withRank(`["path","BM25","x"]`), 400, "full-text search is not enabled"},
		"BM25 number":         {withRank(`["text","BM25",1]`), 400, "expecting string"},
		"Product negative":    {withRank(`["Product",-1,["text","BM25","fox"]]`), 400, "non-negative"},
		"Product short":       {withRank(`["Product",2]`), 422, "invalid rank_by"},
		"Sum of nothing":      {withRank(`["Sum",3]`), 422, "invalid rank_by"},
		"Decay midpoint":      {withRank(`["Decay",["Attribute","n"],{"midpoint":"1x"}]`), 422, "invalid rank_by"},
		"include unknown":     {`{"rank_by":["id","asc"],"limit":1,"include_attributes":["nope"]}`, 400, "not found in schema"},
		"include text":        {`{"rank_by":["id","asc"],"limit":1,"include_attributes":"n"}`, 422, "include_attributes"},
		"exclude text":        {`{"rank_by":["id","asc"],"limit":1,"exclude_attributes":"n"}`, 422, "exclude_attributes"},
		"aggregate unknown":   {`{"aggregate_by":{"n":["Avg","n"]}}`, 422, "unknown aggregate"},
		"aggregate list":      {`{"aggregate_by":["Count"]}`, 422, "invalid aggregate_by"},
		"group_by bad":        {`{"aggregate_by":{"n":["Count"]},"group_by":[{"x":["Each","n"]}]}`, 422, "invalid group_by"},
		"group_by empty":      {`{"aggregate_by":{"n":["Count"]},"group_by":[]}`, 422, "invalid group_by"},
		"no subquery":         {`{"queries":[]}`, 400, "queries must have"},
		"subquery number":     {`{"queries":[1]}`, 422, "invalid type"},
		"rerank unknown":      {`{"queries":[{"rank_by":["id","asc"],"limit":1}],"rerank_by":["X"]}`, 400, "unsupported rerank_by"},
		"rerank constant":     {`{"queries":[{"rank_by":["id","asc"],"limit":1}],"rerank_by":["RRF",{"rank_constant":0}]}`, 400, "rank_constant"},
		"rerank weights":      {`{"queries":[{"rank_by":["id","asc"],"limit":1}],"rerank_by":["RRF",{"weights":[1,2]}]}`, 400, "weights"},
		"rerank weight 0":     {`{"queries":[{"rank_by":["id","asc"],"limit":1}],"rerank_by":["RRF",{"weights":[0]}]}`, 400, "positive"},
		"rerank aggregate":    {`{"queries":[{"aggregate_by":{"n":["Count"]}}],"rerank_by":["RRF"]}`, 400, "rank_by"},
		"metric":              {`{"rank_by":["id","asc"],"limit":1,"distance_metric":"x"}`, 422, "unknown variant"},
		"compute":             {`{"rank_by":["id","asc"],"limit":1,"compute_attributes":{"a":["Highlight","text"]}}`, 400, "not supported"},
		"lone surrogate":      {`{"rank_by":["\ud800","asc"],"limit":1}`, 400, "failed to parse"},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.query("animals", tc.body)
			a.t = t
			a.refused(tc.status, tc.message)
		})
	}
}
