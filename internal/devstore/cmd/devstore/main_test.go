package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBadArguments(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"unknown flag":   {[]string{"-nope"}, "-nope"},
		"extra argument": {[]string{"serve"}, "unexpected argument"},
		"all addresses":  {[]string{"-listen", "0.0.0.0:0"}, "loopback"},
		"host name":      {[]string{"-listen", "localhost:0"}, "loopback"},
		"no port":        {[]string{"-listen", "127.0.0.1"}, "loopback"},
		"half of TLS":    {[]string{"-tls-cert", "x"}, "go together"},
		"no certificate": {[]string{"-tls-cert", "/nonexistent/c", "-tls-key", "/nonexistent/k"}, "/nonexistent/c"},
		"no folder":      {[]string{"-data", "/dev/null/x"}, "/dev/null/x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := run(t.Context(), tc.args, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// TestRun starts the program as a shell would, uses it and stops it; data is there the next time.
func TestRun(t *testing.T) {
	t.Parallel()
	args := []string{"-api-key", "a,b", "-admin", "-record", "-query-cache", "-h2c", "-data", filepath.Join(t.TempDir(), "new")}
	for i, want := range []string{`{"namespaces":[]}`, `{"namespaces":[{"id":"kept"}]}`} {
		ctx, stop := context.WithCancel(t.Context())
		url, ended := start(ctx, t, args)
		if got := request(t, http.MethodGet, url+"/v1/namespaces", ""); got != want {
			t.Errorf("start %d: got %s, want %s", i, got, want)
		}
		request(t, http.MethodPost, url+"/v2/namespaces/kept", `{"upsert_rows":[{"id":1}]}`)
		if got := request(t, http.MethodGet, url+"/_admin/requests", ""); !strings.Contains(got, "/v2/namespaces/kept") {
			t.Errorf("start %d: recorded %s", i, got)
		}
		http.DefaultClient.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("start %d: %v", i, err)
		}
	}
}

func start(ctx context.Context, t *testing.T, args []string) (url string, ended chan error) {
	t.Helper()
	r, w := io.Pipe()
	ended = make(chan error, 1)
	go func() {
		err := run(ctx, args, w)
		ended <- err
		_ = w.CloseWithError(io.EOF) // never fails
	}()
	lines := bufio.NewScanner(r)
	if !lines.Scan() {
		t.Fatalf("no ready line: %v", <-ended)
	}
	url, ok := strings.CutPrefix(lines.Text(), "devstore ready on ")
	if !ok {
		t.Fatalf("ready line: %s", lines.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, r) }() // ends with the pipe
	return url, ended
}

func request(t *testing.T, method, url, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer b")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s %v", res.StatusCode, text, err)
	}
	return string(text)
}
