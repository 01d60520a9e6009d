package devstore

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (c *client) recorded() []record {
	c.t.Helper()
	var out []record
	if err := json.Unmarshal([]byte(c.do("GET", "/_admin/requests", "").ok().body), &out); err != nil {
		c.t.Fatal(err)
	}
	return out
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const query = `{"rank_by":["id","asc"],"limit":1}`
	type want struct {
		status  int
		body    string // "" means the true answer
		headers map[string]string
		fails   bool
	}
	for name, tc := range map[string]struct {
		fault string
		want  want
	}{
		"429":             {`{"status":429,"retry_after":"0.5"}`, want{429, `{"status":"error","error":"injected 429"}`, map[string]string{"Retry-After": "0.5", "Content-Type": "application/json"}, false}},
		"500":             {`{"status":500}`, want{500, `{"status":"error","error":"injected 500"}`, nil, false}},
		"503 with a body": {`{"status":503,"body":"away","headers":{"Content-Type":"text/plain","X-A":"b"}}`, want{503, "away", map[string]string{"Content-Type": "text/plain", "X-A": "b"}, false}},
		"body alone":      {`{"body":"{}"}`, want{200, "{}", nil, false}},
		"binary":          {`{"body_base64":"` + base64.StdEncoding.EncodeToString([]byte{0, 255, 10}) + `"}`, want{200, "\x00\xff\n", nil, false}},
		"repeated":        {`{"body":"abc","body_repeat":3}`, want{200, "abcabcabc", map[string]string{"Content-Length": "9"}, false}},
		"chunked":         {`{"body":"abc","chunked":true}`, want{200, "abc", map[string]string{"Content-Length": ""}, false}},
		"headers alone":   {`{"headers":{"X-A":"b"}}`, want{200, "", map[string]string{"X-A": "b"}, false}},
		"delay alone":     {`{"delay_ms":1}`, want{200, "", nil, false}},
		"close":           {`{"close":true}`, want{fails: true}},
		"close early":     {`{"close_early":true}`, want{fails: true}},
		"truncate":        {`{"status":200,"body":"0123456789","truncate":4}`, want{fails: true}},
		"other method":    {`{"method":"GET","status":500}`, want{status: 200}},
		"other path":      {`{"path_contains":"/schema","status":500}`, want{status: 200}},
		"this path":       {`{"method":"POST","path_contains":"/zoo/query","status":500,"body":"x"}`, want{500, "x", nil, false}},
		"body matches":    {`{"body_contains":"rank_by","status":500,"body":"x"}`, want{500, "x", nil, false}},
		"body differs":    {`{"body_contains":"nothing","status":500}`, want{status: 200}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := zoo(t, Config{Admin: true})
			c.admin("faults", "["+tc.fault+"]")
			a, err := c.send("POST", "/v2/namespaces/zoo/query", strings.NewReader(query))
			if (err != nil) != tc.want.fails {
				t.Fatalf("error %v, answer %d %s", err, a.status, a.body)
			}
			if tc.want.fails {
				return
			}
			same(t, "status", a.status, tc.want.status)
			if tc.want.body != "" {
				same(t, "body", a.body, tc.want.body)
			} else {
				same(t, "true answer", a.ids(), []string{"1"})
			}
			for k, v := range tc.want.headers {
				same(t, k, a.header.Get(k), v)
			}
			c.admin("faults", "[]")
			c.query("zoo", query).ok()
		})
	}
}

func TestFaultCountsAndOrder(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{Admin: true})
	c.admin("faults", `[{"path_contains":"/query","status":503,"count":2},{"path_contains":"/query","body_contains":"\"desc\"","status":429,"count":1},
		{"path_contains":"/schema","status":500,"rate":1}]`)
	var got []int
	for range 4 {
		got = append(got, c.query("zoo", `{"rank_by":["id","desc"],"limit":1}`).status)
	}
	same(t, "statuses", got, []int{503, 503, 429, 200})
	same(t, "rate", c.do("GET", "/v1/namespaces/zoo/schema", "").status, 500)
	same(t, "no other", c.do("GET", "/v1/namespaces/zoo/metadata", "").status, 200)
	same(t, "stats", c.do("GET", "/_admin/stats", "").ok().body,
		`{"requests":{"metadata 200":1,"query 200":1,"query 429":1,"query 503":2,"schema 500":1,"write 200":1}}`+"\n")
	c.admin("faults", `[{"status":500,"rate":0.000000000001}]`)
	c.query("zoo", `{"rank_by":["id","desc"],"limit":1}`).ok()
	c.admin("clear", "")
	same(t, "cleared", c.do("GET", "/_admin/stats", "").ok().body, `{"requests":{}}`+"\n")
	c.do("POST", "/_admin/faults", `[{"stat":1}]`).refused(400, "unknown field")
	c.do("POST", "/_admin/faults", `[{"status":99}]`).refused(400, "status must be")
	c.do("POST", "/_admin/faults", `[{"body_base64":"?"}]`).refused(400, "body_base64")
	c.do("GET", "/_admin/faults", "").refused(404, "not found")
}

