package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hevlayer.com/layer/internal/testkit"
)

// raw sends a request as it is written, over a connection of its own, and returns the answer; Status is 0 where there is none.
func raw(t *testing.T, g *testkit.Gateway, request string) testkit.Response {
	t.Helper()
	c := testkit.Dial(t, g.HTTP, "")
	defer func() { _ = c.Close() }()
	return exchange(c, request)
}

func exchange(c *testkit.Conn, request string) testkit.Response {
	c.Send(request)
	method, _, _ := strings.Cut(request, " ")
	r, err := c.Answer(method)
	if err != nil {
		return testkit.Response{Body: err.Error()}
	}
	return r
}

// notHTTP is Envoy's own answer to what it can't read, tooManyHeaders the one to what it won't hold.
const (
	notHTTP        = `{"error":"bad_request","message":"the request is not valid HTTP"}`
	tooManyHeaders = `{"error":"bad_request","message":"the request line and headers are over the limit"}`
)

func badNamespace(ns string) string {
	return fmt.Sprintf(`{"error":"validation_error","message":"namespace \"%s\": a name has 1 to 128 of the characters A-Z a-z 0-9 - _ . and is neither . nor .."}`, ns)
}

func wrongMethod(method, allow string) string {
	return fmt.Sprintf(`{"error":"method_not_allowed","message":"%s is not allowed here; allowed: %s"}`, method, allow)
}

// bad is a request that reaches no store, with its answer.
type bad struct {
	request string
	status  int
	body    string
}

// TestBadInput sends what no client should. Each request has one answer, and nothing of it reaches a store.
func TestBadInput(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	slow := testkit.Dial(t, f.HTTP, "")
	slow.Send("GET /v1/namespaces HTTP/1.1\r\nHost: layer\r\n") // and never the end of the headers
	for name, tests := range map[string]map[string]bad{
		"targets": badTargets(), "methods": badMethods(), "headers": badHeaders(), "bodies": badBodies(), "lines": badLines(),
	} {
		t.Run(name, func(t *testing.T) {
			for what, tt := range tests {
				for _, secure := range []bool{false, true} {
					f.forget()
					url := f.HTTP
					if secure {
						url = f.HTTPS
					}
					c := testkit.Dial(t, url, f.CA, "http/1.1")
					r := exchange(c, tt.request)
					if r.Status != tt.status || r.Body != tt.body || r.Header.Get("Content-Type") != "application/json" {
						t.Errorf("%s, TLS %v: %d %q %s, want %d application/json %s", what, secure, r.Status, r.Header.Get("Content-Type"), r.Body, tt.status, tt.body)
					}
					_ = c.Close()
					f.expectAt(t, what, "", 0)
				}
			}
		})
	}
	t.Run("odd but read", func(t *testing.T) { oddInput(t, f) })
	t.Run("smuggled", func(t *testing.T) { smuggled(t, f) })
	t.Run("broken chunks", func(t *testing.T) { brokenChunks(t, f) })
	t.Run("HTTP2", func(t *testing.T) { badFrames(t, f) })
	t.Run("gRPC", func(t *testing.T) { grpcStranger(t, f) })

	f.forget()
	r, err := slow.Answer("GET")
	if err != nil || r.Status != 408 || r.Code() != "bad_request" {
		t.Errorf("headers that never end: %+v, %v; want 408 bad_request", r, err)
	}
	f.expectAt(t, "headers that never end", "", 0)
}

// withKey is the head of a request by the key that may do everything, less the empty line at its end.
func withKey(line string) string {
	return line + " HTTP/1.1\r\nHost: layer\r\nAuthorization: Bearer " + inbound("admin") + "\r\n"
}

