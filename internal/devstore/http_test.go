package devstore

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAuth(t *testing.T) {
	t.Parallel()
	keyed := newClient(t, Config{APIKeys: []string{"one", "two"}})
	open := newClient(t, Config{})
	for name, tc := range map[string]struct {
		c      *client
		lines  []string
		status int
	}{
		"first key":       {keyed, []string{"Bearer one"}, 200},
		"second key":      {keyed, []string{"Bearer two"}, 200},
		"scheme case":     {keyed, []string{"bearer one"}, 200},
		"wrong key":       {keyed, []string{"Bearer three"}, 401},
		"prefix of a key": {keyed, []string{"Bearer on"}, 401},
		"no header":       {keyed, nil, 401},
		"other scheme":    {keyed, []string{"Basic one"}, 401},
		"two headers":     {keyed, []string{"Bearer one", "Bearer one"}, 401},
		"any key":         {open, []string{"Bearer anything"}, 200},
		"empty key":       {open, []string{"Bearer "}, 401},
		"open, no header": {open, nil, 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tc.c.url+"/v1/namespaces", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header["Authorization"] = tc.lines
			res, err := tc.c.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			a := answer{t, res.StatusCode, res.Header, string(body)}
			if tc.status == 200 {
				a.ok()
			} else {
				a.refused(401, "API key")
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{})
	c.write("n", `{"upsert_rows":[{"id":1}]}`).ok()
	long := strings.Repeat("x", 129)
	for request, want := range map[string]int{
		"GET /v1/namespaces": 200, "GET /v2/namespaces": 404, "POST /v1/namespaces": 405, "GET /": 404, "GET /v1": 404,
		"GET /v1/namespaces/": 404, "GET /v1/namespacesx": 404, "GET //v1/namespaces": 404, "GET /v3/namespaces": 404,
		"GET /v1/namespaces/n/schema": 200, "GET /v1/namespaces/n/schema/": 404, "GET /v2/namespaces/n/schema": 404,
		"GET /v1/namespaces/n/metadata": 200, "GET /v2/namespaces/n/metadata": 200, "PATCH /v2/namespaces/n/metadata": 405,
		"GET /v1/namespaces/n/hint_cache_warm": 202, "DELETE /v1/namespaces/n/schema": 405,
		"POST /v1/namespaces/n": 404, "DELETE /v1/namespaces/n": 404, "PATCH /v2/namespaces/n": 405, "GET /v2/namespaces/n": 405,
		"GET /v2/namespaces/n/query": 405, "POST /v1/namespaces/n/query": 404, "POST /v2/namespaces/n/query/x": 404,
		"GET /v1/namespaces/n/operations": 404, "GET /v1/namespaces/n/operations/": 404, "GET /v1/namespaces/n/operations/x": 404,
		"GET /v1/namespaces/%6E/schema": 200, "GET /v1/namespaces/n%2Fschema/schema": 400, "GET /v1/namespaces/ä/schema": 400,
		"GET /v1/namespaces/" + long + "/schema": 400, "GET /v1/namespaces/" + long[1:] + "/schema": 404,
		"POST /v2/namespaces/a%20b": 400, "BREW /v1/namespaces": 405, "GET /_admin/health": 404, "GET /_admin/requests": 404,
	} {
		method, path, _ := strings.Cut(request, " ")
		a := c.do(method, path, "")
		if a.status != want {
			t.Errorf("%s: got %d %s, want %d", request, a.status, a.body, want)
		}
		if a.status >= 400 {
			a.refused(want, "")
		}
		if allow := a.header.Get("Allow"); (allow != "") != (want == 405) {
			t.Errorf("%s: Allow is %q", request, allow)
		}
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	c := zoo(t, Config{})
	for path, status := range map[string]int{"/v1/namespaces/zoo/schema": 200, "/v1/namespaces/none/schema": 404, "/v1/namespaces": 200} {
		get, head := c.do("GET", path, ""), c.do("HEAD", path, "")
		if head.status != status || head.body != "" || head.header.Get("Content-Type") != "application/json" ||
			head.header.Get("Content-Length") != get.header.Get("Content-Length") {
			t.Errorf("HEAD %s: %d %q %v", path, head.status, head.body, head.header)
		}
	}
}

func gzipped(t *testing.T, s string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	if _, err := io.WriteString(g, s); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestGzip(t *testing.T) {
	t.Parallel()
	c := animals(t, Config{})
	a, err := c.send("POST", "/v2/namespaces/animals", gzipped(t, `{"upsert_rows":[{"id":"zipped"}]}`), "Content-Encoding", "gzip")
	if err != nil {
		t.Fatal(err)
	}
	a.ok()
	const query = `{"rank_by":["id","asc"],"limit":50,"include_attributes":true}`
	plain := c.do("POST", "/v2/namespaces/animals/query", query, "Accept-Encoding", "identity").ok()
	if plain.header.Get("Content-Encoding") != "" {
		t.Errorf("identity was asked for: %v", plain.header)
	}
	zipped := c.do("POST", "/v2/namespaces/animals/query", query, "Accept-Encoding", "br, gzip;q=0.5").ok()
	g, err := gzip.NewReader(strings.NewReader(zipped.body))
	if err != nil || zipped.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v %v", err, zipped.header)
	}
	text, err := io.ReadAll(g)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows", answer{t: t, body: string(text)}.member("rows"), plain.member("rows"))
	for _, accept := range []string{"gzip;q=0", "br", "x-gzip"} {
		if got := c.do("POST", "/v2/namespaces/animals/query", query, "Accept-Encoding", accept).ok().header.Get("Content-Encoding"); got != "" {
			t.Errorf("Accept-Encoding %s got %s", accept, got)
		}
	}
	c.do("POST", "/v2/namespaces/animals", "no gzip", "Content-Encoding", "gzip").refused(400, "read the request body")
	c.do("POST", "/v2/namespaces/animals", "{}", "Content-Encoding", "br").refused(415, "unsupported content encoding")
}

// TestBodyLimit lowers the limit; a body over it is refused however its size is told.
func TestBodyLimit(t *testing.T) {
	t.Parallel()
	s, err := Open(Config{})
	if err != nil {
		t.Fatal(err)
	}
	s.maxBody = 200_000
	c := clientOf(t, s)
	fits := `{"upsert_rows":[{"id":1,"s":"` + strings.Repeat("x", 199_900) + `"}]}`
	over := `{"upsert_rows":[{"id":2,"s":"` + strings.Repeat("x", 199_999) + `"}]}`
	for name, body := range map[string]func(string) (io.Reader, string){
		"length":  func(s string) (io.Reader, string) { return strings.NewReader(s), "identity" },
		"chunked": func(s string) (io.Reader, string) { return io.MultiReader(strings.NewReader(s)), "identity" },
		"gzip":    func(s string) (io.Reader, string) { return gzipped(t, s), "gzip" },
	} {
		r, enc := body(fits)
		a, err := c.send("POST", "/v2/namespaces/big", r, "Content-Encoding", enc)
		if err != nil {
			t.Fatal(name, err)
		}
		a.ok()
		r, enc = body(over)
		if a, err = c.send("POST", "/v2/namespaces/big", r, "Content-Encoding", enc); err != nil {
			t.Fatal(name, err)
		}
		a.refused(413, "larger than 200000 bytes")
	}
}

// TestCutBodies wants a body that ends early to be refused, even where what came is JSON already.
func TestCutBodies(t *testing.T) {
	t.Parallel()
	s, err := Open(Config{})
	if err != nil {
		t.Fatal(err)
	}
	const write = `{"upsert_rows":[{"id":1}]}`
	zipped := gzipped(t, write).String()
	for name, tc := range map[string]struct {
		body     io.Reader
		length   int64
		encoding string
	}{
		"small":         {strings.NewReader(write), 100, ""},
		"large":         {strings.NewReader(write), 1 << 20, ""},
		"chunked":       {io.MultiReader(strings.NewReader(write), cutReader{}), -1, ""},
		"gzip":          {strings.NewReader(zipped[:len(zipped)-8]), int64(len(zipped)), "gzip"},
		"gzip checksum": {strings.NewReader(zipped[:len(zipped)-8] + "12345678"), int64(len(zipped)), "gzip"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/v2/namespaces/cut", tc.body)
		r.ContentLength = tc.length
		r.Header.Set("Authorization", "Bearer k")
		if tc.encoding != "" {
			r.Header.Set("Content-Encoding", tc.encoding)
		}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != 400 || !strings.Contains(w.Body.String(), "read the request body") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// cutReader is a connection that is lost.
type cutReader struct{}

func (cutReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// zeros is a body that costs nothing to make.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// smallReads is zeros that notes the largest buffer it was given.
type smallReads struct{ largest int }

func (r *smallReads) Read(p []byte) (int, error) {
	r.largest = max(r.largest, len(p))
	return zeros{}.Read(p)
}

// TestHugeBodyIsRefusedWithoutKeepingIt announces more than the limit.
func TestHugeBodyIsRefusedWithoutKeepingIt(t *testing.T) {
	t.Parallel()
	s, err := Open(Config{})
	if err != nil {
		t.Fatal(err)
	}
	body := &smallReads{}
	r := httptest.NewRequest(http.MethodPost, "/v2/namespaces/big", io.LimitReader(body, maxBody+1))
	r.ContentLength = maxBody + 1
	r.Header.Set("Authorization", "Bearer k")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	answer{t: t, status: w.Code, body: w.Body.String()}.refused(413, "larger than 536870912 bytes")
	if body.largest > 1<<20 {
		t.Errorf("read into a buffer of %d bytes", body.largest)
	}
}

// TestPanicIsAnswered is about the net under bugs, which no request should reach.
func TestPanicIsAnswered(t *testing.T) {
	t.Parallel()
	s, err := Open(Config{})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/v2/namespaces/n/query", panicBody{})
	r.Header.Set("Authorization", "Bearer k")
	s.names.claim("n").live.Store(true)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	answer{t: t, status: w.Code, body: w.Body.String()}.refused(500, "internal error")
}

type panicBody struct{}

func (panicBody) Read([]byte) (int, error) { panic("a bug") }