// TestDiscardedBody streams far more than the store would keep in memory.
func TestDiscardedBody(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{Admin: true, Record: true})
	c.admin("faults", `[{"discard_body":true,"body":"done"}]`)
	const size = 64 << 20
	a, err := c.send("POST", "/v2/namespaces/big", io.LimitReader(zeros{}, size), "X-Case", "discard")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "answer", a.ok().body, "done")
	h := sha256.New()
	if _, err := io.CopyN(h, zeros{}, size); err != nil {
		t.Fatal(err)
	}
	r := c.recorded()[0]
	same(t, "length", r.BodyLen, int64(size))
	same(t, "sha256", r.BodySHA256, hex.EncodeToString(h.Sum(nil)))
	same(t, "kept", len(r.Body), keptBody)
	same(t, "transfer encoding", r.TransferEncoding, []string{"chunked"})
}

func TestRecords(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{Admin: true, APIKeys: []string{testKey}})
	if got := c.recorded(); len(got) != 0 {
		t.Errorf("recorded without being asked: %v", got)
	}
	c.admin("config", `{"record":true}`)
	body := gzipped(t, `{"deletes":[1]}`).String()
	_, err := c.send("POST", "/v2/namespaces/zoo?a=%2f&stainless_overload=x", strings.NewReader(body), "Content-Encoding", "gzip", "X-Odd", "Ä")
	if err != nil {
		t.Fatal(err)
	}
	c.key = "wrong"
	c.do("POST", "/v2/namespaces/zoo", "not read").refused(401, "invalid")
	got := c.recorded()
	if len(got) != 2 {
		t.Fatalf("%d records", len(got))
	}
	r := got[0]
	sum := sha256.Sum256([]byte(body))
	same(t, "record", []any{r.Method, r.URL, r.Proto, "http://" + r.Host, r.Body, r.BodyLen, r.BodySHA256, r.Status, r.Header["X-Odd"], r.Header["Content-Length"]},
		[]any{
			"POST", "/v2/namespaces/zoo?a=%2f&stainless_overload=x", "HTTP/1.1", c.url, `{"deletes":[1]}`, int64(len(body)),
			hex.EncodeToString(sum[:]), 200,
			[]string{"Ä"},
			[]string{fmt.Sprint(len(body))},
		})
	same(t, "refused request", []any{got[1].Body, got[1].BodyLen, got[1].Status}, []any{"not read", int64(8), 401})
	c.admin("faults", `[{"close":true}]`)
	if _, err := c.send("POST", "/v2/namespaces/zoo", strings.NewReader("{}")); err == nil {
		t.Error("the connection was not dropped")
	}
	last := c.recorded()[2]
	same(t, "dropped", []any{last.Status, last.Aborted}, []any{0, true})
	for range maxRecords {
		c.do("GET", "/_admin/health", "").ok()
	}
	same(t, "control requests are not recorded", len(c.recorded()), 3)
	c.admin("clear", "")
	c.key = testKey
	for range maxRecords + 1 {
		c.do("GET", "/v1/namespaces", "").ok()
	}
	same(t, "bounded", len(c.recorded()), maxRecords/2+1)
}

func TestDelays(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{Admin: true})
	c.admin("delays", `{"query":{"ms":1},"*":{"ms":60000,"jitter_ms":1}}`)
	c.query("zoo", `{"rank_by":["id","asc"],"limit":1}`).ok()
	impatient := *c
	impatient.http = &http.Client{Transport: c.http.Transport, Timeout: 20 * time.Millisecond}
	_, err := impatient.send("GET", "/v1/namespaces", http.NoBody)
	var timeout interface{ Timeout() bool }
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %v, want a timeout", err)
	}
	c.admin("delays", `{}`)
	c.do("GET", "/v1/namespaces", "").ok()
}

func TestIndexStatus(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{Admin: true})
	index := func() string { return c.do("GET", "/v2/namespaces/zoo/metadata", "").ok().member("index") }
	query := func(level string) answer {
		return c.query("zoo", `{"rank_by":["id","asc"],"limit":1,"consistency":{"level":"`+level+`"}}`)
	}
	c.admin("namespace", `{"name":"zoo","index_status":"updating","unindexed_bytes":2147483648,"unindexed_rows":5,"reject_strong":true}`)
	same(t, "held", index(), `{"status":"updating","unindexed_bytes":2147483648,"unindexed_rows":5}`)
	query("strong").refused(429, "unindexed")
	query("eventual").ok()
	c.write("zoo", `{"upsert_rows":[{"id":9}]}`).ok()
	same(t, "held over writes", index(), `{"status":"updating","unindexed_bytes":2147483648,"unindexed_rows":5}`)
	c.admin("namespace", `{"name":"zoo"}`)
	same(t, "released", index(), `{"status":"up-to-date"}`)
	query("strong").ok()
	c.admin("config", `{"index_lag_ms":3600000}`)
	c.write("zoo", `{"upsert_rows":[{"id":10},{"id":11}]}`).ok()
	same(t, "lag", index(), `{"status":"updating","unindexed_bytes":16,"unindexed_rows":2}`)
	c.do("POST", "/_admin/namespace", `{"name":"none"}`).refused(404, "was not found")
	c.do("POST", "/_admin/config", `{"x":1}`).refused(400, "unknown field")
}

func TestReset(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{Admin: true, DataDir: t.TempDir()})
	c.admin("config", `{"lazy_approx":true,"filter_limit":1}`)
	c.admin("reset", "")
	same(t, "namespaces", c.do("GET", "/v1/namespaces", "").ok().body, `{"namespaces":[]}`)
	c.write("zoo", `{"upsert_rows":[{"id":1}]}`).ok()
	same(t, "approx", c.do("GET", "/v1/namespaces/zoo/metadata", "").ok().member("approx_row_count"), "1")
	same(t, "health", c.do("GET", "/_admin/health", "").ok().body, `{"ok":true}`+"\n")
}
