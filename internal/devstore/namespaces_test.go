package devstore

import (
	"net/http"
	"strings"
	"testing"
)

func TestListPages(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{})
	for _, ns := range []string{"b-1", "a", "b-2", "b-3", "c"} {
		c.write(ns, `{"upsert_rows":[{"id":1}]}`).ok()
	}
	for query, want := range map[string]string{
		"":                                  `{"namespaces":[{"id":"a"},{"id":"b-1"},{"id":"b-2"},{"id":"b-3"},{"id":"c"}]}`,
		"?prefix=b-&page_size=2":            `{"namespaces":[{"id":"b-1"},{"id":"b-2"}],"next_cursor":"b-2"}`,
		"?prefix=b-&page_size=2&cursor=b-2": `{"namespaces":[{"id":"b-3"}]}`,
		"?cursor=c":                         `{"namespaces":[]}`,
		"?page_size=0":                      `{"namespaces":[{"id":"a"},{"id":"b-1"},{"id":"b-2"},{"id":"b-3"},{"id":"c"}]}`,
	} {
		same(t, query, c.do("GET", "/v1/namespaces"+query, "").ok().body, want)
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{})
	c.write("s", `{"upsert_rows":[{"id":"a","vector":[1,2],"n":1,"f":0.5,"b":true,"l":["x"],"nums":[1,2.5],"e":[]}],
		"schema":{"text":{"type":"string","full_text_search":true,"filterable":true},"p":{"type":"string","glob":true,"regex":true,"fuzzy":true}}}`).ok()
	get := func() answer { return c.do("GET", "/v1/namespaces/s/schema", "").ok() }
	for name, want := range map[string]string{
		"id":     `{"type":"string","filterable":null,"full_text_search":null}`,
		"vector": `{"type":"[2]f32","ann":true,"filterable":null,"full_text_search":null}`,
		"n":      `{"type":"int","filterable":true,"full_text_search":null}`,
		"f":      `{"type":"float","filterable":true,"full_text_search":null}`,
		"b":      `{"type":"bool","filterable":true,"full_text_search":null}`,
		"l":      `{"type":"[]string","filterable":true,"full_text_search":null}`,
		"e":      `{"type":"[]string","filterable":true,"full_text_search":null}`,
		"nums":   `{"type":"[]float","filterable":true,"full_text_search":null}`,
		"p":      `{"type":"string","filterable":true,"full_text_search":null,"glob":true,"regex":true,"fuzzy":true}`,
		"text": `{"type":"string","filterable":true,"full_text_search":{"tokenizer":"word_v4","case_sensitive":false,"language":"english",` +
			`"stemming":false,"remove_stopwords":true,"ascii_folding":false,"max_token_length":39,"k1":1.2,"k3":8,"b":0.75}}`,
	} {
		same(t, name, get().member(name), want)
	}
	post := func(body string) answer { return c.do("POST", "/v1/namespaces/s/schema", body) }
	same(t, "answer", post(`{"n":{"type":"int","filterable":false}}`).ok().body, get().body)
	same(t, "n", get().member("n", "filterable"), "false")
	post(`{"schema":{"text":{"type":"string","full_text_search":{"stemming":true}}}}`).ok()
	same(t, "stemming", get().member("text", "full_text_search", "stemming"), "true")
	post(`{"n":"string"}`).refused(400, "cannot change the type")
	c.do("POST", "/v1/namespaces/none/schema", `{"n":"string"}`).refused(404, "namespace 'none' was not found")
}

