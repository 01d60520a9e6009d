package e2e

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hevlayer.com/layer/internal/testkit"
	"hevlayer.com/layer/policy"
)

// passedOn lists the operations that go to the store.
func passedOn() []*policy.Operation {
	return slices.DeleteFunc(slices.Clone(policy.Operations()), func(op *policy.Operation) bool { return op.Class != policy.Passthrough })
}

// clientsOf are the ways to speak to a gateway, each with its base URL.
func clientsOf(t *testing.T, g *testkit.Gateway) map[string]testkit.Request {
	t.Helper()
	return map[string]testkit.Request{
		"HTTP/1.1":          {URL: g.HTTP, Client: testkit.NewClient(t)},
		"HTTP/2":            {URL: g.HTTP, Client: testkit.NewHTTP2Client(t)},
		"HTTP/1.1 over TLS": {URL: g.HTTPS, Client: testkit.NewTLSClient(t, g.CA, false)},
		"HTTP/2 over TLS":   {URL: g.HTTPS, Client: testkit.NewTLSClient(t, g.CA, true)},
	}
}

// TestPassthroughRequests compares what a client sends with what the store gets: method, target, host and every byte.
func TestPassthroughRequests(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t)
	g := testkit.InFront(t, u)
	bodies := map[string]string{
		"nothing":     "",
		"JSON":        `{"a":9007199254740993,"b":18446744073709551615,"c":1.10,"d":1e400,"e":-0.0,"unknown_field":[ null ,{}],"a":1}`,
		"no JSON":     "{\"upsert_rows\": [ \x00\xff'",
		"compressed":  compressed(t, `{"rank_by":["id","asc"]}`),
		"1 MiB and 1": strings.Repeat("0123456789abcde\n", 1<<16) + "x",
	}
	queries := []string{
		"", "?", "?stainless_overload=multiQuery", "?a=b&a=c&&=&%2F%2f..%00=+%20", "?/../../v1/namespaces/other?x",
		"?prefix=a/b//c&cursor=%7B%22k%22%3A1%7D", "?{}|\\^`\"<>;:@!$'()*,~",
	}
	clients := clientsOf(t, g)
	for _, op := range passedOn() {
		for proto, req := range clients {
			i := 0
			for name, body := range bodies {
				u.Forget()
				query := queries[i%len(queries)]
				i++
				path := pathOf(op, "products")
				want := testkit.Received{
					Method: op.Method, URL: strings.ReplaceAll(path, "/v1/namespaces/products/query", "/v2/namespaces/products/query") + query,
					Proto: "HTTP/1.1", Host: strings.TrimPrefix(u.URL, "http://"), BodyLen: int64(len(body)), BodySHA256: sum(body),
				}
				r := req
				r.Method, r.URL, r.Key, r.Body = op.Method, req.URL+path+query, testkit.StoreKey, body
				if name == "compressed" {
					r.Header = http.Header{"Content-Encoding": {"gzip"}}
				}
				testkit.Do(t, r)
				if n := len(u.Received()); n != 1 {
					t.Errorf("%s by %s: %d requests reached the store, want 1", op.Name, proto, n)
				}
				got := u.Last()
				if enc := got.Header.Get("Content-Encoding"); (name == "compressed") != (enc == "gzip") {
					t.Errorf("%s by %s: Content-Encoding %q at the store with body %q", op.Name, proto, enc, name)
				}
				got.Header, got.Body, got.Status = nil, "", 0
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s by %s, body %q (-sent +received):\n%s", op.Name, proto, name, diff)
				}
			}
		}
	}
	t.Run("namespaces", func(t *testing.T) { passthroughNamespaces(t, u, g) })
	t.Run("framing", func(t *testing.T) { passthroughFraming(t, u, g) })
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

