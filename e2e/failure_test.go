package e2e

import (
	"syscall"
	"testing"

	"hevlayer.com/layer/internal/testkit"
)

// unavailable is what a client gets while requests can't be judged.
func unavailable(r testkit.Response) bool {
	return r.Status == 503 && r.Code() == "gateway_unavailable" && r.Header.Get("Content-Type") == "application/json"
}

// TestFilterGone ends, freezes and restarts the filter's process under load from a stranger: nobody gets past, whatever state
// the filter is in, and those with a key are served again as soon as it is back.
func TestFilterGone(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t)
	g := testkit.Split(t, u, "LAYER_FILTER_TIMEOUT_MS=300")
	list := g.HTTP + "/v1/namespaces"
	u.Forget()
	strangers := testkit.StartLoad(t, 4, testkit.Request{URL: list, Key: "stranger"}, func(r testkit.Response) bool {
		return r.Status == 403 || unavailable(r)
	})

	g.Layer.Signal(t, syscall.SIGSTOP)
	testkit.Eventually(t, "a hung filter is 503", func() bool {
		return unavailable(testkit.Do(t, testkit.Request{URL: list, Key: testkit.StoreKey}))
	})
	strangers.More(t, 8)
	g.Layer.Signal(t, syscall.SIGCONT)
	g.WaitReady(t)

	g.Layer.Kill()
	testkit.Eventually(t, "a dead filter is 503", func() bool {
		return unavailable(testkit.Do(t, testkit.Request{URL: list, Key: testkit.StoreKey}))
	})
	if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/health"}); !unavailable(r) {
		t.Errorf("a public route without the gateway: %+v", r)
	}
	strangers.More(t, 50)

	g.Restart(t)
	if r := testkit.Do(t, testkit.Request{URL: list, Key: testkit.StoreKey}); r.Status != 200 {
		t.Errorf("after the restart: %+v", r)
	}
	strangers.More(t, 50)
	if bad := strangers.Stop(); len(bad) > 0 {
		t.Errorf("a stranger got: %v", bad)
	}
	for _, r := range u.Received() {
		if r.Header.Get("Authorization") != "Bearer "+testkit.StoreKey {
			t.Errorf("the store received %+v", r)
		}
	}
}

// TestGatewayRestartKeepsRequestsInFlight ends the gateway while the store has a request: Envoy finishes it alone.
func TestGatewayRestartKeepsRequestsInFlight(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t)
	g := testkit.Split(t, u)
	u.Fail(testkit.Fault{PathContains: "/slow/", DelayMS: 2000, Status: 200, Body: "slow"})
	slow := make(chan testkit.Response, 1)
	go func() {
		r, _ := testkit.Try(t, testkit.Request{URL: g.HTTP + "/v1/namespaces/slow/metadata", Key: testkit.StoreKey})
		slow <- r
	}()
	testkit.Eventually(t, "the slow request is at the store", func() bool { return atStore(t, g) > 0 })
	g.Layer.Kill()
	if r := <-slow; r.Status != 200 || r.Body != "slow" {
		t.Errorf("a request that was judged before the gateway died: %+v", r)
	}
	g.Restart(t)
}

// TestEnvoyRestarts ends the Envoy of a development gateway: a new one takes its place.
func TestEnvoyRestarts(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t)
	g := testkit.InFront(t, u)
	for _, pid := range children(t, g.Layer.PID()) {
		var n int
		for _, digit := range pid {
			n = 10*n + int(digit-'0')
		}
		if err := syscall.Kill(n, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Eventually(t, "the gateway serves again", func() bool {
		r, err := testkit.Try(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: testkit.StoreKey})
		return err == nil && r.Status == 200
	})
}