// TestTextIndexFollowsSchema changes how a column is indexed while it has rows.
func TestTextIndexFollowsSchema(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{})
	search := func(q string) []string { return c.query("s", `{"rank_by":["t","BM25",`+q+`],"limit":9}`).ids() }
	c.write("s", `{"upsert_rows":[{"id":1,"t":"The Cafés"},{"id":2,"t":"cats"}]}`).ok()
	c.query("s", `{"rank_by":["t","BM25","cat"],"limit":9}`).refused(400, "full-text search is not enabled")
	c.write("s", `{"schema":{"t":{"type":"string","full_text_search":true}}}`).ok()
	same(t, "plain", search(`"cat"`), []string{})
	c.write("s", `{"schema":{"t":{"type":"string","full_text_search":{"stemming":true,"ascii_folding":true}}},"upsert_rows":[{"id":3,"t":"my cat"}]}`).ok()
	same(t, "stemmed", search(`"cat"`), []string{"2", "3"})
	same(t, "folded", search(`"cafe"`), []string{"1"})
	same(t, "stop word", search(`"the"`), []string{})
	c.write("s", `{"schema":{"t":{"type":"string","full_text_search":{"case_sensitive":true,"stemming":false}}}}`).ok()
	same(t, "case", search(`"cafes"`), []string{})
	c.write("s", `{"patch_rows":[{"id":2,"t":"Dogs"}],"deletes":[3]}`).ok()
	same(t, "replaced", append(search(`"cats"`), search(`"Dogs"`)...), []string{"2"})
	c.write("tok", `{"schema":{"t":{"type":"[]string","full_text_search":{"tokenizer":"pre_tokenized_array"}}},"upsert_rows":[{"id":1,"t":["A b","c"]}]}`).ok()
	same(t, "tokens", c.query("tok", `{"rank_by":["t","BM25",["A b"]],"limit":9}`).ids(), []string{"1"})
	c.query("tok", `{"rank_by":["t","BM25","A b"],"limit":9}`).refused(400, "expecting []string")
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{Admin: true})
	c.write("m", `{"distance_metric":"euclidean_squared","sharding":{"num_shards":4},"upsert_rows":[{"id":1,"vector":[1,2],"s":"four"}]}`).ok()
	get := func() answer { return c.do("GET", "/v1/namespaces/m/metadata", "").ok() }
	same(t, "v2", c.do("GET", "/v2/namespaces/m/metadata", "").ok().body, get().body)
	for _, tc := range []struct{ want, got string }{
		{"1", get().member("approx_row_count")},
		{"20", get().member("approx_logical_bytes")},
		{`{"status":"up-to-date"}`, get().member("index")},
		{`{"mode":"default"}`, get().member("encryption")},
		{`{"num_shards":4}`, get().member("sharding")},
		{`{"distance_metric":"euclidean_squared"}`, get().member("schema", "vector", "ann")},
		{`{"type":"string","filterable":true}`, get().member("schema", "s")},
		{"", get().member("pinning") + get().member("read_only")},
	} {
		same(t, "member", tc.got, tc.want)
	}
	patch := func(body string) answer { return c.do("PATCH", "/v1/namespaces/m/metadata", body) }
	same(t, "pinned", patch(`{"pinning":true,"read_only":true}`).ok().member("pinning"), `{"replicas":1}`)
	same(t, "read only", get().member("read_only"), "true")
	c.write("m", `{"deletes":[1]}`).refused(403, "read-only")
	c.do("POST", "/v1/namespaces/m/schema", `{"x":"int"}`).refused(403, "read-only")
	same(t, "replicas", patch(`{"pinning":{"replicas":3},"read_only":false}`).ok().member("pinning"), `{"replicas":3}`)
	same(t, "untouched", patch(`{"read_only":false}`).ok().member("pinning"), `{"replicas":3}`)
	same(t, "unpinned", patch(`{"pinning":null}`).ok().member("pinning"), "")
	patch(`{"pinning":1}`).refused(422, "invalid pinning")
	patch(`{"read_only":1}`).refused(422, "invalid read_only")
	patch(`[]`).refused(422, "expected a map")
	c.admin("config", `{"lazy_approx":true}`)
	same(t, "lazy", get().member("approx_row_count"), "0")
}

func TestUpdatedAtFollowsWrites(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{})
	c.write("m", `{"upsert_rows":[{"id":1}]}`).ok()
	times := func() (string, string) {
		a := c.do("GET", "/v1/namespaces/m/metadata", "").ok()
		return a.member("created_at"), a.member("updated_at")
	}
	created, first := times()
	c.do("PATCH", "/v1/namespaces/m/metadata", `{"pinning":true}`).ok()
	if _, second := times(); second != first {
		t.Errorf("a metadata change moved updated_at from %s to %s", first, second)
	}
	c.write("m", `{"upsert_rows":[{"id":1}]}`).ok()
	if again, third := times(); again != created || third <= first {
		t.Errorf("after a write: created %s, updated %s; before: %s, %s", again, third, created, first)
	}
}

