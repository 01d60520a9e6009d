package gateway

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// scraped is a registry with one series, which fails with err where there is one.
func scraped(err error) prometheus.Gatherer {
	registry := prometheus.NewRegistry()
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "layer_test_total", Help: "A test."}, []string{"outcome"})
	registry.MustRegister(c)
	c.WithLabelValues("ok").Add(2)
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		families, _ := registry.Gather()
		return families, err
	})
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	const (
		own    = "# HELP layer_test_total A test.\n# TYPE layer_test_total counter\nlayer_test_total{outcome=\"ok\"} 2\n"
		envoys = "# TYPE envoy_up gauge\nenvoy_up{} 1\n"
	)
	tests := map[string]struct {
		gather error
		envoy  statistics
		body   string
		up     bool
		log    string
	}{
		"both":               {nil, statistics{text: envoys}, own + envoys, true, ""},
		"Envoy is away":      {nil, statistics{err: errors.New("no socket")}, own, false, "scrape Envoy"},
		"Envoy breaks off":   {nil, statistics{envoys, errors.New("reset")}, own + envoys, false, "scrape Envoy"},
		"one series is torn": {errors.New("torn"), statistics{text: envoys}, own + envoys, true, "gather metrics"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			var scrapes []bool
			w := get(surface(func(c *Config) {
				c.Gatherer, c.Statistics = scraped(tt.gather), tt.envoy
				c.Scraped = func(ok bool) { scrapes = append(scrapes, ok) }
				c.Logger = slog.New(slog.NewTextHandler(&log, nil))
			}), "metrics")
			if w.Code != 200 || w.Header().Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" || w.Body.String() != tt.body {
				t.Errorf("%d %s %s", w.Code, w.Header(), w.Body)
			}
			if len(scrapes) != 1 || scrapes[0] != tt.up {
				t.Errorf("scrapes %v, want one: %v", scrapes, tt.up)
			}
			if got := log.String(); !strings.Contains(got, tt.log) || (got == "") != (tt.log == "") {
				t.Errorf("log %q, want %q", got, tt.log)
			}
		})
	}
}
