package telemetry

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
)

var update = flag.Bool("update", false, "write docs/metrics.md anew")

// page is the reference page of the metrics.
const page = "../../docs/metrics.md"

// runtimePrefixes start the series of the Go runtime and of the process, whose list is client_golang's.
var runtimePrefixes = []string{"go_", "process_"}

// recorder is a registry that also keeps the collectors, to ask them what they can yield.
type recorder struct {
	*prometheus.Registry
	collectors []prometheus.Collector
}

func (r *recorder) MustRegister(cs ...prometheus.Collector) {
	r.collectors = append(r.collectors, cs...)
	r.Registry.MustRegister(cs...)
}

// observed registers the metrics and makes every series appear.
func observed() (*recorder, *Metrics) {
	r := &recorder{Registry: prometheus.NewRegistry()}
	m := NewMetrics(r, "v1.2.3")
	done := m.FilterStarted()
	m.FilterJudged("query", "continue", time.Millisecond)
	done()
	m.ConfigApplied("applied")
	m.ConfigProblems(3)
	m.EnvoyAnswered("cluster", true)
	m.EnvoyAnswered("cluster", false)
	m.EnvoyScraped(true)
	return r, m
}

// families gives the series that are Layer's own.
func families(t *testing.T, g prometheus.Gatherer) []*dto.MetricFamily {
	t.Helper()
	all, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(f *dto.MetricFamily) bool { return ofRuntime(f.GetName()) })
}

func ofRuntime(name string) bool {
	return slices.ContainsFunc(runtimePrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

func TestNamesAndHelp(t *testing.T) {
	t.Parallel()
	r, _ := observed()
	problems, err := testutil.GatherAndLint(r)
	if err != nil || len(problems) > 0 {
		t.Errorf("lint: %v, %v", problems, err)
	}
	for _, f := range families(t, r) {
		if !strings.HasPrefix(f.GetName(), "layer_") && !strings.HasPrefix(f.GetName(), "hevlayer_") {
			t.Errorf("%s does not say whose it is", f.GetName())
		}
	}
}

var descName = regexp.MustCompile(`fqName: "([^"]+)"`)

// The page is made of what appears when everything is observed; what is registered and does not appear would be missing there.
func TestEverySeriesAppears(t *testing.T) {
	t.Parallel()
	r, _ := observed()
	var seen, registered []string
	for _, f := range families(t, r) {
		seen = append(seen, f.GetName())
	}
	for _, c := range r.collectors {
		descs := make(chan *prometheus.Desc, 200)
		c.Describe(descs)
		close(descs)
		for d := range descs {
			if name := descName.FindStringSubmatch(d.String())[1]; !ofRuntime(name) {
				registered = append(registered, name)
			}
		}
	}
	slices.Sort(registered)
	if diff := gocmp.Diff(registered, seen); diff != "" {
		t.Errorf("(-registered +seen):\n%s", diff)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	r, _ := observed()
	want := reference(families(t, r))
	if *update {
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/metrics.md is not what is registered; go test ./internal/telemetry -update writes it (-want +got):\n%s", diff)
	}
}

const head = `# Metrics

What ` + "`GET /metrics`" + ` of a gateway shows of Layer itself. The same scrape carries Envoy's own statistics (` + "`envoy_*`" + `), and those of
the Go runtime and the process (` + "`go_*`, `process_*`" + `). Made from the code by ` + "`go test ./internal/telemetry -update`" + `.

| Name | Kind | Labels | Meaning |
| --- | --- | --- | --- |
`

// reference writes the page.
func reference(families []*dto.MetricFamily) []byte {
	out := bytes.NewBufferString(head)
	for _, f := range families {
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, "`"+l.GetName()+"`")
		}
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", f.GetName(), strings.ToLower(f.GetType().String()),
			cmp.Or(strings.Join(labels, ", "), "-"), f.GetHelp())
	}
	return out.Bytes()
}

func TestValues(t *testing.T) {
	t.Parallel()
	r, m := observed()
	m.FilterStarted()
	m.EnvoyScraped(false)
	const want = `
# HELP layer_build_info Constant 1, labeled with the version.
# TYPE layer_build_info gauge
layer_build_info{version="v1.2.3"} 1
# HELP layer_config_problems Problems that stand in the resources.
# TYPE layer_config_problems gauge
layer_config_problems 3
# HELP layer_config_updates_total Configurations read, by what became of them: applied, invalid, or refused by Envoy.
# TYPE layer_config_updates_total counter
layer_config_updates_total{outcome="applied"} 1
# HELP layer_envoy_stats_up Whether the last scrape got Envoy's own statistics (1) or not (0).
# TYPE layer_envoy_stats_up gauge
layer_envoy_stats_up 0
# HELP layer_extproc_inflight Requests whose filter stream is open.
# TYPE layer_extproc_inflight gauge
layer_extproc_inflight 1
# HELP layer_extproc_requests_total Requests judged by the filter, by operation and outcome (continue, or the code of the answer).
# TYPE layer_extproc_requests_total counter
layer_extproc_requests_total{operation="query",outcome="continue"} 1
# HELP layer_xds_answers_total Envoy's answers to configuration, by resource type and outcome (accepted, refused).
# TYPE layer_xds_answers_total counter
layer_xds_answers_total{outcome="accepted",type="cluster"} 1
layer_xds_answers_total{outcome="refused",type="cluster"} 1
`
	if err := testutil.GatherAndCompare(r, strings.NewReader(want), "layer_build_info", "layer_config_problems", "layer_config_updates_total",
		"layer_envoy_stats_up", "layer_extproc_inflight", "layer_extproc_requests_total", "layer_xds_answers_total"); err != nil {
		t.Error(err)
	}
	for _, f := range families(t, r) {
		if f.GetName() != "layer_extproc_duration_seconds" {
			continue
		}
		if h := f.GetMetric()[0].GetHistogram(); h.GetSampleCount() != 1 || h.GetSampleSum() != 0.001 {
			t.Errorf("duration: %v", h)
		}
	}
}
