package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"hevlayer.com/layer/internal/testkit"
)

const (
	maxBody = 512 << 20
	// maxGrowth is how much more memory a process may take for a stream of maxBody.
	maxGrowth = 64 << 20
)

// filler is an endless body.
type filler struct{}

func (filler) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func zeros(n int64) io.Reader { return io.LimitReader(filler{}, n) }

// memory reads one of the sizes that the kernel keeps of a process.
func memory(t *testing.T, pid, field string) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/" + pid + "/status") // #nosec G304
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), field+":"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatalf("/proc/%s/status has no %s", pid, field)
	return 0
}

// flat runs f and checks that neither process of a gateway takes much more memory for it than it had before.
func flat(t *testing.T, g *testkit.Gateway, what string, f func()) {
	t.Helper()
	before := map[string]int64{}
	for _, pid := range append(children(t, g.Layer.PID()), strconv.Itoa(g.Layer.PID())) {
		if err := os.WriteFile("/proc/"+pid+"/clear_refs", []byte("5"), 0o600); err != nil {
			t.Fatal(err)
		}
		before[pid] = memory(t, pid, "VmRSS")
	}
	f()
	for pid, size := range before {
		growth := memory(t, pid, "VmHWM") - size
		t.Logf("%s: process %s grew from %d MiB by %d MiB", what, pid, size>>20, growth>>20)
		if growth > maxGrowth {
			t.Errorf("want at most %d MiB", maxGrowth>>20)
		}
	}
}

// TestStream sends bodies of the largest size, and one byte more, through a gateway.
func TestStream(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t)
	g := testkit.InFront(t, u)

	t.Run("upload", func(t *testing.T) { streamUpload(t, u, g) })
	t.Run("download", func(t *testing.T) { streamDownload(t, u, g) })
	t.Run("limit", func(t *testing.T) { streamLimit(t, u, g) })
	t.Run("stranger", func(t *testing.T) { streamStranger(t, u, g) })
	t.Run("pieces", func(t *testing.T) { streamPieces(t, u, g) })
}

// upload is a request with a body of so many zeros, in chunks or with a declared length.
func upload(t *testing.T, url, key string, n int64, chunked bool) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, io.NopCloser(zeros(n)))
	if err != nil {
		t.Fatal(err)
	}
	if !chunked {
		req.ContentLength = n
	}
	req.Header.Set("Authorization", "Bearer "+key)
	return req
}

