package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serve starts a server and returns it as a gateway with no process of its own.
func serve(t *testing.T, handler http.HandlerFunc) *gateway {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return &gateway{name: "test", addr: strings.TrimPrefix(srv.URL, "http://"), key: "key"}
}

func testLoad(t *testing.T, g *gateway) load {
	t.Helper()
	request, err := serialize(g, "/v2/namespaces/ns/query", []byte(smallQuery))
	if err != nil {
		t.Fatal(err)
	}
	return load{addr: g.addr, request: request, connections: 3, warmUp: time.Millisecond, window: 300 * time.Millisecond}
}

func noCPU() (time.Duration, error) { return 0, nil }

func TestLoadCountsAnswersAndCPU(t *testing.T) {
	t.Parallel()
	var bad atomic.Pointer[string]
	var seen atomic.Int64
	g := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		got := fmt.Sprintf("%s %s %s %s %v", r.Method, r.URL, r.Header.Get("Authorization"), body, err)
		if got != "POST /v2/namespaces/ns/query Bearer key "+smallQuery+" <nil>" {
			bad.Store(&got)
		}
		seen.Add(1)
		fmt.Fprint(w, `{"rows":[]}`)
	})
	var reads atomic.Int64
	res, err := testLoad(t, g).run(t.Context(), func() (time.Duration, error) {
		return time.Duration(reads.Add(1)) * time.Second, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if b := bad.Load(); b != nil {
		t.Errorf("the server saw %q", *b)
	}
	if res.Requests == 0 || int64(res.Requests) > seen.Load() {
		t.Errorf("%d answers counted, %d given", res.Requests, seen.Load())
	}
	if want := time.Second / time.Duration(res.Requests); res.CPU != want {
		t.Errorf("%s of CPU per request, want %s", res.CPU, want)
	}
	if res.P50 <= 0 || res.PerSecond <= 0 {
		t.Errorf("p50 %s, %f requests per second", res.P50, res.PerSecond)
	}
}

func TestLoadFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		handler http.HandlerFunc
		change  func(*load)
		want    string
	}{
		"another status": {
			handler: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no key", http.StatusForbidden) },
			want:    "status 403: no key",
		},
		"a short answer": {
			handler: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") },
			change:  func(l *load) { l.minAnswer = 10 },
			want:    "an answer of 2 bytes, want 10 or more",
		},
		"a dropped connection": {
			handler: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			want:    "receive",
		},
		"nobody there": {
			handler: func(http.ResponseWriter, *http.Request) {},
			change:  func(l *load) { l.addr = "127.0.0.1:1" },
			want:    "connect",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := testLoad(t, serve(t, tt.handler))
			if tt.change != nil {
				tt.change(&l)
			}
			_, err := l.run(t.Context(), noCPU)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestLoadWithoutAnAnswerFails(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	g := serve(t, func(http.ResponseWriter, *http.Request) { <-over })
	l := testLoad(t, g)
	l.window = time.Millisecond
	reads := 0
	_, err := l.run(t.Context(), func() (time.Duration, error) {
		if reads++; reads == 2 { // the second reading is at the end of the window
			close(over)
		}
		return 0, nil
	})
	if err == nil || !strings.Contains(err.Error(), "no request was answered") {
		t.Errorf("error %v", err)
	}
}

func TestLoadReportsALostProcess(t *testing.T) {
	t.Parallel()
	g := serve(t, func(http.ResponseWriter, *http.Request) {})
	_, err := testLoad(t, g).run(t.Context(), func() (time.Duration, error) { return 0, io.ErrUnexpectedEOF })
	if err == nil || !strings.Contains(err.Error(), io.ErrUnexpectedEOF.Error()) {
		t.Errorf("error %v", err)
	}
}

func TestLoadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	g := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the server notices a closed connection only after the body
		cancel()
		<-r.Context().Done() // an answer that never comes
	})
	l := testLoad(t, g)
	l.window = time.Hour
	if _, err := l.run(ctx, noCPU); err == nil {
		t.Error("a canceled round has a result")
	}
}
