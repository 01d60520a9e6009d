package devstore

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const fuzzRows = `{"distance_metric":"cosine_distance","schema":{"text":{"type":"string","full_text_search":true},"t":{"type":"string","fuzzy":true}},
	"upsert_rows":[{"id":1,"vector":[1,2],"n":1,"text":"a black cat","tags":["a","b"],"nums":[1,2.5],"t":"hybrid"},
	{"id":2,"vector":[0,0],"n":2.0e0,"text":"dog","flag":true},{"id":18446744073709551615,"n":null}]}`

func fuzzStore(t testing.TB) *Store {
	t.Helper()
	s, err := Open(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if code, body := fuzzPost(s, "", strings.Replace(fuzzRows, "2.0e0", "2", 1)); code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	return s
}

func fuzzPost(s *Store, sub, body string) (int, string) {
	r := httptest.NewRequest(http.MethodPost, "/v2/namespaces/fuzz"+sub, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer k")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// checkAnswer wants what a client can read: JSON, and never an error of the server.
func checkAnswer(t *testing.T, request string, status int, body string) {
	t.Helper()
	switch status {
	case 200, 400, 403, 404, 422:
	default:
		t.Fatalf("%s: status %d %s", request, status, body)
	}
	if !json.Valid([]byte(body)) {
		t.Fatalf("%s: not JSON: %q", request, body)
	}
}

// FuzzQuery sends filters and rankings.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{
		`["id","asc"]`, `["n","desc"]`, `[["n","asc"],["id","desc"]]`, `["vector","ANN",[1,2]]`, `["vector","kNN","AAAAAAAAAEA="]`,
		`["text","BM25","cat"]`, `["Sum",[["text","BM25","cat"],["Product",2,["n","Gt",1]]]]`, `["Max",[["Attribute","n"]]]`,
		`["Saturate",["Attribute","n"],{"midpoint":2}]`, `["Decay",["Dist",["Attribute","n"],1],{"midpoint":"1d"}]`, `["Product",1e308,["Product",1e308,["Attribute","n"]]]`,
	} {
		f.Add(s, `["And",[["n","Gt",1],["Not",["tags","Contains","a"]]]]`)
	}
	for _, s := range []string{
		`["id","Eq",1]`, `["id","In",[1,18446744073709551615]]`, `["nums","AnyGte",2]`, `["text","ContainsAllTokens","black cat",{"last_as_prefix":true}]`,
		`["t","Fuzzy","hybryd",{"max_edit_distance":[{"min_query_chars":3,"distance":1}]}]`, `["t","Glob","[!a-h]*?\\"]`, `["t","Regex","^h.*$"]`,
		`["n","In",[]]`, `["Or",[]]`, `["n","Eq",null]`, `["flag","Exists",true]`, `["text","ContainsTokenSequence",""]`, `{}`, `[[]]`, `["t","IGlob","ä*"]`,
	} {
		f.Add(`["id","asc"]`, s)
	}
	s := fuzzStore(f)
	f.Fuzz(func(t *testing.T, rank, filter string) {
		for _, body := range []string{
			`{"rank_by":` + rank + `,"filters":` + filter + `,"limit":3,"include_attributes":true}`,
			`{"aggregate_by":{"n":["Count"],"s":["Sum","n"]},"group_by":["n",{"t":["ForEachUnique","tags"]}],"filters":` + filter + `}`,
			`{"queries":[{"rank_by":` + rank + `,"limit":{"total":3,"per":{"attributes":["n"],"limit":1}}}],"rerank_by":["RRF"],"limit":2,"offset":1}`,
		} {
			status, got := fuzzPost(s, "/query", body)
			checkAnswer(t, body, status, got)
		}
	})
}

// FuzzQueryBody sends anything.
func FuzzQueryBody(f *testing.F) {
	for _, s := range []string{
		`{"rank_by":["id","asc"],"top_k":10,"offset":-1}`, `{"rank_by":["id","asc"],"limit":{"total":1e99,"per":[]}}`, `{"queries":[{}],"rerank_by":[]}`,
		`{"aggregate_by":{"a":["Sum"]},"group_by":[1]}`, `{"vector_encoding":"base64","rank_by":["vector","ANN",[1,1]],"top_k":1,"include_attributes":["vector"]}`,
		`[]`, ``, `null`, `{"consistency":{"level":"eventual"}}`, `{"limit":1,"rank_by":[[]],"exclude_attributes":[1]}`,
	} {
		f.Add(s)
	}
	s := fuzzStore(f)
	f.Fuzz(func(t *testing.T, body string) {
		for _, sub := range []string{"/query", "/explain_query"} {
			status, got := fuzzPost(s, sub, body)
			checkAnswer(t, body, status, got)
		}
	})
}

// FuzzWrite wants a refused write to change nothing, and an accepted one to leave rows that can be read, kept and indexed.
func FuzzWrite(f *testing.F) {
	for _, s := range []string{
		fuzzRows, `{"upsert_columns":{"id":[1,2],"x":["a",null]},"deletes":[2]}`, `{"patch_rows":[{"id":1,"n":5}],"patch_condition":["n","Lt",{"$ref_new":"n"}]}`,
		`{"delete_by_filter":["n","Gte",1],"return_affected_ids":true}`, `{"patch_by_filter":{"filters":["Not",["n","Eq",1]],"patch":{"y":[true]}}}`,
		`{"schema":{"text":{"drop":true},"v2":{"type":"[3]f16"},"id":"string"}}`, `{"schema":{"text":{"type":"string","full_text_search":{"b":2}}}}`,
		`{"upsert_rows":[{"id":1,"vector":"////fw=="}]}`, `{"upsert_rows":[{"id":3,"":1}]}`, `{"distance_metric":"dot_product","sharding":{}}`,
		`{"deletes":[{"$ref_new":"id"}],"delete_condition":["id","Eq",{"$ref_new":"id"}]}`, `{"branch_from_namespace":{}}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := fuzzStore(t)
		const all = `{"rank_by":["id","asc"],"limit":100,"include_attributes":true}`
		before := answer{t: t, body: second(fuzzPost(s, "/query", all))}.member("rows")
		status, got := fuzzPost(s, "", body)
		checkAnswer(t, body, status, got)
		code, text := fuzzPost(s, "/query", all)
		if code != http.StatusOK || !json.Valid([]byte(text)) {
			t.Fatalf("%s: unreadable: %d %s", body, code, text)
		}
		after := answer{t: t, body: text}.member("rows")
		if status != http.StatusOK && before != after {
			t.Fatalf("%s: refused with %d, but changed\n%s\nto\n%s", body, status, before, after)
		}
		checkStored(t, s)
	})
}

func second(_ int, body string) string { return body }

// checkStored writes and reads each row as the file would hold it, and compares the text index with a new one.
func checkStored(t *testing.T, s *Store) {
	t.Helper()
	n := s.names.live("fuzz")
	b := newBatch(newNamespace("copy"))
	b.scope = n.clone()
	for _, r := range n.sorted {
		if n.rows[r.id] != r {
			t.Fatalf("row %v is not the one in order", r.id)
		}
		text := string(r.appendStored(nil))
		if err := b.readStored(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if again := string(b.rows[r.id].appendStored(nil)); again != text {
			t.Fatalf("stored %s, read %s", text, again)
		}
	}
	if len(n.sorted) != len(n.rows) {
		t.Fatalf("%d rows in order, %d in all", len(n.sorted), len(n.rows))
	}
	for name, p := range n.fts {
		n.buildIndex(name)
		same(t, "index of "+name, []int{len(p.terms), len(p.len), p.total}, []int{len(n.fts[name].terms), len(n.fts[name].len), n.fts[name].total})
	}
}
