package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/apierror"
	"hevlayer.com/layer/internal/drain"
	"hevlayer.com/layer/policy"
)

// Plane is what the surface asks the control plane.
type Plane interface {
	// Ready reports whether a configuration is in force that Envoy has taken.
	Ready() bool
	// Problems lists what is wrong with the resources.
	Problems() []policy.Problem
}

// Statistics gives Envoy's own metrics in Prometheus' text format.
type Statistics interface {
	WriteStats(ctx context.Context, w io.Writer) error
}

// Config says what the surface answers from.
type Config struct {
	Version    string
	Plane      Plane
	Drain      *drain.State
	Gatherer   prometheus.Gatherer
	Statistics Statistics
	// Scraped is told whether Envoy's metrics could be had.
	Scraped func(ok bool)
	Logger  *slog.Logger
}

// Server is the HTTP surface.
type Server struct {
	cfg      Config
	handlers map[string]http.HandlerFunc
	http     *http.Server
}

const (
	// publicBodyLimit bounds what is read from callers who showed no key.
	publicBodyLimit = 1 << 20
	headerTimeout   = 10 * time.Second
)

// New makes the surface.
func New(cfg Config) *Server {
	s := &Server{cfg: cfg}
	s.handlers = map[string]http.HandlerFunc{
		"health":          s.health,
		"ready":           s.ready,
		"metrics":         s.metrics,
		"config_problems": s.problems,
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: headerTimeout, ErrorLog: slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelWarn)}
	return s
}

// Serve answers on a listener until Shutdown.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown stops listening and waits for the requests in flight.
func (s *Server) Shutdown(ctx context.Context) error { return s.http.Shutdown(ctx) }

// ServeHTTP answers the operation that the filter recognised. What has no handler is, to a client, no route.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if handle, ok := s.handlers[r.Header.Get(envoy.HeaderOperation)]; ok {
		r.Body = http.MaxBytesReader(w, r.Body, publicBodyLimit)
		handle(w, r)
		return
	}
	apierror.UnknownRoute().Write(w)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", apierror.ContentType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