func compressed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// passthroughNamespaces leaves it to the store which characters a name may have: the target arrives as it was written.
func passthroughNamespaces(t *testing.T, u *testkit.Upstream, g *testkit.Gateway) {
	for _, ns := range []string{
		"a", "A-Z_0.9", "-", "_", "...", ".a", "a.", "..a", "query", "a+b", "a~b", "a;b=c", "a:b@c", "a,b", "a=b", "a!b$c'(d)*", "a&b",
		`a"b`, "a|b", "a^b`c", "a{b}", "[a]", "<a>", `a\b`, strings.Repeat("n", 128), strings.Repeat("n", 5000),
	} {
		for _, path := range []string{"/v1/namespaces/" + ns + "/metadata", "/v2/namespaces/" + ns + "?x=%2e%2e", "/v1/namespaces/" + ns + "/query"} {
			method, want := "GET", path
			switch {
			case strings.Contains(path, "?"):
				method = "DELETE"
			case strings.HasSuffix(path, "/query"):
				method, want = "POST", "/v2"+path[3:]
			}
			u.Forget()
			raw(t, g, method+" "+path+" HTTP/1.1\r\nHost: layer\r\nAuthorization: Bearer "+testkit.StoreKey+"\r\nContent-Length: 0\r\n\r\n")
			if got := u.Received(); len(got) != 1 || got[0].URL != want || got[0].Method != method {
				t.Errorf("%s %.60s: the store received %+v, want the target as sent", method, path, got)
			}
		}
	}
}

// passthroughFraming sends one body in the ways that HTTP/1.1 has.
func passthroughFraming(t *testing.T, u *testkit.Upstream, g *testkit.Gateway) {
	const body = `{"upsert_rows":[{"id":18446744073709551615,"f":1.10}]}`
	head := "POST /v2/namespaces/framing HTTP/1.1\r\nHost: layer\r\nAuthorization: Bearer " + testkit.StoreKey + "\r\n"
	half := len(body) / 2
	chunks := fmt.Sprintf("%x\r\n%s\r\n%X;ext=\"a\"\r\n%s\r\n", half, body[:half], len(body)-half, body[half:])
	length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
	for name, request := range map[string]string{
		"length":            head + length + "\r\n" + body,
		"chunks":            head + "Transfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n",
		"chunks, trailers":  head + "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n" + chunks + "0\r\nX-Sum: 1\r\nAuthorization: Bearer x\r\nx-layer-store: y\r\n\r\n",
		"length taken off":  head + "Connection: content-length\r\n" + length + "\r\n" + body,
		"lines end with LF": strings.ReplaceAll(head+length+"\r\n", "\r\n", "\n") + body,
	} {
		u.Forget()
		if r := raw(t, g, request); r.Status != 200 {
			t.Errorf("%s: %+v", name, r)
		}
		if got := u.Received(); len(got) != 1 || got[0].Body != body || got[0].Header.Get("Authorization") != "Bearer "+testkit.StoreKey {
			t.Errorf("%s: the store received %+v", name, got)
		}
	}

	u.Forget()
	c := testkit.Dial(t, g.HTTP, "")
	c.Send(head + "Expect: 100-continue\r\n" + length + "\r\n")
	if r, err := c.Answer("POST"); err != nil || r.Status != 100 {
		t.Fatalf("Expect: %+v, %v, want a 100", r, err)
	}
	c.Send(body)
	if r, err := c.Answer("POST"); err != nil || r.Status != 200 || u.Last().Body != body {
		t.Errorf("after the 100: %+v, %v", r, err)
	}
}

