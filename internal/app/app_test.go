package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"hevlayer.com/layer/config"
	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/testkit"
	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/translate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// process is an App on the sockets of a folder.
type process struct {
	*App
	sockets envoy.Sockets
	marker  string
}

// prepared makes an App with one store, which is not running yet.
func prepared(t *testing.T, drainTimeout time.Duration, stores ...policy.StoreInput) *process {
	t.Helper()
	dir, err := os.MkdirTemp("", "layer-app-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := &process{marker: filepath.Join(dir, "draining")}
	if p.sockets, err = envoy.SocketsIn(dir); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	resources, err := config.NewFolder(config.FolderConfig{Base: stores, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	p.App = New(t.Context(), Config{
		Version: "v1", Sockets: p.sockets, Resources: resources, DrainMarker: p.marker, DrainTimeout: drainTimeout, Logger: logger,
		Envoy: translate.Options{
			HTTP: "127.0.0.1:1", Egress: p.sockets.Egress, MaxBody: 1000, Timeouts: translate.DefaultTimeouts(), SystemRoots: "/roots.pem",
		},
	})
	return p
}

// store is a store that is reached with one key.
func store(key string) policy.StoreInput {
	return policy.StoreInput{
		Object: policy.Object{Kind: "VectorStore", Name: "a"}, Kind: policy.KindTurbopuffer, URL: "https://a.example",
		Credential: policy.SecretInput{Ref: "keys/a", Value: policy.NewSecret(key)},
	}
}

// run runs a process until stop is called, which returns how it ended.
func (p *process) run(t *testing.T) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	stopped := false
	stop = func() error {
		stopped = true
		cancel()
		return <-ended
	}
	t.Cleanup(func() {
		if !stopped {
			_ = stop()
		}
	})
	return stop
}

// dial connects to the filter's socket.
func (p *process) dial(t *testing.T) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("unix:"+p.sockets.ExtProc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// serving waits until the filter's health service says that it judges requests.
func (p *process) serving(t *testing.T, conn *grpc.ClientConn) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watch, err := healthv1.NewHealthClient(conn).Watch(ctx, &healthv1.HealthCheckRequest{}, grpc.WaitForReady(true))
	for err == nil {
		var answer *healthv1.HealthCheckResponse
		if answer, err = watch.Recv(); answer.GetStatus() == healthv1.HealthCheckResponse_SERVING {
			return
		}
	}
	t.Fatal(err)
}

// judge asks the filter about a request to the store and returns the status of its reply, 0 for none.
func judge(t *testing.T, conn *grpc.ClientConn, token string) int {
	t.Helper()
	stream, err := extprocv3.NewExternalProcessorClient(conn).Process(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := &corev3.HeaderMap{}
	for name, value := range map[string]string{":method": "GET", ":path": "/v1/namespaces", "authorization": "Bearer " + token, envoy.HeaderRouted: "store/a"} {
		m.Headers = append(m.Headers, &corev3.HeaderValue{Key: name, RawValue: []byte(value)})
	}
	err = stream.Send(&extprocv3.ProcessingRequest{
		Request: &extprocv3.ProcessingRequest_RequestHeaders{RequestHeaders: &extprocv3.HttpHeaders{Headers: m}},
	})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		t.Errorf("after the half-close: %v", err)
	}
	return int(answer.GetImmediateResponse().GetStatus().GetCode())
}

// surface asks the HTTP surface for an operation.
func (p *process) surface(t *testing.T, operation string) (int, string) {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", p.sockets.Gateway)
	}}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://gateway/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(envoy.HeaderOperation, operation)
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// admin is an Envoy's administration interface: it counts the requests that a test says are in flight.
type admin struct {
	active atomic.Int64
	// asked gets what it was asked for.
	asked chan string
}

func (a *admin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/stats" {
		_, _ = fmt.Fprintf(w, "http.public.downstream_rq_active: %d\n", a.active.Load())
	}
	select {
	case a.asked <- r.URL.Path:
	default:
	}
}

// envoys puts an administration interface behind the socket of a process.
func (p *process) envoys(t *testing.T) *admin {
	t.Helper()
	a := &admin{asked: make(chan string, 100)}
	l, err := net.Listen("unix", p.sockets.Admin)
	if err != nil {
		t.Fatal(err)
	}
	server, done := &http.Server{Handler: a, ReadHeaderTimeout: testkit.Patience}, make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return a
}

// awaits waits until the administration interface is asked for a path.
func (a *admin) awaits(t *testing.T, path string) {
	t.Helper()
	timeout := time.After(testkit.Patience)
	for {
		select {
		case got := <-a.asked:
			if got == path {
				return
			}
		case <-timeout:
			t.Fatalf("Envoy was not asked for %s", path)
		}
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	p := prepared(t, time.Minute, store("tpuf_a"))
	stop := p.run(t)
	conn := p.dial(t)
	p.serving(t, conn)
	if good, bad := judge(t, conn, "tpuf_a"), judge(t, conn, "wrong"); good != 0 || bad != http.StatusForbidden {
		t.Errorf("judged %d and %d", good, bad)
	}
	if status, body := p.surface(t, "health"); status != http.StatusOK || !strings.Contains(body, `"version":"v1"`) {
		t.Errorf("health: %d %s", status, body)
	}
	// No Envoy has come for its configuration.
	if status, body := p.surface(t, "ready"); status != http.StatusServiceUnavailable || !strings.Contains(body, `"starting"`) || p.Ready() {
		t.Errorf("ready: %d %s", status, body)
	}
	if status, body := p.surface(t, "metrics"); status != http.StatusOK || !strings.Contains(body, `layer_config_updates_total{outcome="applied"} 1`) {
		t.Errorf("metrics: %d %s", status, body)
	}
	// With no Envoy to ask there is nothing to wait for.
	if err := stop(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

// A socket that an earlier process left behind is replaced, by one that the group of Envoy can use.
func TestListen(t *testing.T) {
	t.Parallel()
	p := prepared(t, time.Minute)
	for range 2 {
		if err := os.WriteFile(p.sockets.Gateway, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := listen(t.Context(), p.sockets.Gateway)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(p.sockets.Gateway); err != nil || info.Mode() != os.ModeSocket|0o660 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Without a usable configuration the filter says so and lets nothing through; the surface lives.
func TestRunUnconfigured(t *testing.T) {
	t.Parallel()
	p := prepared(t, time.Minute)
	stop := p.run(t)
	conn := p.dial(t)
	answer, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{}, grpc.WaitForReady(true))
	if err != nil || answer.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING {
		t.Errorf("health %v, %v", answer, err)
	}
	if status := judge(t, conn, "tpuf_a"); status != http.StatusServiceUnavailable {
		t.Errorf("judged %d", status)
	}
	testkit.Eventually(t, "the problem is listed", func() bool {
		_, body := p.surface(t, "config_problems")
		return strings.Contains(body, `"reason":"MissingDefault"`)
	})
	if status, _ := p.surface(t, "ready"); status != http.StatusServiceUnavailable {
		t.Errorf("ready: %d", status)
	}
	if err := stop(); err != nil {
		t.Errorf("ended with %v", err)
	}
}
