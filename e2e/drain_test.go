package e2e

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/testkit"
)

// atStore counts the requests that a store has yet to answer; each of them has been judged.
func atStore(t *testing.T, g *testkit.Gateway) int {
	t.Helper()
	dir := g.Dir
	if g.Envoy == nil {
		dir = filepath.Join(dir, "run")
	}
	sockets, err := envoy.SocketsIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", sockets.Admin)
	}}}
	r := testkit.Do(t, testkit.Request{URL: "http://envoy/stats?filter=^cluster\\.store/.*\\.upstream_rq_active$", Client: client})
	_, count, _ := strings.Cut(strings.TrimSpace(r.Body), ": ")
	n, err := strconv.Atoi(count)
	if err != nil {
		t.Fatalf("Envoy's statistics: %+v", r)
	}
	return n
}

// TestDrain goes through both phases under load: while the marker is there every request is served and clients are asked to
// go; after SIGTERM new requests are turned away, public routes keep answering, and those in flight finish.
func TestDrain(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t)
	g := testkit.Split(t, u)
	list := testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: testkit.StoreKey}
	marker := filepath.Join(g.Dir, "draining")
	load := testkit.StartLoad(t, 4, list, testkit.OK)
	if load.Closed() != 0 {
		t.Error("connections are closed before the marker is there")
	}

	if err := os.WriteFile(marker, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the gateway is not ready", func() bool {
		r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/ready"})
		return r.Status == 503 && strings.Contains(r.Body, `"status":"draining"`)
	})
	testkit.Eventually(t, "answers close their connection", func() bool { return testkit.Do(t, list).Close })
	load.More(t, 100)
	if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/health"}); r.Status != 200 {
		t.Errorf("health with the marker: %+v", r)
	}

	if err := os.Remove(marker); err != nil {
		t.Fatal(err)
	}
	g.WaitReady(t)
	testkit.Eventually(t, "connections are kept again", func() bool { return !testkit.Do(t, list).Close })
	if err := os.WriteFile(marker, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	load.More(t, 100)
	if bad := load.Stop(); len(bad) > 0 {
		t.Errorf("requests failed in the marker phase: %v", bad)
	}

	u.Fail(testkit.Fault{PathContains: "/slow/", DelayMS: 2500, Status: 200, Body: "slow"})
	slow := make(chan testkit.Response, 1)
	go func() {
		r, _ := testkit.Try(t, testkit.Request{URL: g.HTTP + "/v1/namespaces/slow/metadata", Key: testkit.StoreKey})
		slow <- r
	}()
	testkit.Eventually(t, "the slow request is at the store", func() bool { return atStore(t, g) > 0 })
	g.Layer.Signal(t, syscall.SIGTERM)
	testkit.Eventually(t, "new requests are turned away", func() bool {
		r := testkit.Do(t, list)
		return r.Status == 503 && r.Code() == "gateway_draining" && r.Close
	})
	if r := testkit.Do(t, testkit.Request{URL: list.URL, Key: "stranger"}); r.Status != 403 {
		t.Errorf("a stranger while draining: status %d, want 403", r.Status)
	}
	if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/health"}); r.Status != 200 {
		t.Errorf("health while draining: %+v", r)
	}
	if r := <-slow; r.Status != 200 || r.Body != "slow" {
		t.Errorf("the request in flight: %+v", r)
	}
	if code := g.Layer.Wait(t); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

// TestDevDrains checks that Ctrl-C lets a request finish before Envoy ends.
func TestDevDrains(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t)
	g := testkit.InFront(t, u)
	u.Fail(testkit.Fault{PathContains: "/slow/", DelayMS: 1500, Status: 200, Body: "slow"})
	slow := make(chan testkit.Response, 1)
	go func() {
		r, _ := testkit.Try(t, testkit.Request{URL: g.HTTP + "/v1/namespaces/slow/metadata", Key: testkit.StoreKey})
		slow <- r
	}()
	testkit.Eventually(t, "the slow request is at the store", func() bool { return atStore(t, g) > 0 })
	g.Layer.Signal(t, syscall.SIGINT)
	if r := <-slow; r.Status != 200 || r.Body != "slow" {
		t.Errorf("the request in flight: %+v", r)
	}
	if code := g.Layer.Wait(t); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}