func badTargets() map[string]bad {
	out := map[string]bad{}
	for target, status := range map[string]int{
		// What is no operation, judged as it is written.
		"/v1//namespaces": 404, "//v1/namespaces": 404, "/v1/namespaces/": 404, "/v1/namespaces//schema": 404, "/v1/namespaces/other//schema": 404,
		"/v1/./namespaces": 404, "/v1/../v1/namespaces": 404, "/v1/namespaces/x/../other/schema": 404, "/v1/namespaces/other/../free/schema": 404,
		"/v2/../v1/namespaces": 404, "/v1/namespaces/other/./schema": 404, "/v1/namespaces/other/schema/": 404, "/v1/namespaces/other/schema/..": 404,
		"/v1/namespaces/other%2Fschema": 404, "/v1%2Fnamespaces": 404, "/%76%31/namespaces": 404, "/v1/namespaces;x=y": 404, "/V1/namespaces": 404, "/v1/Namespaces": 404,
		"/v1/namespaces/other/SCHEMA": 404, "/v1/namespaces/other\\schema": 404, "/v1\\namespaces": 404, "/": 404, "/?/v1/namespaces": 404, "/v1": 404,
		"/v1/namespaces/other/operations/..": 404, "/v1/namespaces/other/operations/.": 404, "/v1/namespaces/other/operations/%2e%2e": 404,
		"/v1/namespaces/other/operations/a%2f..%2f..": 404, "/v1/namespaces/other/operations/a/../../schema": 404, "/v1/namespaces/other/operations/a;b": 404,
		"/v1/namespaces/other/operations/a\\..\\b": 404, "/v1/namespaces/other/operations/": 404, "/v1/namespaces/%2e%2e/other/schema": 404,
		// The absolute form is its path.
		"http://other": 404, "http://other/": 404, "http://other/?/v1/namespaces": 404, "http://other//v1/namespaces": 404,
		// What Envoy can't read.
		"": 400, "v1/namespaces": 400, "?/v1/namespaces": 400, "\\v1\\namespaces": 400, "layer:80": 400, "ftp://layer/v1/namespaces": 400, "http:/v1/namespaces": 400,
		"http://": 400, "/v1/namespaces#other": 400, "/v1/namespaces/a#b/schema": 400, "/v1/namespaces?x#y": 400, "/v1/namespaces?a b": 400,
		"/v1/namespaces/\xc0\xae\xc0\xae/schema": 400, "/v1/namespaces/\xe0\x80\xae/schema": 400, "/v1/namespaces/é/schema": 400, "/v1/namespaces/other\xff/schema": 400,
		"/v1/namespaces?\xff": 400, "/v1/namespaces/a\x00b/schema": 400, "/v1/namespaces/a\x01b/schema": 400, "/v1/namespaces/a\x7fb/schema": 400,
		"/v1/namespaces/a\tb/schema": 400, "/v1/namespaces/a\rb/schema": 400, "/v1/namespaces/a b/schema": 400,
	} {
		body := noRoute
		if status == 400 {
			body = notHTTP
		}
		out[fmt.Sprintf("%q", target)] = bad{withKey("GET "+target) + "\r\n", status, body}
	}
	for _, ns := range []string{".", "..", "%2e", "%2E%2e", "%2e.", "oth%65r", "other%2fschema", "other%00", "other%", "%", "a%5cb", "%252e", "other%20", "%c0%ae"} {
		out["namespace "+ns] = bad{withKey("GET /v1/namespaces/"+ns+"/schema") + "\r\n", 422, badNamespace(ns)}
		out["write to namespace "+ns] = bad{withKey("DELETE /v2/namespaces/"+ns+"?x") + "\r\n", 422, badNamespace(ns)}
		out["fetch from namespace "+ns] = bad{withKey("GET /v2/namespaces/"+ns+"/documents/1") + "\r\n", 422, badNamespace(ns)}
	}
	for name, size := range map[string]int{"64 KiB": 64 << 10, "1 MiB": 1 << 20} {
		out["a path of "+name] = bad{withKey("GET /v1/namespaces/"+strings.Repeat("a", size)+"/schema") + "\r\n", 431, tooManyHeaders}
		out["a query string of "+name] = bad{withKey("GET /v1/namespaces?"+strings.Repeat("a", size)) + "\r\n", 431, tooManyHeaders}
	}
	return out
}

