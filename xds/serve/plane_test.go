package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/translate"
)

func compare(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// patience bounds every wait; no test lasts that long unless it fails.
const patience = 30 * time.Second

// plane is a server with what it told its owner.
type plane struct {
	*Server
	events   chan string
	observed chan string
	dial     func(context.Context, string) (net.Conn, error)
}

// newPlane serves until the test is over.
func newPlane(t testing.TB) *plane {
	t.Helper()
	p := &plane{events: make(chan string, 1024), observed: make(chan string, 1024)}
	p.Server = New(Config{
		Logger:   slog.New(slog.DiscardHandler),
		Serving:  func(table *policy.Table) { p.events <- "serving " + label(table) },
		Accepted: func(table *policy.Table) { p.events <- "accepted " + label(table) },
		Refused: func(back *policy.Table, problems []policy.Problem) {
			var objects []string
			for _, problem := range problems {
				objects = append(objects, problem.Object.String()+": "+problem.Message)
			}
			p.events <- "back to " + label(back) + " for " + strings.Join(objects, ", ")
		},
		Observe: func(resourceType string, accepted bool) { p.observed <- fmt.Sprint(resourceType, " ", accepted) },
	})
	l := bufconn.Listen(1 << 20)
	p.dial = func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }
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
	return p
}

// label names a table by its stores and the hosts they have.
func label(table *policy.Table) string {
	if table == nil {
		return "nothing"
	}
	var parts []string
	for _, name := range table.StoreNames() {
		s, _ := table.Store(name)
		parts = append(parts, name+"="+s.URL.Hostname()+"/"+s.Region)
	}
	return strings.Join(parts, " ")
}

// configuration is that of stores given as name=host/region; the first is the default. The region is a part of the
// table and of no resource.
func configuration(t testing.TB, stores ...string) translate.Resources {
	t.Helper()
	var in policy.Input
	for i, text := range stores {
		name, rest, _ := strings.Cut(text, "=")
		host, region, _ := strings.Cut(rest, "/")
		in.Stores = append(in.Stores, policy.StoreInput{
			Object: policy.Object{Kind: "VectorStore", Name: name}, Kind: policy.KindTurbopuffer, Default: i == 0, Region: region,
			URL: "https://" + host, Credential: policy.SecretInput{Ref: "keys/" + name, Value: policy.NewSecret("tpuf_" + name)},
		})
	}
	table, problems := policy.Compile(in, nil)
	if problems != nil {
		t.Fatal(problems)
	}
	r, problems := translate.Translate(table, translate.Options{
		HTTP: "127.0.0.1:0", Egress: "/run/egress.sock", SystemRoots: "/roots.pem", MaxBody: 1, Timeouts: translate.DefaultTimeouts(),
	})
	if problems != nil {
		t.Fatal(problems)
	}
	return r
}

func (p *plane) publish(t testing.TB, stores ...string) {
	t.Helper()
	if err := p.Publish(t.Context(), configuration(t, stores...)); err != nil {
		t.Fatal(err)
	}
	p.expect(t, "serving "+strings.Join(stores, " "))
}

// expect takes the next events.
func (p *plane) expect(t testing.TB, want ...string) {
	t.Helper()
	for _, w := range want {
		select {
		case got := <-p.events:
			if got != w {
				t.Fatalf("event %q, wanted %q", got, w)
			}
		case <-time.After(patience):
			t.Fatalf("no event, wanted %q", w)
		}
	}
}

// quiet waits until the server has dealt with an answer of Envoy's and checks that it told nobody of it.
func (p *plane) quiet(t testing.TB, observed ...string) {
	t.Helper()
	for _, want := range observed {
		select {
		case got := <-p.observed:
			if got != want {
				t.Fatalf("observed %q, wanted %q", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("observed nothing, wanted %q", want)
		}
	}
	p.Connected() // waits for the lock under which the answer is dealt with
	select {
	case got := <-p.events:
		t.Fatalf("unexpected event %q", got)
	default:
	}
}

// client is an Envoy as far as the protocol goes.
type client struct {
	stream discoveryv3.AggregatedDiscoveryService_DeltaAggregatedResourcesClient
	close  func()
}

func (p *plane) connect(t testing.TB) *client {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///plane", grpc.WithContextDialer(p.dial), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	stream, err := discoveryv3.NewAggregatedDiscoveryServiceClient(conn).DeltaAggregatedResources(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{stream: stream, close: func() {
		cancel()
		_ = conn.Close()
	}}
	t.Cleanup(c.close)
	return c
}
