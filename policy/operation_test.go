package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// row is one line of the published surface: how a request looks and what it needs.
type row struct {
	method, path, name string
	scope              Scope
	class              Class
}

// surface is the published surface, written down apart from the table that serves it.
func surface() []row {
	const pass, layer = Passthrough, Gateway
	return []row{
		{"GET", "/v1/namespaces", "list_namespaces", ScopeRead, pass},
		{"GET", "/v2/namespaces", "list", ScopeRead, layer},
		{"GET", "/v1/namespaces/{ns}/metadata", "metadata_v1", ScopeRead, pass},
		{"PATCH", "/v1/namespaces/{ns}/metadata", "update_metadata", ScopeWrite, pass},
		{"GET", "/v2/namespaces/{ns}/metadata", "metadata", ScopeRead, pass},
		{"GET", "/v1/namespaces/{ns}/schema", "schema", ScopeRead, pass},
		{"POST", "/v1/namespaces/{ns}/schema", "update_schema", ScopeWrite, pass},
		{"GET", "/v1/namespaces/{ns}/hint_cache_warm", "hint_cache_warm", ScopeRead, pass},
		{"POST", "/v1/namespaces/{ns}/query", "query_v1", ScopeRead, pass},
		{"POST", "/v2/namespaces/{ns}/query", "query", ScopeRead, pass},
		{"POST", "/v2/query", "federated_query", ScopeRead, layer},
		{"POST", "/v2/namespaces/{ns}/explain_query", "explain_query", ScopeRead, pass},
		{"GET", "/v1/namespaces/{ns}/operations/{token}", "operation", ScopeRead, pass},
		{"POST", "/v1/namespaces/{ns}/_debug/recall", "recall", ScopeRead, pass},
		{"POST", "/v2/namespaces/{ns}", "write", ScopeWrite, pass},
		{"POST", "/v2/namespaces/{ns}/async", "write_async", ScopeWrite, pass},
		{"DELETE", "/v2/namespaces/{ns}", "delete_namespace", ScopeWrite, pass},
		{"POST", "/v2/namespaces/{ns}/import", "import", ScopeWrite, layer},
		{"POST", "/v2/namespaces/{ns}/init", "init", ScopeWrite, layer},
		{"GET", "/v2/namespaces/{ns}/documents/{id}", "fetch", ScopeRead, layer},
		{"POST", "/v2/namespaces/{ns}/documents", "fetch_batch", ScopeRead, layer},
		{"POST", "/v2/namespaces/{ns}/warm", "warm", ScopeWrite, layer},
		{"GET", "/v2/namespaces/{ns}/warm-jobs", "warm_jobs", ScopeRead, layer},
		{"GET", "/v2/namespaces/{ns}/warm-jobs/{job}", "warm_job", ScopeRead, layer},
		{"GET", "/v2/vectorstores", "vectorstores", ScopeRead, layer},
		{"GET", "/v2/vectorstores/{name}", "vectorstore", ScopeRead, layer},
		{"GET", "/v2/license", "license", ScopeRead, layer},
		{"GET", "/v2/config/problems", "config_problems", ScopeAdmin, layer},
		{"GET", "/v2/metrics/query", "metrics_query", ScopeRead, layer},
		{"POST", "/v2/metrics/query", "metrics_query_form", ScopeRead, layer},
		{"GET", "/v2/metrics/query_range", "metrics_query_range", ScopeRead, layer},
		{"POST", "/v2/metrics/query_range", "metrics_query_range_form", ScopeRead, layer},
		{"GET", "/v2/metrics/api/v1/query", "prometheus_query", ScopeRead, layer},
		{"POST", "/v2/metrics/api/v1/query", "prometheus_query_form", ScopeRead, layer},
		{"GET", "/v2/metrics/api/v1/query_range", "prometheus_query_range", ScopeRead, layer},
		{"POST", "/v2/metrics/api/v1/query_range", "prometheus_query_range_form", ScopeRead, layer},
		{"POST", "/v2/metrics/api/v1/import/prometheus", "metrics_import", ScopeWrite, layer},
		{"GET", "/health", "health", ScopeNone, layer},
		{"GET", "/ready", "ready", ScopeNone, layer},
		{"GET", "/metrics", "metrics", ScopeNone, layer},
		{"GET", "/v2/metrics/catalog", "metrics_catalog", ScopeNone, layer},
		{"GET", "/v2/metrics/catalog/{name}", "metrics_catalog_entry", ScopeNone, layer},
		{"POST", "/v2/keys/authenticate", "authenticate", ScopeNone, layer},
	}
}

// filled puts values in place of a template's variables.
func filled(template, ns, other string) string {
	segments := strings.Split(template, "/")
	for i, s := range segments {
		switch {
		case s == "{ns}":
			segments[i] = ns
		case strings.HasPrefix(s, "{"):
			segments[i] = other
		}
	}
	return strings.Join(segments, "/")
}

func TestOperationsAreThePublishedSurface(t *testing.T) {
	t.Parallel()
	want := map[string]row{}
	for _, r := range surface() {
		want[r.name] = r
	}
	got := map[string]row{}
	for _, o := range Operations() {
		if _, twice := got[o.Name]; twice {
			t.Errorf("two operations are called %s", o.Name)
		}
		got[o.Name] = row{o.Method, o.Template, o.Name, o.Scope, o.Class}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" {
		t.Errorf("operations (-published +served):\n%s", diff)
	}
}

// A method and path must lead to one operation only, or the order of the table would decide about scopes.
func TestOperationsDoNotOverlap(t *testing.T) {
	t.Parallel()
	for _, o := range Operations() {
		path := filled(o.Template, "query", "documents")
		for _, other := range Operations() {
			if other != o && other.Method == o.Method && len(other.segments) == len(o.segments) && other.matches(strings.Split(path[1:], "/")) {
				t.Errorf("%s %s is %s and %s", o.Method, path, o.Name, other.Name)
			}
		}
	}
}

func TestOperationFacts(t *testing.T) {
	t.Parallel()
	for _, o := range Operations() {
		if want := strings.Contains(o.Template, "{ns}"); o.Namespaced() != want {
			t.Errorf("%s: Namespaced() = %v", o.Name, o.Namespaced())
		}
		if want := o.Scope == ScopeNone; o.Public() != want {
			t.Errorf("%s: Public() = %v", o.Name, o.Public())
		}
		if o.Repeatable && o.Scope != ScopeRead {
			t.Errorf("%s is repeated after a lost answer, but is no read", o.Name)
		}
		if o.Class == Passthrough && (o.Limit == LimitWrite) != (o.Scope == ScopeWrite) {
			t.Errorf("%s: its time limit does not fit its scope", o.Name)
		}
		if want := map[string]string{"query_v1": "/v2/namespaces/{ns}/query"}[o.Name]; o.Upstream != want {
			t.Errorf("%s: the store knows it as %q, want %q", o.Name, o.Upstream, want)
		}
	}
}