func badMethods() map[string]bad {
	const list = " /v1/namespaces"
	out := map[string]bad{
		"CONNECT to a store":         {withKey("CONNECT 127.0.0.1:80") + "\r\n", 404, noRoute},
		"CONNECT without a key":      {"CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n", 401, noBearer},
		"CONNECT with a path":        {withKey("CONNECT"+list) + "\r\n", 400, notHTTP},
		"OPTIONS for everything":     {withKey("OPTIONS *") + "\r\n", 404, noRoute},
		"no method":                  {withKey(list) + "\r\n", 400, notHTTP},
		"a scheme that is not there": {withKey("GET gopher://layer/v1/namespaces") + "\r\n", 400, notHTTP},
	}
	// Those that Envoy's HTTP/1.1 parser doesn't know. By HTTP/2 they are 405.
	for _, method := range []string{"get", "Get", "post", "FOO", "GE", "GETGET", "G@T", "GET\x00", "M-SEARCH", "PRI"} {
		out[method] = bad{withKey(method+list) + "\r\n", 400, notHTTP}
	}
	for _, method := range []string{"OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "POST", "PROPFIND"} {
		out[method] = bad{withKey(method+list) + "Content-Length: 0\r\n\r\n", 405, wrongMethod(method, "GET, HEAD")}
	}
	out["GET of a query"] = bad{withKey("GET /v2/namespaces/other/query") + "\r\n", 405, wrongMethod("GET", "POST")}
	out["PUT of a namespace"] = bad{withKey("PUT /v2/namespaces/other") + "\r\n", 405, wrongMethod("PUT", "DELETE, POST")}
	return out
}

func badHeaders() map[string]bad {
	out := map[string]bad{}
	for _, header := range []string{
		"X-A: a\x00b", "X-A: a\x01b", "X-A: a\x7fb", "X-A\x00: a", "X-A : a", "X A: a", "X(A): a", "X\xe9: a", ": a", "no colon", "x-layer-store\r: free",
		"x-lay\rer-store: free", "Authorization : Bearer x", ":path: /v1/namespaces/free/schema", ":authority: free", ":method: DELETE", "Host: a b", "Connection: host",
		"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13", "Upgrade: other\r\nConnection: upgrade",
	} {
		out[fmt.Sprintf("%q", header)] = bad{withKey("GET /v1/namespaces/other/schema") + header + "\r\n\r\n", 400, notHTTP}
	}
	many := strings.Builder{}
	for i := range 101 {
		fmt.Fprintf(&many, "X-%d: a\r\n", i)
	}
	out["too many"] = bad{withKey("GET /v1/namespaces") + many.String() + "\r\n", 431, tooManyHeaders}
	out["too long"] = bad{withKey("GET /v1/namespaces") + "X-A: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", 431, tooManyHeaders}
	out["a key too long"] = bad{"GET /v1/namespaces HTTP/1.1\r\nHost: layer\r\nAuthorization: Bearer " + strings.Repeat("a", 64<<10) + "\r\n\r\n", 431, tooManyHeaders}
	out["a name too long"] = bad{withKey("GET /v1/namespaces") + strings.Repeat("a", 64<<10) + ": a\r\n\r\n", 431, tooManyHeaders}
	out["no host"] = bad{"GET /v1/namespaces HTTP/1.1\r\nAuthorization: Bearer " + inbound("admin") + "\r\n\r\n", 400, notHTTP}
	out["a key taken off"] = bad{withKey("GET /v1/namespaces/other/schema") + "Connection: keep-alive, Authorization\r\n\r\n", 401, noBearer}
	return out
}

func badBodies() map[string]bad {
	out := map[string]bad{}
	write := withKey("POST /v2/namespaces/other")
	for headers, body := range map[string]string{
		// Two readers could disagree about where the body ends.
		"Content-Length: 6\r\nTransfer-Encoding: chunked": "0\r\n\r\nG", "Transfer-Encoding: chunked\r\nContent-Length: 4": "2\r\n{}\r\n0\r\n\r\n",
		"Content-Length: 2\r\nContent-Length: 2": "{}", "Content-Length: 2\r\nContent-Length: 3": "{}x", "Content-Length: 2, 2": "{}", "Content-Length: 2, 3": "{}x",
		"Content-Length: +2": "{}", "Content-Length: -1": "{}", "Content-Length: 0x2": "{}", "Content-Length: 2 2": "{}", "Content-Length: 2_0": "{}", "Content-Length: 2.0": "{}",
		"Content-Length:": "", "Content-Length: a": "{}", "Content-Length: 18446744073709551616": "{}", "Content-Length: 99999999999999999999999": "{}",
		"Transfer-Encoding: gzip, chunked": "2\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked, gzip": "2\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: identity\r\nContent-Length: 2": "{}",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked": "2\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity": "2\r\n{}\r\n0\r\n\r\n",
		"Transfer-Encoding: xchunked\r\nContent-Length: 2": "{}", "Transfer-Encoding: \x0bchunked": "2\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding : chunked": "2\r\n{}\r\n0\r\n\r\n",
		"Transfer-Encoding: \"chunked\"": "2\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding:": "2\r\n{}\r\n0\r\n\r\n",
	} {
		out[fmt.Sprintf("%q", headers)] = bad{write + headers + "\r\n\r\n" + body, 400, notHTTP}
	}
	return out
}

