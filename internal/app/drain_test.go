package app

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hevlayer.com/layer/internal/testkit"
)

// The order to stop turns new requests away at once and waits for those in flight.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := prepared(t, testkit.Patience, store("tpuf_a"))
	proxy := p.envoys(t)
	proxy.active.Store(1)
	stop := p.run(t)
	conn := p.dial(t)
	p.serving(t, conn)
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	proxy.awaits(t, "/healthcheck/fail")
	proxy.awaits(t, "/stats")
	if status := judge(t, conn, "tpuf_a"); status != http.StatusServiceUnavailable {
		t.Errorf("judged %d while draining", status)
	}
	if status, body := p.surface(t, "ready"); status != http.StatusServiceUnavailable || !strings.Contains(body, `"draining"`) {
		t.Errorf("ready: %d %s", status, body)
	}
	if status, _ := p.surface(t, "health"); status != http.StatusOK {
		t.Errorf("health: %d", status)
	}
	proxy.awaits(t, "/stats")
	select {
	case err := <-ended:
		t.Fatalf("ended with %v before the request in flight", err)
	default:
	}
	proxy.active.Store(0)
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// A request that never ends does not keep the process for ever.
func TestDrainTimeout(t *testing.T) {
	t.Parallel()
	p := prepared(t, time.Millisecond, store("tpuf_a"))
	p.envoys(t).active.Store(1)
	stop := p.run(t)
	p.serving(t, p.dial(t))
	if err := stop(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

// The marker asks clients to go elsewhere while everything is served; without it they may stay.
func TestMarker(t *testing.T) {
	t.Parallel()
	p := prepared(t, testkit.Patience, store("tpuf_a"))
	proxy := p.envoys(t)
	stop := p.run(t)
	conn := p.dial(t)
	p.serving(t, conn)
	if err := os.WriteFile(p.marker, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	proxy.awaits(t, "/healthcheck/fail")
	if status := judge(t, conn, "tpuf_a"); status != 0 {
		t.Errorf("judged %d", status)
	}
	if status, body := p.surface(t, "ready"); status != http.StatusServiceUnavailable || !strings.Contains(body, `"draining"`) {
		t.Errorf("ready: %d %s", status, body)
	}
	if err := os.Remove(p.marker); err != nil {
		t.Fatal(err)
	}
	proxy.awaits(t, "/healthcheck/ok")
	if err := stop(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestRunErrors(t *testing.T) {
	t.Parallel()
	p := prepared(t, time.Minute, store("tpuf_a"))
	gone := filepath.Join(t.TempDir(), "gone")
	for _, socket := range []*string{&p.cfg.Sockets.ExtProc, &p.cfg.Sockets.Gateway, &p.cfg.Sockets.ControlPlane} {
		*socket = filepath.Join(gone, filepath.Base(*socket))
	}
	if err := p.Run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "listen: ") {
		t.Errorf("ended with %v", err)
	}
	occupied := prepared(t, time.Minute, store("tpuf_a"))
	if err := os.MkdirAll(filepath.Join(occupied.sockets.Gateway, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := occupied.Run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "clear socket: ") {
		t.Errorf("ended with %v", err)
	}
}

// A process that is told to stop before it has begun ends.
func TestRunAfterTheEnd(t *testing.T) {
	t.Parallel()
	p := prepared(t, time.Minute, store("tpuf_a"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}