// send does a request and reads the answer, body and all.
func send(t *testing.T, client *http.Client, req *http.Request) (testkit.Response, error) {
	t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		return testkit.Response{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return testkit.Response{Status: resp.StatusCode, Header: resp.Header, Body: string(body), Close: resp.Close}, err
}

func streamUpload(t *testing.T, u *testkit.Upstream, g *testkit.Gateway) {
	u.Fail(testkit.Fault{DiscardBody: true, Status: 200, Body: "done"})
	for _, tt := range []struct {
		what, path string
		chunked    bool
		client     *http.Client
		url        string
	}{
		{"a declared length", "/v2/namespaces/large", false, testkit.NewClient(t), g.HTTP},
		{"chunks, to an operation that may be repeated", "/v2/namespaces/large/query", true, testkit.NewClient(t), g.HTTP},
		{"HTTP/2", "/v2/namespaces/large", true, testkit.NewTLSClient(t, g.CA, true), g.HTTPS},
	} {
		flat(t, g, tt.what, func() {
			r, err := send(t, tt.client, upload(t, tt.url+tt.path, testkit.StoreKey, maxBody, tt.chunked))
			if err != nil || r.Status != 200 || r.Body != "done" {
				t.Errorf("%s: %+v, %v", tt.what, r, err)
			}
		})
		if got := u.Last(); got.BodyLen != maxBody {
			t.Errorf("%s: %d bytes reached the store, want %d", tt.what, got.BodyLen, maxBody)
		}
	}
}

func streamDownload(t *testing.T, u *testkit.Upstream, g *testkit.Gateway) {
	piece := strings.Repeat("0123456789abcdef", 1<<12)
	for _, chunked := range []bool{false, true} {
		u.Fail(testkit.Fault{Status: 200, Body: piece, BodyRepeat: maxBody / len(piece), Chunked: chunked})
		flat(t, g, fmt.Sprintf("download, chunked %v", chunked), func() {
			req := upload(t, g.HTTP+"/v2/namespaces/large/query", testkit.StoreKey, 2, false)
			resp, err := testkit.NewClient(t).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			n, err := io.Copy(io.Discard, resp.Body)
			if err != nil || n != maxBody || resp.StatusCode != 200 || (resp.ContentLength == -1) != chunked {
				t.Errorf("status %d, length %d, %d bytes, %v", resp.StatusCode, resp.ContentLength, n, err)
			}
		})
	}
}

// streamLimit goes one byte over: a declared length is judged before anything of the body moves, chunks are counted.
func streamLimit(t *testing.T, u *testkit.Upstream, g *testkit.Gateway) {
	u.Fail(testkit.Fault{DiscardBody: true, Status: 200, Body: "done"})
	const want = `{"error":"payload_too_large","message":"the request body is over the limit"}`
	for _, path := range []string{"/v2/namespaces/large", "/v2/namespaces/large/query", "/v2/namespaces/large/documents"} {
		u.Forget()
		u.Fail(testkit.Fault{DiscardBody: true, Status: 200, Body: "done"})
		r := raw(t, g, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: layer\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n{", path, testkit.StoreKey, maxBody+1))
		refused(t, path, r, 413, want)
		if got := u.Received(); len(got) > 0 {
			t.Errorf("%s: a declared length over the limit: the store received %+v", path, got)
		}
	}
	flat(t, g, "chunks over the limit", func() {
		c := testkit.Dial(t, g.HTTP, "")
		c.Send("POST /v2/namespaces/large HTTP/1.1\r\nHost: layer\r\nAuthorization: Bearer " + testkit.StoreKey + "\r\nTransfer-Encoding: chunked\r\n\r\n")
		c.Send(fmt.Sprintf("%x\r\n", maxBody+1))
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			_, _ = io.Copy(c, zeros(maxBody+1)) // the answer ends it early
		}()
		r, err := c.Answer("POST")
		if err != nil {
			t.Errorf("chunks over the limit: %v", err)
		}
		refused(t, "chunks over the limit", r, 413, want)
		_ = c.Close()
		<-sent
	})
	testkit.Eventually(t, "the store sees the end of the request", func() bool { return len(u.Received()) == 1 })
	if got := u.Last(); got.BodyLen > maxBody {
		t.Errorf("chunks over the limit: %d bytes reached the store", got.BodyLen)
	}
}

// streamStranger announces a huge body without a key: the answer comes before the body does.
func streamStranger(t *testing.T, u *testkit.Upstream, g *testkit.Gateway) {
	u.Forget()
	for _, how := range []string{fmt.Sprintf("Content-Length: %d", maxBody), fmt.Sprintf("Content-Length: %d", maxBody+1), "Transfer-Encoding: chunked"} {
		refused(t, how, raw(t, g, "POST /v2/namespaces/large HTTP/1.1\r\nHost: layer\r\n"+how+"\r\n\r\n"), 401, noBearer)
		refused(t, how, raw(t, g, "POST /v2/namespaces/large HTTP/1.1\r\nHost: layer\r\nAuthorization: Bearer nobody\r\n"+how+"\r\n\r\n"), 403, unknownKey)
	}
	if got := u.Received(); len(got) > 0 {
		t.Errorf("the store received %+v", got)
	}
}

// streamPieces sends a body in pieces, with other requests in between.
func streamPieces(t *testing.T, u *testkit.Upstream, g *testkit.Gateway) {
	u.Forget()
	c := testkit.Dial(t, g.HTTP, "")
	body := `{"upsert_rows":[{"id":1}]}`
	c.Send(fmt.Sprintf("POST /v2/namespaces/pieces HTTP/1.1\r\nHost: layer\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", testkit.StoreKey, len(body)))
	for i := range len(body) {
		if i%8 == 0 {
			if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: testkit.StoreKey}); r.Status != 200 {
				t.Errorf("a request in between: %+v", r)
			}
		}
		c.Send(body[i : i+1])
	}
	r, err := c.Answer("POST")
	if err != nil || r.Status != 200 || u.Last().Body != body {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestStreamBrokenOff ends exchanges in the middle: a store may answer before it has the body, a client may leave before it is sent.
func TestStreamBrokenOff(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}), make(chan error)
	routes := http.NewServeMux()
	routes.HandleFunc("/v2/namespaces/early", answerEarly)
	routes.HandleFunc("/v2/namespaces/early/query", answerEarly)
	routes.HandleFunc("/v2/namespaces/abort", func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadFull(r.Body, make([]byte, 1000))
		begun <- struct{}{}
		if err == nil {
			_, err = io.Copy(io.Discard, r.Body)
		}
		ended <- err
	})
	store := httptest.NewServer(routes)
	t.Cleanup(store.Close)
	g := testkit.Dev(t, testkit.DevOptions{Env: []string{"TPUF_URL=" + store.URL, "TURBOPUFFER_API_KEY=" + testkit.StoreKey}})
	for _, framing := range []string{"Content-Length: 9000000", "Transfer-Encoding: chunked"} {
		head := " HTTP/1.1\r\nHost: layer\r\nAuthorization: Bearer " + testkit.StoreKey + "\r\n" + framing + "\r\n\r\n3e8\r\n" + strings.Repeat("x", 1000) + "\r\n"
		for _, path := range []string{"/v2/namespaces/early", "/v2/namespaces/early?stay", "/v2/namespaces/early/query", "/v2/namespaces/early/query?stay"} {
			if r := raw(t, g, "POST "+path+head); r.Status != 429 || r.Body != "theirs" || r.Header.Get("Retry-After") != "9" {
				t.Errorf("%s with %s: %+v; want the store's 429", path, framing, r)
			}
		}
		c := testkit.Dial(t, g.HTTP, "")
		c.Send("POST /v2/namespaces/abort" + head)
		<-begun
		_ = c.Close()
		if err := <-ended; err == nil {
			t.Errorf("%s: a body that was broken off looks whole to the store", framing)
		}
	}
}

// answerEarly answers without reading the body, which net/http would do. With the query "stay" the connection is kept.
func answerEarly(w http.ResponseWriter, r *http.Request) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 9\r\nContent-Length: 6\r\n\r\ntheirs")
	if r.URL.RawQuery == "stay" {
		_, _ = io.Copy(io.Discard, c)
	}
}
