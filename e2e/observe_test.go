package e2e

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	collectorv1 "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"hevlayer.com/layer/internal/testkit"
)

// TestMetrics scrapes the gateway once and finds both processes, in a form that Prometheus reads.
func TestMetrics(t *testing.T) {
	t.Parallel()
	g := testkit.InFront(t, testkit.NewUpstream(t))
	testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: testkit.StoreKey})
	r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/metrics"})
	if want := "text/plain; version=0.0.4; charset=utf-8"; r.Status != 200 || r.Header.Get("Content-Type") != want {
		t.Errorf("status %d, content type %q, want 200 and %q", r.Status, r.Header.Get("Content-Type"), want)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"layer_extproc_requests_total", "layer_extproc_duration_seconds", "layer_config_updates_total", "layer_xds_answers_total", "layer_build_info",
		"envoy_http_downstream_rq_total", "envoy_cluster_upstream_rq_total",
	} {
		if families[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
	if strings.Contains(r.Body, testkit.StoreKey) {
		t.Error("the metrics show a key")
	}
}

// logLines waits until the access log has so many lines, and reads them.
func logLines(t *testing.T, g *testkit.Gateway, n int, pick func(map[string]any) bool) []map[string]any {
	t.Helper()
	var lines []map[string]any
	testkit.Eventually(t, "the access log has the lines", func() bool {
		text, err := os.ReadFile(g.AccessLog)
		if err != nil {
			return false
		}
		lines = nil
		for _, text := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			var line map[string]any
			if json.Unmarshal([]byte(text), &line) == nil && pick(line) {
				lines = append(lines, line)
			}
		}
		return len(lines) >= n
	})
	return lines
}

// TestAccessLog checks what a line says about requests that went to the store, were refused and failed, and that no key is in it.
func TestAccessLog(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t)
	g := testkit.InFront(t, u)
	u.Fail(testkit.Fault{PathContains: "/broken/", CloseEarly: true})
	header := http.Header{"X-Request-Id": {"from-the-client"}}
	testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces?page_size=1", Key: testkit.StoreKey, Header: header})
	testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: "stranger-key"})
	testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces/broken/metadata", Key: testkit.StoreKey})
	lines := logLines(t, g, 3, func(l map[string]any) bool { return l["path"] != "/ready" })
	for i, want := range []map[string]any{
		{
			"request_id": "from-the-client", "method": "GET", "path": "/v1/namespaces", "status": 200.0, "details": "via_upstream",
			"key": "store", "store": "turbopuffer-default", "operation": "list_namespaces",
		},
		{"status": 403.0, "details": "layer_unknown_key", "store": "turbopuffer-default", "operation": "list_namespaces"},
		{"status": 502.0, "key": "store", "operation": "metadata_v1", "upstream_tries": 3.0},
	} {
		for field, value := range want {
			if lines[i][field] != value {
				t.Errorf("line %d: %s is %v, want %v", i, field, lines[i][field], value)
			}
		}
		if _, ok := lines[i]["upstream_ms"].(float64); ok != (i == 0) {
			t.Errorf("line %d: upstream_ms is %v", i, lines[i]["upstream_ms"])
		}
	}
	text, err := os.ReadFile(g.AccessLog)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{testkit.StoreKey, "stranger-key"} {
		if strings.Contains(string(text), key) {
			t.Errorf("the access log shows %s", key)
		}
	}
}

// TestTraceparent sends requests with and without a trace: it is carried through, or minted.
func TestTraceparent(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t)
	g := testkit.InFront(t, u)
	const given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
	for name, c := range map[string]struct{ sent, want string }{
		"given":    {given, "^" + given + "$"},
		"absent":   {"", `^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`},
		"not one":  {"00-xyz", `^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`},
		"all zero": {"00-00000000000000000000000000000000-b7ad6b7169203331-01", `^00-[0-9a-f]*[1-9a-f][0-9a-f]*-[0-9a-f]{16}-01$`},
	} {
		header := http.Header{}
		if c.sent != "" {
			header.Set("Traceparent", c.sent)
		}
		testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: testkit.StoreKey, Header: header})
		if got := u.Last().Header.Values("Traceparent"); len(got) != 1 || !regexp.MustCompile(c.want).MatchString(got[0]) {
			t.Errorf("%s: the store got %q, want %s", name, got, c.want)
		}
	}
}

// collector takes spans over OTLP/HTTP.
type collector struct {
	mu    sync.Mutex
	spans []string
	auth  string
}

// ServeHTTP implements http.Handler.
func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var export collectorv1.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &export) != nil {
		http.Error(w, "no export", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.auth = r.Header.Get("Authorization")
	for _, resource := range export.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				for _, a := range resource.GetResource().GetAttributes() {
					c.spans = append(c.spans, a.GetKey()+"="+a.GetValue().GetStringValue()+" "+hex.EncodeToString(span.GetTraceId()))
				}
			}
		}
	}
}

// TestTraceExport sets OpenTelemetry's usual variables: the spans of a request arrive at the collector, in the caller's trace.
func TestTraceExport(t *testing.T) {
	t.Parallel()
	c := &collector{}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	u := testkit.NewUpstream(t)
	g := testkit.InFront(t, u, "OTEL_EXPORTER_OTLP_ENDPOINT="+server.URL, "OTEL_SERVICE_NAME=layer-test",
		"OTEL_EXPORTER_OTLP_HEADERS=authorization=Basic%20abc")
	const trace = "0af7651916cd43dd8448eb211c80319c"
	testkit.Do(t, testkit.Request{
		URL: g.HTTP + "/v1/namespaces", Key: testkit.StoreKey,
		Header: http.Header{"Traceparent": {"00-" + trace + "-b7ad6b7169203331-01"}},
	})
	if got := u.Last().Header.Get("Traceparent"); !strings.HasPrefix(got, "00-"+trace+"-") {
		t.Errorf("the store got traceparent %q, want trace %s", got, trace)
	}
	testkit.Eventually(t, "the span is at the collector", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, s := range c.spans {
			if s == "service.name=layer-test "+trace {
				return c.auth == "Basic abc"
			}
		}
		return false
	})
}
