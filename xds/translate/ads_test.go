package translate_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/serve"
	"hevlayer.com/layer/xds/translate"
)

// word is what an Envoy made of a configuration.
type word struct {
	taken    *policy.Table
	problems []policy.Problem
}

// plane is a control plane with an Envoy on it.
type plane struct {
	*serve.Server
	words chan word
	dir   string
	envoy *envoy.Process
}

func newPlane(t testing.TB) *plane {
	t.Helper()
	p := &plane{words: make(chan word, 16), dir: socketDir(t)}
	p.Server = serve.New(serve.Config{
		Logger:   slog.New(slog.DiscardHandler),
		Serving:  func(*policy.Table) {},
		Accepted: func(table *policy.Table) { p.words <- word{taken: table} },
		Refused:  func(_ *policy.Table, problems []policy.Problem) { p.words <- word{problems: problems} },
		Observe:  func(string, bool) {},
	})
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", sockets(t, p.dir).ControlPlane)
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	p.Register(t.Context(), g)
	done := make(chan error, 1)
	go func() { done <- g.Serve(l) }()
	t.Cleanup(func() {
		g.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	b, err := envoy.Bootstrap(sockets(t, p.dir), "test")
	if err != nil {
		t.Fatal(err)
	}
	p.envoy = runEnvoy(t, writeBootstrap(t, p.dir, b))
	return p
}

// publish serves a configuration and returns Envoy's word on it.
func (p *plane) publish(t testing.TB, r translate.Resources) (*policy.Table, word) {
	t.Helper()
	for _, l := range r.Listeners {
		if pipe := l.GetAddress().GetPipe(); pipe != nil {
			pipe.Path = sockets(t, p.dir).Egress
		}
	}
	if err := p.Publish(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r.Table, p.next(t)
}

func (p *plane) next(t testing.TB) word {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case w := <-p.words:
		return w
	case <-ctx.Done():
		t.Fatal("Envoy has neither taken nor refused the configuration")
		return word{}
	}
}

// One Envoy takes every case over ADS, one after the other: as its first configuration and in place of another.
func TestEnvoyTakesEveryCaseOverADS(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	for _, name := range caseNames(t) {
		table, w := p.publish(t, readCase(t, name).translated(t))
		if w.taken != table {
			t.Fatalf("%s: Envoy refused it: %v", name, w.problems)
		}
	}
}

// A store that only Envoy finds fault with is named, and what was in force before is served again and taken.
func TestEnvoyRefusesAndGoesBack(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	c := testCase{Options: optionsCase{HTTP: "127.0.0.1:0"}, Stores: []storeCase{
		{Name: "main", URL: "http://main.localhost", Credential: "tpuf_main", Default: true},
		{Name: "other", URL: "http://other.localhost", Credential: "tpuf_other"},
	}}
	before, w := p.publish(t, c.translated(t))
	if w.taken != before {
		t.Fatalf("Envoy refused the good configuration: %v", w.problems)
	}
	c.Stores[1].URL = "https://other.localhost"
	opts := c.options(t)
	opts.SystemRoots = "testdata/missing.pem"
	bad, _ := translate.Translate(c.table(t), opts)
	_, w = p.publish(t, bad)
	if len(w.problems) != 1 {
		t.Fatalf("Envoy's word on the bad configuration: %+v", w)
	}
	compare(t, "object", policy.Object{Kind: "VectorStore", Name: "other"}, w.problems[0].Object)
	if !strings.Contains(w.problems[0].Message, "testdata/missing.pem") {
		t.Errorf("the problem does not carry Envoy's message: %s", w.problems[0].Message)
	}
	if w := p.next(t); w.taken != before {
		t.Errorf("Envoy is not back on the last good configuration: %+v", w)
	}
}
