// Package telemetry declares every metric of Layer, in one place, and makes its logger. What it counts is described on the
// metrics page of the docs, which a test compares with the collectors. It starts no goroutine and has no globals.
package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics are the collectors of a gateway.
type Metrics struct {
	filterRequests *prometheus.CounterVec
	filterDuration prometheus.Histogram
	filterInflight prometheus.Gauge

	configUpdates  *prometheus.CounterVec
	configProblems prometheus.Gauge
	envoyAnswers   *prometheus.CounterVec
	envoyUp        prometheus.Gauge
	buildInfo      *prometheus.GaugeVec
}

// NewMetrics makes the collectors and registers them.
func NewMetrics(r prometheus.Registerer, version string) *Metrics {
	m := &Metrics{
		filterRequests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "layer_extproc_requests_total",
			Help: "Requests judged by the filter, by operation and outcome (continue, or the code of the answer).",
		}, []string{"operation", "outcome"}),
		filterDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "layer_extproc_duration_seconds",
			Help:    "Time from the filter's receipt of a request's headers to its verdict.",
			Buckets: []float64{.00001, .000025, .00005, .0001, .00025, .0005, .001, .005, .025, .1, 1},
		}),
		filterInflight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "layer_extproc_inflight", Help: "Requests whose filter stream is open.",
		}),
		configUpdates: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "layer_config_updates_total",
			Help: "Configurations read, by what became of them: applied, invalid, or refused by Envoy.",
		}, []string{"outcome"}),
		configProblems: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "layer_config_problems", Help: "Problems that stand in the resources.",
		}),
		envoyAnswers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "layer_xds_answers_total",
			Help: "Envoy's answers to configuration, by resource type and outcome (accepted, refused).",
		}, []string{"type", "outcome"}),
		envoyUp: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "layer_envoy_stats_up", Help: "Whether the last scrape got Envoy's own statistics (1) or not (0).",
		}),
		buildInfo: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "layer_build_info", Help: "Constant 1, labeled with the version.",
		}, []string{"version"}),
	}
	m.buildInfo.WithLabelValues(version).Set(1)
	r.MustRegister(m.filterRequests, m.filterDuration, m.filterInflight, m.configUpdates, m.configProblems,
		m.envoyAnswers, m.envoyUp, m.buildInfo,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// FilterStarted implements extproc.Observer.
func (m *Metrics) FilterStarted() (done func()) {
	m.filterInflight.Inc()
	return m.filterInflight.Dec
}

// FilterJudged implements extproc.Observer.
func (m *Metrics) FilterJudged(operation, outcome string, took time.Duration) {
	m.filterRequests.WithLabelValues(operation, outcome).Inc()
	m.filterDuration.Observe(took.Seconds())
}

// ConfigApplied implements control.Observer.
func (m *Metrics) ConfigApplied(outcome string) { m.configUpdates.WithLabelValues(outcome).Inc() }

// ConfigProblems implements control.Observer.
func (m *Metrics) ConfigProblems(n int) { m.configProblems.Set(float64(n)) }

// EnvoyAnswered implements control.Observer.
func (m *Metrics) EnvoyAnswered(resourceType string, accepted bool) {
	outcome := "refused"
	if accepted {
		outcome = "accepted"
	}
	m.envoyAnswers.WithLabelValues(resourceType, outcome).Inc()
}

// EnvoyScraped notes whether Envoy's own statistics could be had.
func (m *Metrics) EnvoyScraped(ok bool) {
	m.envoyUp.Set(0)
	if ok {
		m.envoyUp.Set(1)
	}
}
