package devstore

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestWrites starts each case from the same two rows.
func TestWrites(t *testing.T) {
	t.Parallel()
	const start = `{"id":1,"n":1,"s":"a"},{"id":2,"n":2,"s":"b"}`
	for name, tc := range map[string]struct {
		body   string
		counts string // affected, upserted, patched, deleted
		rows   string
	}{
		"upsert rows": {
			`{"upsert_rows":[{"id":2,"n":20},{"id":3,"n":3}]}`, "2 2 0 0", `{"id":1,"n":1,"s":"a"},{"id":2,"n":20},{"id":3,"n":3}`,
		},
		"upsert columns": {
			`{"upsert_columns":{"id":[2,3],"n":[20,null],"s":["x","y"]}}`, "2 2 0 0",
			`{"id":1,"n":1,"s":"a"},{"id":2,"n":20,"s":"x"},{"id":3,"s":"y"}`,
		},
		"upsert nothing": {`{"upsert_rows":[]}`, "0 0 0 0", start},
		"patch rows": {
			`{"patch_rows":[{"id":2,"n":20},{"id":9,"n":9}]}`, "1 0 1 0", `{"id":1,"n":1,"s":"a"},{"id":2,"n":20,"s":"b"}`,
		},
		"patch with null": {`{"patch_rows":[{"id":2,"n":null}]}`, "1 0 1 0", `{"id":1,"n":1,"s":"a"},{"id":2,"s":"b"}`},
		"patch columns": {
			`{"patch_columns":{"id":[1,2],"s":["x","y"]}}`, "2 0 2 0", `{"id":1,"n":1,"s":"x"},{"id":2,"n":2,"s":"y"}`,
		},
		"deletes":          {`{"deletes":[1,9]}`, "1 0 0 1", `{"id":2,"n":2,"s":"b"}`},
		"delete by filter": {`{"delete_by_filter":["n","Gt",1]}`, "1 0 0 1", `{"id":1,"n":1,"s":"a"}`},
		"patch by filter": {
			`{"patch_by_filter":{"filters":["n","Gte",2],"patch":{"s":"z","new":true}}}`, "1 0 1 0",
			`{"id":1,"n":1,"s":"a"},{"id":2,"n":2,"s":"z","new":true}`,
		},
		"in the documented order": {
			`{"deletes":[3],"patch_rows":[{"id":4,"s":"p"}],"upsert_rows":[{"id":3},{"id":4,"n":4}],
			"patch_by_filter":{"filters":["n","Gt",0],"patch":{"s":"f"}},"delete_by_filter":["n","Eq",1]}`, "6 2 2 2",
			`{"id":2,"n":2,"s":"f"},{"id":4,"n":4,"s":"p"}`,
		},
		"upsert condition": {
			`{"upsert_rows":[{"id":1,"n":10},{"id":2,"n":20},{"id":3,"n":30}],"upsert_condition":["n","Lt",2]}`, "2 2 0 0",
			`{"id":1,"n":10},{"id":2,"n":2,"s":"b"},{"id":3,"n":30}`,
		},
		"upsert condition on new values": {
			`{"upsert_rows":[{"id":1,"n":0},{"id":2,"n":3}],"upsert_condition":["Or",[["n","Lt",{"$ref_new":"n"}],["n","Eq",null]]]}`,
			"1 1 0 0", `{"id":1,"n":1,"s":"a"},{"id":2,"n":3}`,
		},
		"columns condition on new values": {
			`{"upsert_columns":{"id":[1,2],"n":[0,3]},"upsert_condition":["n","Lt",{"$ref_new":"n"}]}`,
			"1 1 0 0", `{"id":1,"n":1,"s":"a"},{"id":2,"n":3}`,
		},
		"patch condition": {
			`{"patch_rows":[{"id":1,"s":"x"},{"id":2,"s":"b"}],"patch_condition":["s","NotEq",{"$ref_new":"s"}]}`, "1 0 1 0",
			`{"id":1,"n":1,"s":"x"},{"id":2,"n":2,"s":"b"}`,
		},
		"delete condition":               {`{"deletes":[1,2],"delete_condition":["s","Eq","b"]}`, "1 0 0 1", `{"id":1,"n":1,"s":"a"}`},
		"delete condition on new values": {`{"deletes":[1],"delete_condition":["n","Eq",{"$ref_new":"n"}]}`, "0 0 0 0", start},
		"schema only":                    {`{"schema":{"x":"string"}}`, "0 0 0 0", start},
		"drop an attribute":              {`{"schema":{"s":{"drop":true}}}`, "0 0 0 0", `{"id":1,"n":1},{"id":2,"n":2}`},
		"drop and write it again": {
			`{"schema":{"s":{"drop":true}},"patch_rows":[{"id":1,"s":5}]}`, "1 0 1 0", `{"id":1,"n":1,"s":5},{"id":2,"n":2}`,
		},
		"nothing": {`{}`, "0 0 0 0", start},
		"the last of two equal ids": {
			`{"upsert_rows":[{"id":3,"n":1},{"id":3,"n":2}]}`, "2 2 0 0", start + `,{"id":3,"n":2}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, Config{})
			c.write("w", `{"upsert_rows":[`+start+`]}`).ok()
			a := c.write("w", tc.body).ok()
			counts := a.member("rows_affected") + " " + a.member("rows_upserted") + " " + a.member("rows_patched") + " " + a.member("rows_deleted")
			same(t, "counts", counts, tc.counts)
			same(t, "rows", c.rows("w"), "["+tc.rows+"]")
		})
	}
}

// TestRefusedWritesChangeNothing sends writes whose last part is refused, after parts that would have been done.
func TestRefusedWritesChangeNothing(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{Admin: true})
	c.write("w", `{"distance_metric":"cosine_distance","upsert_rows":[{"id":1,"n":1,"vector":[1,2],"text":"x"}],
		"schema":{"text":{"type":"string","full_text_search":true}}}`).ok()
	before := c.rows("w") + c.do("GET", "/v1/namespaces/w/schema", "").ok().body + c.do("GET", "/v1/namespaces/w/metadata", "").ok().body
	for body, want := range map[string]struct {
		status  int
		message string
	}{
		`{"upsert_rows":[{"id":2,"m":1},{"id":3,"n":"text"}]}`:                                        {400, "has type int"},
		`{"upsert_rows":[{"id":2},{"id":"two"}]}`:                                                     {400, "id type mismatch"},
		`{"upsert_rows":[{"id":2},{"n":1}]}`:                                                          {422, "missing field `id`"},
		`{"upsert_rows":[{"id":2},7]}`:                                                                {422, "expected a map"},
		`{"upsert_rows":{"id":2}}`:                                                                    {422, "expected a sequence"},
		`{"upsert_rows":[{"id":2},{"id":-1}]}`:                                                        {400, "invalid document id"},
		`{"upsert_rows":[{"id":2},{"id":1.5}]}`:                                                       {400, "invalid document id"},
		`{"upsert_rows":[{"id":2},{"id":18446744073709551616}]}`:                                      {400, "invalid document id"},
		`{"upsert_rows":[{"id":2},{"id":true}]}`:                                                      {422, "invalid document id"},
		`{"upsert_rows":[{"id":2,"vector":[1,2,3]}]}`:                                                 {400, "dimension mismatch"},
		`{"upsert_rows":[{"id":2,"vector":[]}]}`:                                                      {400, "dimension mismatch"},
		`{"upsert_rows":[{"id":2,"vector":"AAAA"}]}`:                                                  {400, "base64"},
		`{"upsert_rows":[{"id":2,"o":{"a":1}}]}`:                                                      {400, "invalid type: map"},
		`{"upsert_rows":[{"id":2,"o":[[1]]}]}`:                                                        {400, "cannot infer"},
		`{"upsert_rows":[{"id":2,"$x":1}]}`:                                                           {400, "invalid attribute name"},
		`{"upsert_rows":[{"id":2,"n":1.5}]}`:                                                          {400, "has type int"},
		`{"upsert_rows":[{"id":2}],"upsert_columns":{"id":[3],"n":[]}}`:                               {422, "has 0 values"},
		`{"upsert_rows":[{"id":2}],"upsert_columns":{"n":[1]}}`:                                       {422, "missing field `id`"},
		`{"upsert_rows":[{"id":2}],"upsert_columns":[]}`:                                              {422, "expected a map"},
		`{"upsert_rows":[{"id":2}],"patch_rows":[{"id":1,"n":[]}]}`:                                   {400, "has type int"},
		`{"upsert_rows":[{"id":2}],"deletes":"x"}`:                                                    {422, "expected a sequence"},
		`{"upsert_rows":[{"id":2}],"deletes":[1,{}]}`:                                                 {422, "invalid document id"},
		`{"delete_by_filter":["n","Eq",1],"patch_by_filter":{"filters":["n"],"patch":{}}}`:            {422, "invalid filter"},
		`{"delete_by_filter":["n","Eq",1],"patch_by_filter":{}}`:                                      {422, "patch_by_filter"},
		`{"upsert_rows":[{"id":2}],"deletes":[1],"delete_condition":["n"]}`:                           {422, "invalid filter"},
		`{"upsert_rows":[{"id":2}],"upsert_condition":["nope","Lt",{"$ref_new":"nope"}],"deletes":0}`: {422, "expected a sequence"},
		`{"schema":{"text":{"type":"string","full_text_search":false},"n":"string"}}`:                 {400, "cannot change the type"},
		`{"schema":{"m":"string","x":{"type":"blob"}}}`:                                               {400, "invalid type `blob`"},
		`{"schema":{"m":"string","x":{"type":"[2f32"}}}`:                                              {400, "invalid type"},
		`{"schema":{"m":"string","x":{}}}`:                                                            {422, "has no type"},
		`{"schema":{"m":"string","x":5}}`:                                                             {422, "invalid schema"},
		`{"schema":{"m":"string","id":"string"}}`:                                                     {400, "cannot change the type of attribute `id`"},
		`{"schema":{"m":"string","nope":{"drop":true}}}`:                                              {400, "cannot drop"},
		`{"schema":{"m":{"type":"string","full_text_search":{"max_token_length":0}}}}`:                {400, "max_token_length"},
		`{"schema":{"m":{"type":"string","full_text_search":{"k1":"x"}}}}`:                            {422, "invalid full_text_search"},
		`{"schema":[]}`: {422, "invalid schema"},
		`{"distance_metric":"manhattan","deletes":[1]}`:                           {422, "unknown variant"},
		`{"sharding":{"num_shards":2},"deletes":[1]}`:                             {400, "sharding"},
		`{"encryption":{"mode":"customer-managed","key_name":"k"},"deletes":[1]}`: {400, "Malformed Cloud KMS crypto key: k"},
		`{"copy_from_namespace":"nope"}`:                                          {404, "'nope' was not found"},
		`{"copy_from_namespace":"w"}`:                                             {400, "already exists"},
		`[]`:                                                                      {422, "expected a map"},
		``:                                                                        {422, "expected a map"},
		`{"upsert_rows":[{"id":2}`:                                                {400, "failed to parse"},
	} {
		a := c.write("w", body)
		if a.status != want.status || !strings.Contains(a.body, want.message) {
			t.Errorf("%s: got %d %s, want %d %q", body, a.status, a.body, want.status, want.message)
		}
	}
	after := c.rows("w") + c.do("GET", "/v1/namespaces/w/schema", "").ok().body + c.do("GET", "/v1/namespaces/w/metadata", "").ok().body
	same(t, "state", after, before)
	same(t, "text search", c.query("w", `{"rank_by":["text","BM25","x"],"limit":9}`).ids(), []string{"1"})
}

// TestRefusedFirstWrite wants no namespace to be left behind.
func TestRefusedFirstWrite(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{})
	c.write("new", `{"upsert_rows":[{"id":1},{"id":"a"}]}`).refused(400, "id type mismatch")
	c.query("new", `{"rank_by":["id","asc"],"limit":1}`).refused(404, "namespace 'new' was not found")
	for _, body := range []string{
		`{"patch_rows":[{"id":1}]}`, `{"deletes":[1]}`, `{"delete_by_filter":["a","Eq",1]}`, `{}`,
		`{"create_namespace":false,"upsert_rows":[{"id":1}]}`,
	} {
		c.write("new", body).refused(404, "was not found")
	}
	same(t, "list", c.do("GET", "/v1/namespaces", "").ok().body, `{"namespaces":[]}`)
	c.write("new", `{"create_namespace":true,"schema":{"id":"string"}}`).ok()
	c.write("new", `{"upsert_rows":[{"id":"a"}]}`).ok()
	same(t, "rows", c.rows("new"), `[{"id":"a"}]`)
}

func TestAffectedIDs(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{})
	c.write("w", `{"upsert_rows":[{"id":"a","n":1},{"id":"b","n":2},{"id":"c","n":3}]}`).ok()
	a := c.write("w", `{"return_affected_ids":true,"delete_by_filter":["n","Eq",1],"upsert_rows":[{"id":"d"},{"id":"c"}],
		"upsert_condition":["n","Gt",5],"patch_rows":[{"id":"b","n":9},{"id":"z","n":9}]}`).ok()
	same(t, "upserted", a.member("upserted_ids"), `["d"]`)
	same(t, "patched", a.member("patched_ids"), `["b"]`)
	same(t, "deleted", a.member("deleted_ids"), `["a"]`)
	if a.member("billing", "query", "billable_logical_bytes_queried") == "" {
		t.Errorf("a filtered write bills no query: %s", a.body)
	}
	none := c.write("w", `{"return_affected_ids":true,"deletes":["nope"]}`).ok()
	same(t, "absent", none.member("deleted_ids")+none.member("upserted_ids")+none.member("patched_ids"), "")
}

func TestPartialFilteredWrites(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{Admin: true})
	c.admin("config", `{"filter_limit":2}`)
	c.write("w", `{"upsert_rows":[{"id":1,"n":1},{"id":2,"n":1},{"id":3,"n":1}]}`).ok()
	c.write("w", `{"delete_by_filter":["n","Eq",1]}`).refused(400, "more than 2 documents")
	a := c.write("w", `{"delete_by_filter":["n","Eq",1],"delete_by_filter_allow_partial":true}`).ok()
	same(t, "partial delete", a.member("rows_deleted")+a.member("rows_remaining"), "2true")
	a = c.write("w", `{"patch_by_filter":{"filters":["n","Eq",1],"patch":{"n":2}},"patch_by_filter_allow_partial":true}`).ok()
	same(t, "whole patch", a.member("rows_patched")+a.member("rows_remaining"), "1false")
	a = c.write("w", `{"delete_by_filter":["n","Eq",2]}`).ok()
	same(t, "not asked for", a.member("rows_remaining"), "")
}

func TestVectors(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{})
	c.write("v", `{"schema":{"half":{"type":"[2]f16","ann":true}},
		"upsert_rows":[{"id":1,"vector":"`+f32base64(t, 0.5, -1)+`","half":[0.1,3]}]}`).ok()
	same(t, "rows", c.rows("v"), `[{"id":1,"vector":[0.5,-1.0],"half":[0.099975586,3.0]}]`)
	c.write("v", `{"patch_rows":[{"id":1,"half":null}]}`).ok()
	same(t, "rows", c.rows("v"), `[{"id":1,"vector":[0.5,-1.0]}]`)
}

// TestConcurrentFirstWrites wants every row of writes that race to create a namespace.
func TestConcurrentFirstWrites(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{DataDir: t.TempDir()})
	const writers = 16
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			c.write("race", fmt.Sprintf(`{"upsert_rows":[{"id":%d}]}`, i))
			c.write("race", `{"upsert_rows":[{"id":"refused"}]}`)
			c.query("race", `{"rank_by":["id","asc"],"limit":100}`)
		})
	}
	wg.Wait()
	same(t, "rows", len(c.query("race", `{"rank_by":["id","asc"],"limit":100}`).ids()), writers)
}

// TestConcurrentCreateAndDelete must not lose an acknowledged write that came after the last delete.
func TestConcurrentCreateAndDelete(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{DataDir: t.TempDir()})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				c.write("flip", fmt.Sprintf(`{"upsert_rows":[{"id":%d}]}`, i)).ok()
				c.do("DELETE", "/v2/namespaces/flip", "")
			}
		})
	}
	wg.Wait()
	c.write("flip", `{"upsert_rows":[{"id":99}]}`).ok()
	if ids := c.query("flip", `{"rank_by":["id","desc"],"limit":1}`).ids(); len(ids) != 1 || ids[0] != "99" {
		t.Errorf("got %v, want [99]", ids)
	}
}
