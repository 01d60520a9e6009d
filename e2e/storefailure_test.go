package e2e

import (
	"io"
	"sync/atomic"
	"testing"

	"hevlayer.com/layer/internal/testkit"
)

// TestStoreFailures checks what a client gets where a store does not answer, and how often the store was asked.
func TestStoreFailures(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t)
	dir := t.TempDir()
	writeFile(t, dir, "all.yaml", storeYAML("main", u.URL, true)+secretYAML("main", testkit.StoreKey)+
		storeYAML("down", "http://"+testkit.FreeAddress(t), false)+secretYAML("down", "x")+indexYAML("down", "down")+
		storeYAML("nowhere", "http://nowhere.invalid", false)+secretYAML("nowhere", "x")+indexYAML("nowhere", "nowhere"))
	g := testkit.Dev(t, testkit.DevOptions{Resources: dir, Env: []string{"LAYER_UPSTREAM_READ_TIMEOUT_MS=300", "LAYER_UPSTREAM_WRITE_TIMEOUT_MS=600"}})
	unreachable := `{"error":"upstream_error","message":"the store can't be reached or broke off its answer"}`
	late := `{"error":"gateway_timeout","message":"the store did not answer in time"}`
	read, write := "/v2/namespaces/products/query", "/v2/namespaces/products"
	for _, tt := range []struct {
		what, path string
		fault      testkit.Fault
		status     int
		body       string
		attempts   int
	}{
		{"down", "/v2/namespaces/down/query", testkit.Fault{}, 502, unreachable, 0},
		{"down, a write", "/v2/namespaces/down", testkit.Fault{}, 502, unreachable, 0},
		{"no such host", "/v2/namespaces/nowhere", testkit.Fault{}, 502, unreachable, 0},
		{"slow", read, testkit.Fault{DelayMS: 900}, 504, late, 1},
		{"slow, a write", write, testkit.Fault{DelayMS: 1800}, 504, late, 1},
		{"drops a write", write, testkit.Fault{Close: true}, 502, unreachable, 1},
		{"drops a write before it is read", write, testkit.Fault{CloseEarly: true}, 502, unreachable, 1},
		{"drops an asynchronous copy", "/v2/namespaces/products/async", testkit.Fault{Close: true}, 502, unreachable, 1},
		{"drops a query for good", read, testkit.Fault{Close: true}, 502, unreachable, 3},
		{"drops a query once", read, testkit.Fault{Close: true, Count: 1}, 404, "", 2},
		{"drops a query twice", read, testkit.Fault{Close: true, Count: 2}, 404, "", 3},
		{"says 503 to a query once", read, testkit.Fault{Status: 503, Count: 1}, 404, "", 2},
		{"says 503 to a query for good", read, testkit.Fault{Status: 503, Body: "theirs"}, 503, "theirs", 3},
		{"says 500 to a query", read, testkit.Fault{Status: 500, Body: "theirs"}, 500, "theirs", 1},
		{"says 429 to a query", read, testkit.Fault{Status: 429, Body: "theirs"}, 429, "theirs", 1},
		{"says 503 to a write", write, testkit.Fault{Status: 503, Body: "theirs"}, 503, "theirs", 1},
		{"says 502 to a write", write, testkit.Fault{Status: 502, Body: "theirs"}, 502, "theirs", 1},
	} {
		u.Forget()
		u.Fail(testkit.Fault{PathContains: "/none"}, tt.fault)
		r := testkit.Do(t, testkit.Request{URL: g.HTTP + tt.path, Key: testkit.StoreKey, Body: `{"rank_by":["id","asc"]}`})
		if r.Status != tt.status || tt.body != "" && r.Body != tt.body || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %+v, want %d %s", tt.what, r, tt.status, tt.body)
		}
		testkit.Eventually(t, tt.what+": the attempts at the store have ended", func() bool { return len(u.Received()) >= tt.attempts })
		if got := len(u.Received()); got != tt.attempts {
			t.Errorf("%s: the store was asked %d times, want %d", tt.what, got, tt.attempts)
		}
	}
	t.Run("cut answers", func(t *testing.T) { cutAnswers(t, u, g) })
	t.Run("an unread request", func(t *testing.T) { deadlineWhileSending(t, u, g) })
}

// cutAnswers breaks off in the middle of an answer: the client sees that it is not whole, and it is not asked for again.
func cutAnswers(t *testing.T, u *testkit.Upstream, g *testkit.Gateway) {
	for proto, via := range clientsOf(t, g) {
		u.Forget()
		u.Fail(testkit.Fault{Status: 200, Body: `{"rows":[1,2,3]}`, Truncate: 8})
		r, err := testkit.Try(t, testkit.Request{URL: via.URL + "/v2/namespaces/products/query", Key: testkit.StoreKey, Body: "{}", Client: via.Client})
		if err == nil {
			t.Errorf("%s: half an answer looks whole: %+v", proto, r)
		}
		if got := len(u.Received()); got != 1 {
			t.Errorf("%s: the store was asked %d times, want 1", proto, got)
		}
	}
}

// deadlineWhileSending checks that the time-out counts from the end of the request: a slow sender is not cut off by it.
func deadlineWhileSending(t *testing.T, u *testkit.Upstream, g *testkit.Gateway) {
	u.Forget()
	pr, pw := io.Pipe()
	var answered atomic.Bool
	result := make(chan testkit.Response, 1)
	go func() {
		r, err := testkit.Try(t, testkit.Request{Method: "POST", URL: g.HTTP + "/v2/namespaces/products/query", Key: testkit.StoreKey, Stream: pr})
		if err != nil {
			r.Body = err.Error()
		}
		answered.Store(true)
		result <- r
	}()
	_, _ = io.WriteString(pw, `{"rank_by":["id",`)
	// Two requests that run into the time-out one after the other outlast it for the one that is still being sent.
	u.Fail(testkit.Fault{PathContains: "/slow/", DelayMS: 5000})
	for range 2 {
		if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces/slow/metadata", Key: testkit.StoreKey}); r.Status != 504 {
			t.Errorf("a slow request: %+v", r)
		}
	}
	if answered.Load() {
		t.Error("a request was answered before it was sent")
	}
	_, _ = io.WriteString(pw, `"asc"]}`)
	_ = pw.Close()
	if r := <-result; r.Status != 404 { // the store has no such namespace
		t.Errorf("a request that took long to send: %+v", r)
	}
}