func TestCopies(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{APIKeys: []string{testKey, "other"}})
	for name, body := range map[string]string{
		"copy-1":   `{"copy_from_namespace":"zoo"}`,
		"copy-2":   `{"copy_from_namespace":{"source_namespace":"zoo","source_api_key":"other"}}`,
		"branch-1": `{"branch_from_namespace":"zoo"}`,
		"branch-2": `{"branch_from_namespace":{"source_namespace":"zoo"}}`,
	} {
		same(t, name, c.write(name, body).ok().member("rows_affected"), "4")
		same(t, name+" rows", c.rows(name), c.rows("zoo"))
		same(t, name+" text", c.query(name, `{"rank_by":["text","BM25","white"],"limit":1}`).ids(), []string{"3"})
	}
	c.write("copy-1", `{"deletes":[1]}`).ok()
	c.write("zoo", `{"patch_rows":[{"id":2,"kind":"wolf"}]}`).ok()
	if rows := c.rows("copy-1"); strings.Contains(rows, "wolf") || !strings.Contains(c.rows("zoo"), `"id":1`) {
		t.Errorf("a copy and its source share changes: %s", rows)
	}
	c.write("x", `{"copy_from_namespace":{"source_namespace":"zoo","source_api_key":"wrong"}}`).refused(401, "invalid API key")
	c.write("x", `{"copy_from_namespace":{"source_namespace":"zoo","dest_encryption":{"mode":"customer-managed","key_name":"k"}}}`).refused(400, "Malformed")
	c.write("empty", `{"schema":{"x":"string"}}`).ok()
	same(t, "empty", c.write("empty-copy", `{"copy_from_namespace":"empty"}`).ok().member("rows_affected"), "0")
}

func TestAsynchronousOperations(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{Admin: true})
	c.admin("config", `{"async_polls":1}`)
	for name, body := range map[string]string{
		"a1": `{"source_namespace":"zoo"}`, "a2": `{"copy_from_namespace":{"source_namespace":"zoo"}}`,
	} {
		a := c.do("POST", "/v2/namespaces/"+name+"/async?stainless_overload=startCopyFrom", body)
		location := a.header.Get("Location")
		if a.status != http.StatusAccepted || location != "/v1/namespaces/"+name+"/operations/"+strings.Trim(a.member("token"), `"`) {
			t.Fatalf("%d %s Location %q", a.status, a.body, location)
		}
		same(t, "first poll", c.do("GET", location, "").ok().member("status"), `"running"`)
		done := c.do("GET", location, "").ok()
		same(t, "second poll", done.member("status")+done.member("result", "success", "rows_affected"), `"finished"4`)
		c.do("GET", strings.Replace(location, name, "zoo", 1), "").refused(404, "operation not found")
	}
	c.do("POST", "/v2/namespaces/a3/async", `{}`).refused(422, "source_namespace")
	c.do("POST", "/v2/namespaces/a3/async", `{"source_namespace":"none"}`).refused(404, "'none' was not found")

	c.admin("config", `{"async_write":true,"async_polls":0}`)
	a := c.do("POST", "/v2/namespaces/zoo", `{"deletes":[1]}`, "Prefer", "respond-async")
	if a.status != http.StatusAccepted || a.body != "" || a.header.Get("Preference-Applied") != "respond-async" {
		t.Fatalf("%d %q %v", a.status, a.body, a.header)
	}
	same(t, "outcome", c.do("GET", a.header.Get("Location"), "").ok().member("result", "success", "rows_deleted"), "1")
	same(t, "without Prefer", c.write("zoo", `{"deletes":[2]}`).status, 200)
}

func TestDelete(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{})
	a := c.do("DELETE", "/v2/namespaces/zoo", "")
	same(t, "answer", a.body, `{"status":"OK"}`)
	same(t, "status", a.status, 200)
	c.do("DELETE", "/v2/namespaces/zoo", "").refused(404, "namespace 'zoo' was not found")
	c.do("GET", "/v1/namespaces/zoo/schema", "").refused(404, "was not found")
	c.write("zoo", `{"upsert_rows":[{"id":"text","kind":5}]}`).ok()
	same(t, "new rows", c.rows("zoo"), `[{"id":"text","kind":5}]`)
}