func badLines() map[string]bad {
	rest := "Host: layer\r\nAuthorization: Bearer " + inbound("admin") + "\r\n\r\n"
	out := map[string]bad{
		"a line that starts with a space": {"GET /v1/namespaces HTTP/1.1\r\n Host: layer\r\n" + rest, 400, notHTTP},
		"nothing but a method":            {"GET\r\n\r\n", 400, notHTTP},
		"not HTTP":                        {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, notHTTP},
		"another protocol":                {"SSH-2.0-client\r\n\r\n", 400, notHTTP},
	}
	// An old version is asked to come back with a newer one.
	for _, version := range []string{" HTTP/1.0", " HTTP/0.9", " HTTP/2.0", " HTTP/1.2", ""} {
		out["version"+version] = bad{"GET /v1/namespaces" + version + "\r\n" + rest, 426, notHTTP}
	}
	for _, version := range []string{" http/1.1", " HTTP/1.1.1", " HTTP/11", " HTTQ/1.1", " HTTP/1.1 HTTP/1.1", " HTTP/x.1"} {
		out["version"+version] = bad{"GET /v1/namespaces" + version + "\r\n" + rest, 400, notHTTP}
	}
	return out
}

// oddInput is read in one way only, so it may go on: to the store that its judgement was by, and nowhere else.
func oddInput(t *testing.T, f *fleet) {
	key := "Authorization: Bearer " + inbound("other-read") + "\r\n"
	for what, request := range map[string]string{
		"absolute form":             "GET http://free/v1/namespaces/other/schema HTTP/1.1\r\nHost: layer\r\n" + key + "\r\n",
		"absolute form with a user": "GET http://main:free@free/v1/namespaces/other/schema HTTP/1.1\r\nHost: layer\r\n" + key + "\r\n",
		"two hosts":                 "GET /v1/namespaces/other/schema HTTP/1.1\r\nHost: layer\r\nHost: free\r\n" + key + "\r\n",
		"an empty host":             "GET /v1/namespaces/other/schema HTTP/1.1\r\nHost:\r\n" + key + "\r\n",
		"a host with a user":        "GET /v1/namespaces/other/schema HTTP/1.1\r\nHost: a@127.0.0.1:1\r\n" + key + "\r\n",
		"empty lines ahead":         "\r\n\r\nGET /v1/namespaces/other/schema HTTP/1.1\r\nHost: layer\r\n" + key + "\r\n",
		"two spaces":                "GET  /v1/namespaces/other/schema  HTTP/1.1\r\nHost: layer\r\n" + key + "\r\n",
		"tabs":                      "GET\t/v1/namespaces/other/schema\tHTTP/1.1\r\nHost: layer\r\n" + key + "\r\n",
		"lines that end with LF":    "GET /v1/namespaces/other/schema HTTP/1.1\nHost: layer\nAuthorization: Bearer " + inbound("other-read") + "\n\n",
		"a CR in a value":           "GET /v1/namespaces/other/schema HTTP/1.1\r\nHost: layer\r\nX-A: a\rx-layer-store: free\r\n" + key + "\r\n",
		"a folded line":             "GET /v1/namespaces/other/schema HTTP/1.1\r\nHost: layer\r\nX-A: a\r\n x-layer-store: free\r\n" + key + "\r\n",
		"bytes that are no text":    "GET /v1/namespaces/other/schema HTTP/1.1\r\nHost: layer\r\nX-A: \xff\xfe\r\n" + key + "\r\n",
		"underscores":               "GET /v1/namespaces/other/schema HTTP/1.1\r\nHost: layer\r\nx_layer_store: free\r\n" + key + "\r\n",
		"an upgrade to h2c":         "GET /v1/namespaces/other/schema HTTP/1.1\r\nHost: layer\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n" + key + "\r\n",
		"a GET with a body":         "GET /v1/namespaces/other/schema HTTP/1.1\r\nHost: layer\r\nContent-Length: 5\r\n" + key + "\r\nhello",
	} {
		f.forget()
		if r := raw(t, f.Gateway, request); r.Status != 404 { // the store's own, which has no such namespace
			t.Errorf("%s: %+v", what, r)
		}
		f.expectAt(t, what, "other", 1)
		got := f.stores["other"].Last()
		if got.URL != "/v1/namespaces/other/schema" || got.Header.Get("Upgrade") != "" || got.Header["X-Layer-Store"] != nil || "http://"+got.Host != f.stores["other"].URL {
			t.Errorf("%s: the store received %+v", what, got)
		}
	}
}

