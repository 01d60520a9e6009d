package dev

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestGreeting(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	greeting{
		http: "http://127.0.0.1:8080", https: "https://127.0.0.1:8443", ca: ".layer/ca/ca.pem", store: "the embedded store in .layer/store",
		bearer: "$(cat .layer/api-key)",
	}.write(&out)
	lines := strings.Split(out.String(), "\n")
	if want := "layer: ready on http://127.0.0.1:8080 and https://127.0.0.1:8443, in front of the embedded store in .layer/store"; lines[0] != want {
		t.Errorf("ready line %q", lines[0])
	}
	commands := 0
	for _, l := range lines {
		if strings.HasPrefix(l, "  curl ") {
			commands++
			if !strings.Contains(l, ` http://127.0.0.1:8080/v`) || !strings.Contains(l, `-H "Authorization: Bearer $(cat .layer/api-key)"`) {
				t.Errorf("command %q", l)
			}
		}
	}
	if commands != 3 || !strings.Contains(out.String(), "curl --cacert .layer/ca/ca.pem https://127.0.0.1:8443/") || strings.Contains(out.String(), "%!") {
		t.Errorf("%d commands in:\n%s", commands, &out)
	}
}

func TestWaitReady(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := asked.Add(1); n < 3 || r.URL.Path != "/ready" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	if err := waitReady(t.Context(), server.URL); err != nil || asked.Load() != 3 {
		t.Errorf("asked %d times, %v", asked.Load(), err)
	}
}

// Waiting ends with the context, with the reason that it gives.
func TestWaitReadyGivesUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("told to stop")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		cancel(reason)
	}))
	defer server.Close()
	if err := waitReady(ctx, server.URL); !errors.Is(err, reason) {
		t.Errorf("error %v", err)
	}
	if err := waitReady(t.Context(), "http://a b"); err == nil {
		t.Error("waits for what is no URL")
	}
}
