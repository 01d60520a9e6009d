package gateway

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/drain"
	"hevlayer.com/layer/policy"
)

const (
	full      = `{"status":"ok","version":"v1.2.3","aerospike":{"connected":false,"generation":0},"cache_state":[]}` + "\n"
	notFound  = `{"error":"not_found","message":"there is no such route"}`
	asJSON    = "application/json"
	starting  = `{"status":"starting","version":"v1.2.3"}` + "\n"
	isLeaving = `{"status":"draining","version":"v1.2.3"}` + "\n"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	cold := func(c *Config) { c.Plane = plane{} }
	stopping := func(c *Config) { c.Drain.Stop() }
	tests := map[string]struct {
		operation string
		change    []func(*Config)
		status    int
		body      string
	}{
		"health":                {"health", nil, 200, full},
		"health while starting": {"health", []func(*Config){cold}, 200, full},
		"health while draining": {"health", []func(*Config){stopping}, 200, full},
		"ready":                 {"ready", nil, 200, full},
		"ready while starting":  {"ready", []func(*Config){cold}, 503, starting},
		"ready while draining":  {"ready", []func(*Config){stopping}, 503, isLeaving},
		"ready, neither":        {"ready", []func(*Config){cold, stopping}, 503, isLeaving},
		"no problems":           {"config_problems", nil, 200, `{"problems":[]}` + "\n"},
		"problems": {"config_problems", []func(*Config){func(c *Config) {
			c.Plane = plane{problems: []policy.Problem{
				{
					Object: policy.Object{Kind: "Index", Namespace: "default", Name: "x", File: "a.yaml"}, Field: "spec.backend.storeRef",
					Reason: policy.ReasonStoreNotFound, Message: "there is no VectorStore z", Fatal: true,
				},
				{Object: policy.Object{Kind: "Gateway", Name: "listener"}, Reason: policy.ReasonRefusedByEnvoy, Message: `says "no"`},
			}}
		}}, 200, `{"problems":[{"kind":"Index","namespace":"default","name":"x","file":"a.yaml","field":"spec.backend.storeRef",` +
			`"reason":"StoreNotFound","message":"there is no VectorStore z"},` +
			`{"kind":"Gateway","name":"listener","reason":"RefusedByEnvoy","message":"says \"no\""}]}` + "\n"},
		"an operation of later":    {"fetch", nil, 404, notFound},
		"a passthrough operation":  {"query", nil, 404, notFound},
		"no operation":             {"", nil, 404, notFound},
		"a name that is none":      {"Health", nil, 404, notFound},
		"the answer for no filter": {"none", nil, 404, notFound},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := get(surface(tt.change...), tt.operation)
			if w.Code != tt.status || w.Body.String() != tt.body || w.Header().Get("Content-Type") != asJSON {
				t.Errorf("%d %s %s", w.Code, w.Header(), w.Body)
			}
		})
	}
}

// Every operation that the surface serves is one that the filter lets through to it.
func TestHandlersAreOperations(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, op := range policy.Operations() {
		known[op.Name] = op.Class == policy.Gateway
	}
	for name := range surface().handlers {
		if !known[name] {
			t.Errorf("%s is no operation of the gateway", name)
		}
	}
}

// The marker file asks for new connections elsewhere, so it makes the surface unready as well.
func TestReadyFollowsMarker(t *testing.T) {
	t.Parallel()
	state := &drain.State{}
	s := surface(func(c *Config) { c.Drain = state })
	marker := filepath.Join(t.TempDir(), "draining")
	for _, present := range []bool{true, false} {
		setMarker(t, state, marker, present)
		if w := get(s, "ready"); (w.Code == 503) != present {
			t.Errorf("marker %v: %d %s", present, w.Code, w.Body)
		}
	}
}

// A public body is read so far and no further.
func TestPublicBodyLimit(t *testing.T) {
	t.Parallel()
	s := surface()
	var read int64
	var err error
	s.handlers["authenticate"] = func(_ http.ResponseWriter, r *http.Request) { read, err = io.Copy(io.Discard, r.Body) }
	call(s, http.MethodPost, "authenticate", strings.NewReader(strings.Repeat("a", publicBodyLimit)))
	if read != publicBodyLimit || err != nil {
		t.Errorf("of a body at the limit: %d bytes, %v", read, err)
	}
	call(s, http.MethodPost, "authenticate", strings.NewReader(strings.Repeat("a", publicBodyLimit+1)))
	if read != publicBodyLimit || err == nil {
		t.Errorf("of a body over the limit: %d bytes, %v", read, err)
	}
}

// On the wire: HEAD answers with the headers of GET and no body, and the end of the server is no error.
func TestServe(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	s := surface(func(c *Config) { c.Gatherer = registry })
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	for _, operation := range []string{"health", "ready", "metrics", "config_problems", "nothing"} {
		g, body := raw(t, socket, http.MethodGet, operation)
		h, none := raw(t, socket, http.MethodHead, operation)
		if h.StatusCode != g.StatusCode || h.Header.Get("Content-Type") != g.Header.Get("Content-Type") || none != "" {
			t.Errorf("%s: HEAD %d %v %q, GET %d %v %q", operation, h.StatusCode, h.Header, none, g.StatusCode, g.Header, body)
		}
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("serve: %v", err)
	}
	_ = l.Close()
	if err := surface().Serve(l); err == nil {
		t.Error("a closed listener is no error")
	}
}

// raw sends one request over a connection of its own and reads all that comes back.
func raw(t *testing.T, socket, method, operation string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := httptest.NewRequest(method, "/", http.NoBody)
	r.Header.Set(envoy.HeaderOperation, operation)
	r.Close = true
	if err := r.Write(conn); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(in)
	return resp, string(body) + string(rest)
}