// smuggled hides a request in the body of another: it is never read as one, and those after it are judged by themselves.
func smuggled(t *testing.T, f *fleet) {
	hidden := withKey("DELETE /v2/namespaces/free") + "\r\n"
	length := fmt.Sprintf("Content-Length: %d\r\n\r\n", len(hidden))
	for what, request := range map[string]struct {
		text   string
		status int
	}{
		"behind a 401":                 {"POST /v2/namespaces/other HTTP/1.1\r\nHost: layer\r\n" + length + hidden, 401},
		"behind a 403":                 {"POST /v2/namespaces/other HTTP/1.1\r\nHost: layer\r\nAuthorization: Bearer x\r\n" + length + hidden, 403},
		"behind a 405":                 {withKey("PUT /v2/namespaces/other") + length + hidden, 405},
		"behind a 404":                 {withKey("POST /nothing") + length + hidden, 404},
		"behind a 422":                 {withKey("POST /v2/namespaces/..") + length + hidden, 422},
		"behind a public route":        {"GET /health HTTP/1.1\r\nHost: layer\r\n" + length + hidden, 200},
		"behind a refused expectation": {"POST /v2/namespaces/other HTTP/1.1\r\nHost: layer\r\nExpect: 100-continue\r\n" + length + hidden, 100},
	} {
		f.forget()
		c := testkit.Dial(t, f.HTTP, "")
		r := exchange(c, request.text)
		if r.Status != request.status {
			t.Errorf("%s: %+v, want %d", what, r, request.status)
		}
		// The next request on the connection, if it is still there, is one without a key.
		c.Send("GET /v1/namespaces HTTP/1.1\r\nHost: layer\r\n\r\n")
		for {
			next, err := c.Answer("GET")
			if err != nil || next.Close {
				break
			}
			if next.Status != 401 {
				t.Errorf("%s, the next: %+v", what, next)
			}
			if next.Status != 100 {
				break
			}
		}
		_ = c.Close()
		f.expectAt(t, what, "", 0)
	}
}

// brokenChunks is cut off in the middle of a body, and what follows is not read as a request.
func brokenChunks(t *testing.T, f *fleet) {
	hidden := withKey("DELETE /v2/namespaces/free") + "\r\n"
	for what, body := range map[string]string{
		"a size that is no number": "zz\r\n{}\r\n0\r\n\r\n", "a negative size": "-2\r\n{}\r\n0\r\n\r\n", "a size with a prefix": "0x2\r\n{}\r\n0\r\n\r\n",
		"a size that is too large": "10000000000000002\r\n{}\r\n0\r\n\r\n", "a line end in an extension": "2;a\nb\r\n{}\r\n0\r\n\r\n",
		"lines that end with LF": "2\n{}\n0\n\n", "no line end": "2\r\n{}XX0\r\n\r\n",
	} {
		f.forget()
		r := raw(t, f.Gateway, withKey("POST /v2/namespaces/other")+"Transfer-Encoding: chunked\r\n\r\n"+body+hidden)
		if r.Status != 400 || r.Body != notHTTP {
			t.Errorf("%s: %+v, want 400", what, r)
		}
		for store, all := range f.received() {
			for _, got := range all {
				if store != "other" || got.Method != "POST" || got.Status == 200 {
					t.Errorf("%s: store %s received %+v", what, store, got)
				}
			}
		}
	}
}

// grpcStranger says that it speaks gRPC: Envoy answers in that protocol, with the refusal in a header, and nothing gets past.
func grpcStranger(t *testing.T, f *fleet) {
	f.forget()
	r := testkit.Do(t, testkit.Request{
		Method: "POST", URL: f.HTTP + "/v2/namespaces/other", Client: testkit.NewHTTP2Client(t),
		Header: http.Header{"Content-Type": {"application/grpc"}, "Te": {"trailers"}},
	})
	if r.Status != 200 || r.Header.Get("Grpc-Status") != "16" || r.Body != "" {
		t.Errorf("%+v, want gRPC's 16", r)
	}
	f.expectAt(t, "gRPC", "", 0)
}
