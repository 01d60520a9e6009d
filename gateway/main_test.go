package gateway

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/drain"
	"hevlayer.com/layer/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// plane is a control plane that says what a test wants.
type plane struct {
	ready    bool
	problems []policy.Problem
}

func (p plane) Ready() bool { return p.ready }

func (p plane) Problems() []policy.Problem { return p.problems }

// statistics is an Envoy that writes a text and then fails with err, if there is one.
type statistics struct {
	text string
	err  error
}

func (s statistics) WriteStats(_ context.Context, w io.Writer) error {
	if _, err := io.WriteString(w, s.text); err != nil {
		return err
	}
	return s.err
}

// surface makes a ready surface with what a test changes.
func surface(change ...func(*Config)) *Server {
	cfg := Config{
		Version: "v1.2.3", Plane: plane{ready: true}, Drain: &drain.State{}, Gatherer: prometheus.NewRegistry(),
		Statistics: statistics{}, Scraped: func(bool) {}, Logger: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&cfg)
	}
	return New(cfg)
}

// call sends an operation to a surface as the filter does.
func call(s *Server, method, operation string, body io.Reader) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", body)
	r.Header.Set(envoy.HeaderOperation, operation)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func get(s *Server, operation string) *httptest.ResponseRecorder {
	return call(s, http.MethodGet, operation, http.NoBody)
}