// TestPassthroughCalls makes the calls that only mean something in order, directly and through Layer, to one store each.
func TestPassthroughCalls(t *testing.T) {
	t.Parallel()
	through, direct := testkit.NewUpstream(t), testkit.NewUpstream(t)
	g := testkit.InFront(t, through)
	for _, call := range []struct{ method, path, body string }{
		{"POST", "/v2/namespaces/a", `{"upsert_rows":[{"id":18446744073709551615,"n":9007199254740993,"vector":[0.1,0.2]},{"id":1,"n":-1,"vector":[1e-3,0]}],"distance_metric":"cosine_distance","unknown":1}`},
		{"POST", "/v2/namespaces/a", `{"upsert_rows":[{"id":2,"vector":[0.1,0.2]}],"distance_metric":"cosine_distance"}`},
		{"POST", "/v2/namespaces/a/query", `{"rank_by":["vector","ANN",[0.1,0.2]],"top_k":9,"include_attributes":true}`},
		{"POST", "/v1/namespaces/a/query?stainless_overload=multiQuery", `{"rank_by":["id","desc"],"top_k":9,"include_attributes":["n"]}`},
		{"POST", "/v2/namespaces/a/query", `{"rank_by":["id","desc"],"top_k":9,`},
		{"POST", "/v2/namespaces/a/query", `{"rank_by":["nonsense"]}`},
		{"POST", "/v2/namespaces/nothing/query", `{"rank_by":["id","asc"],"top_k":1}`},
		{"POST", "/v2/namespaces/a/explain_query", `{"rank_by":["id","asc"],"top_k":1}`},
		{"POST", "/v1/namespaces/a/_debug/recall", `{"num":1,"top_k":1}`},
		{"GET", "/v1/namespaces/a/schema", ""},
		{"POST", "/v1/namespaces/a/schema", `{"n":{"type":"int","filterable":false}}`},
		{"HEAD", "/v1/namespaces/a/schema", ""},
		{"GET", "/v1/namespaces/nothing/schema", ""},
		{"GET", "/v1/namespaces/a/hint_cache_warm", ""},
		{"POST", "/v2/namespaces/b/async?stainless_overload=copyFrom", `{"source_namespace":"a"}`},
		{"POST", "/v2/namespaces/c?stainless_overload=copyFrom", `{"copy_from_namespace":"a"}`},
		{"GET", "/v1/namespaces?prefix=&page_size=2", ""},
		{"POST", "/v2/namespaces/b/query", `{"rank_by":["id","desc"],"top_k":9,"include_attributes":true}`},
		{"DELETE", "/v2/namespaces/a?x=y", ""},
		{"DELETE", "/v2/namespaces/a", ""},
		{"GET", "/v1/namespaces", ""},
	} {
		r := testkit.Request{Method: call.method, Key: testkit.StoreKey, Body: call.body, Header: http.Header{"Prefer": {"respond-async"}, "Content-Type": {"application/json"}}}
		r.URL = direct.URL + strings.Replace(call.path, "/v1/namespaces/a/query", "/v2/namespaces/a/query", 1)
		want := testkit.Do(t, r)
		r.URL = g.HTTP + call.path
		got := testkit.Do(t, r)
		if diff := cmp.Diff(steady(want), steady(got)); diff != "" {
			t.Errorf("%s %s (-direct +through Layer):\n%s", call.method, call.path, diff)
		}
		if location := got.Header.Get("Location"); got.Status == 202 && location != "" {
			poll := testkit.Do(t, testkit.Request{URL: g.HTTP + location, Key: testkit.StoreKey})
			if poll.Status != 200 || through.Last().URL != location {
				t.Errorf("GET %s, where the operation is: %+v", location, poll)
			}
		}
	}
}

// steady is an answer without what two stores can't agree on.
func steady(r testkit.Response) testkit.Response {
	r = endToEnd(r)
	for _, name := range []string{"Location", "Content-Length"} {
		if r.Header.Get(name) != "" {
			r.Header.Set(name, "any")
		}
	}
	for _, member := range []string{`"token":"`, `_ms":`, `_at":"`} {
		r.Body = masked(r.Body, member)
	}
	return r
}

// masked replaces the values behind a text by a mark.
func masked(body, before string) string {
	parts := strings.Split(body, before)
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.TrimLeftFunc(parts[i], func(r rune) bool { return !strings.ContainsRune(`,}"`, r) })
	}
	return strings.Join(parts, before+"*")
}
