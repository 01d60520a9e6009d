package e2e

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hevlayer.com/layer/internal/testkit"
)

// answers are what a store may say, to any method.
func answers() map[string]http.HandlerFunc {
	all := map[string]http.HandlerFunc{
		"JSON":      answer(200, `{"rows":[{"id":18446744073709551615,"$dist":1.10,"f":-0.0,"e":1e400}],"billing":{},"x":null}`, "Content-Type", "application/json"),
		"text":      answer(200, "a\x00b\xff\xfe\r\n", "Content-Type", "text/plain; charset=latin-1"),
		"no type":   answer(200, "x", "Content-Type", ""),
		"empty":     answer(200, ""),
		"64 KiB":    answer(200, strings.Repeat("0123456789abcdef", 1<<12)),
		"no body":   answer(204, ""),
		"no body 2": answer(205, ""),
		"unchanged": answer(304, "", "Etag", `"x"`),
		"accepted":  answer(202, `{"token":"t"}`, "Location", "/v1/namespaces/a/operations/t", "Preference-Applied", "respond-async", "Retry-After", "1"),
		"created":   answer(201, "{}", "Location", "https://elsewhere.example/v1/namespaces?a=b#c"),
		"moved":     answer(307, "", "Location", "/v2/elsewhere"),
		"partial":   answer(206, "abc", "Content-Range", "bytes 0-2/9"),
		"unusual":   answer(299, "x"),
		"headers": answer(200, "{}", "X-Repeated", "one", "X-Repeated", "two", "X-Repeated", "", "Set-Cookie", "a=b; Path=/", "Set-Cookie", "c=d", "X-Odd", `é "x", y;`,
			"Vary", "Accept", "Vary", "Prefer", "Www-Authenticate", "Basic", "Cache-Control", "no-store", "Server", "store/1", "Via", "1.1 other", "X-Request-Id", "theirs",
			"X-Layer-Store", "theirs", "X-Forwarded-For", "192.0.2.1", "Alt-Svc", "h3", "Strict-Transport-Security", "max-age=1", "Date", "Mon, 02 Jan 2006 15:04:05 GMT",
			"X-Turbopuffer-Anything", "1", "Etag", `W/"x"`, "Content-Language", "en", "Access-Control-Allow-Origin", "*", "Grpc-Status", "0", "Upgrade-Insecure", "1",
			"Cache-Control", "private", "Link", "<a>", "Link", "<b>", "Warning", "1", "Warning", "2", "Server-Timing", "a", "Server-Timing", "b", "Www-Authenticate", "Digest",
			"X-Envoy-Upstream-Service-Time", "1", "X-Envoy-Anything", "1", "X-Envoy-Ratelimited", "1", "X-Hevlayer-Anything", "1"),
		"chunks": func(w http.ResponseWriter, _ *http.Request) {
			for _, part := range []string{`{"a":`, "1", "}"} {
				_, _ = w.Write([]byte(part))
				_ = http.NewResponseController(w).Flush()
			}
		},
		"compressed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			g := gzip.NewWriter(w)
			_, _ = g.Write([]byte(strings.Repeat(`{"a":1}`, 1000)))
			_ = g.Close()
		},
		"unauthorized": answer(401, `{"status":"error","error":"invalid API key"}`, "Content-Type", "application/json", "Www-Authenticate", "Bearer realm=store"),
		"busy":         answer(429, `{"status":"error","error":"slow down"}`, "Retry-After", "7"),
		"too large":    answer(413, `{"status":"error","error":"too large"}`),
		"headers over": answer(431, "theirs"),
		"not a method": answer(405, `{"status":"error"}`, "Allow", "POST"),
		"not there":    answer(404, "<html>theirs</html>", "Content-Type", "text/html"),
		"failed":       answer(500, `{"status":"error","error":"boom"}`),
		"not done":     answer(501, "theirs"),
		"bad gateway":  answer(502, "theirs"),
		"unavailable":  answer(503, "theirs", "Retry-After", "3"),
		"too slow":     answer(504, "theirs"),
		"unusual bad":  answer(599, "theirs"),
	}
	for status := 400; status < 430; status++ {
		all[strconv.Itoa(status)] = answer(status, fmt.Sprintf(`{"status":"error","error":"%d"}`, status), "Content-Type", "application/json")
	}
	return all
}

// answer makes a handler of a status, a body and pairs of header names and values.
func answer(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			if header[i+1] == "" && header[i] == "Content-Type" {
				w.Header()["Content-Type"] = nil
				continue
			}
			w.Header().Add(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// TestPassthroughAnswers compares the answers of a store with what comes through Layer: status, every header, every byte.
func TestPassthroughAnswers(t *testing.T) {
	t.Parallel()
	answers := answers()
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answers[r.Header.Get("X-Answer")](w, r) }))
	t.Cleanup(store.Close)
	g := testkit.Dev(t, testkit.DevOptions{Env: []string{"TPUF_URL=" + store.URL, "TURBOPUFFER_API_KEY=" + testkit.StoreKey}})
	direct := testkit.NewClient(t)
	var through []testkit.Request
	for _, via := range clientsOf(t, g) {
		through = append(through, via)
	}
	turn := 0
	for _, op := range passedOn() {
		methods := []string{op.Method}
		if op.Method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		for _, method := range methods {
			for name := range answers {
				r := testkit.Request{Method: method, URL: store.URL + pathOf(op, "products"), Client: direct, Header: http.Header{"X-Answer": {name}}}
				want := testkit.Do(t, r)
				via := through[turn%len(through)]
				turn++
				r.URL, r.Client, r.Key = via.URL+pathOf(op, "products"), via.Client, testkit.StoreKey
				got := testkit.Do(t, r)
				if diff := cmp.Diff(endToEnd(want), endToEnd(got)); diff != "" {
					t.Errorf("%s %s by %s, answer %q (-direct +through Layer):\n%s", method, op.Name, got.Proto, name, diff)
				}
			}
		}
	}
}

// endToEnd is what of an answer is more than the business of one connection.
func endToEnd(r testkit.Response) testkit.Response {
	r.Proto, r.Close, r.Header = "", false, r.Header.Clone()
	if date := r.Header.Get("Date"); !strings.HasSuffix(date, "2006 15:04:05 GMT") {
		r.Header["Date"] = []string{"now"}
	}
	// Envoy joins the lines of these headers, which are lists.
	for _, name := range []string{"Vary", "Cache-Control"} {
		if lines := r.Header[name]; lines != nil {
			r.Header[name] = []string{strings.Join(lines, ",")}
		}
	}
	return r
}
