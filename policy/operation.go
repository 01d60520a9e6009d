package policy

import "net/http"

// Class says who answers an operation.
type Class uint8

// The classes.
const (
	// Passthrough goes from Envoy straight to the store, unread and unchanged.
	Passthrough Class = iota
	// Gateway is answered by the gateway's HTTP surface.
	Gateway
)

// Limit names the time limit of the upstream call of an operation.
type Limit uint8

// The limits; their durations are configuration.
const (
	LimitRead Limit = iota
	LimitWrite
)

// Operation is one row of the surface: a method and a path template.
type Operation struct {
	Name   string
	Method string
	// Template is the path, with {ns} for a namespace and other {names} for further variable segments.
	Template string
	// Scope is what the caller's key must grant; ScopeNone marks a public operation.
	Scope Scope
	Class Class
	Limit Limit
	// Repeatable says that sending the request twice does no harm, so that a lost answer may be asked for again.
	Repeatable bool
	// Upstream is the path template sent to the store where it differs from Template.
	Upstream string

	segments []string
}

// Public reports whether the operation is served without a key.
func (o *Operation) Public() bool { return o.Scope == ScopeNone }

// Namespaced reports whether the path names a namespace, so that its store is the one of that namespace.
func (o *Operation) Namespaced() bool {
	for _, s := range o.segments {
		if s == segNamespace {
			return true
		}
	}
	return false
}

// Operations returns the table of everything that the surface knows. Rows of class Gateway that nothing serves yet answer
// 404 like an unknown path, but only to callers that the row's scope admits.
func Operations() []*Operation { return operations }

const (
	segNamespace = "{ns}"
	nsV1         = "/v1/namespaces/{ns}"
	nsV2         = "/v2/namespaces/{ns}"
)

var operations = index([]*Operation{
	// Passed to the store; the busiest first, since Envoy tries the routes in this order.
	{Name: "query", Method: http.MethodPost, Template: nsV2 + "/query", Scope: ScopeRead, Repeatable: true},
	{Name: "write", Method: http.MethodPost, Template: nsV2, Scope: ScopeWrite, Limit: LimitWrite},
	{Name: "list_namespaces", Method: http.MethodGet, Template: "/v1/namespaces", Scope: ScopeRead, Repeatable: true},
	{Name: "metadata_v1", Method: http.MethodGet, Template: nsV1 + "/metadata", Scope: ScopeRead, Repeatable: true},
	{Name: "update_metadata", Method: http.MethodPatch, Template: nsV1 + "/metadata", Scope: ScopeWrite, Limit: LimitWrite},
	{Name: "metadata", Method: http.MethodGet, Template: nsV2 + "/metadata", Scope: ScopeRead, Repeatable: true},
	{Name: "schema", Method: http.MethodGet, Template: nsV1 + "/schema", Scope: ScopeRead, Repeatable: true},
	{Name: "update_schema", Method: http.MethodPost, Template: nsV1 + "/schema", Scope: ScopeWrite, Limit: LimitWrite},
	{Name: "hint_cache_warm", Method: http.MethodGet, Template: nsV1 + "/hint_cache_warm", Scope: ScopeRead, Repeatable: true},
	{Name: "query_v1", Method: http.MethodPost, Template: nsV1 + "/query", Scope: ScopeRead, Repeatable: true, Upstream: nsV2 + "/query"},
	{Name: "explain_query", Method: http.MethodPost, Template: nsV2 + "/explain_query", Scope: ScopeRead, Repeatable: true},
	{Name: "operation", Method: http.MethodGet, Template: nsV1 + "/operations/{token}", Scope: ScopeRead, Repeatable: true},
	{Name: "recall", Method: http.MethodPost, Template: nsV1 + "/_debug/recall", Scope: ScopeRead, Repeatable: true},
	{Name: "write_async", Method: http.MethodPost, Template: nsV2 + "/async", Scope: ScopeWrite, Limit: LimitWrite},
	{Name: "delete_namespace", Method: http.MethodDelete, Template: nsV2, Scope: ScopeWrite, Limit: LimitWrite},

	// Answered by the gateway.
	{Name: "list", Method: http.MethodGet, Template: "/v2/namespaces", Scope: ScopeRead, Class: Gateway},
	{Name: "federated_query", Method: http.MethodPost, Template: "/v2/query", Scope: ScopeRead, Class: Gateway},
	{Name: "import", Method: http.MethodPost, Template: nsV2 + "/import", Scope: ScopeWrite, Class: Gateway, Limit: LimitWrite},
	{Name: "init", Method: http.MethodPost, Template: nsV2 + "/init", Scope: ScopeWrite, Class: Gateway, Limit: LimitWrite},
	{Name: "fetch", Method: http.MethodGet, Template: nsV2 + "/documents/{id}", Scope: ScopeRead, Class: Gateway},
	{Name: "fetch_batch", Method: http.MethodPost, Template: nsV2 + "/documents", Scope: ScopeRead, Class: Gateway},
	{Name: "warm", Method: http.MethodPost, Template: nsV2 + "/warm", Scope: ScopeWrite, Class: Gateway, Limit: LimitWrite},
	{Name: "warm_jobs", Method: http.MethodGet, Template: nsV2 + "/warm-jobs", Scope: ScopeRead, Class: Gateway},
	{Name: "warm_job", Method: http.MethodGet, Template: nsV2 + "/warm-jobs/{job}", Scope: ScopeRead, Class: Gateway},
	{Name: "vectorstores", Method: http.MethodGet, Template: "/v2/vectorstores", Scope: ScopeRead, Class: Gateway},
	{Name: "vectorstore", Method: http.MethodGet, Template: "/v2/vectorstores/{name}", Scope: ScopeRead, Class: Gateway},
	{Name: "license", Method: http.MethodGet, Template: "/v2/license", Scope: ScopeRead, Class: Gateway},
	{Name: "config_problems", Method: http.MethodGet, Template: "/v2/config/problems", Scope: ScopeAdmin, Class: Gateway},
	{Name: "metrics_query", Method: http.MethodGet, Template: "/v2/metrics/query", Scope: ScopeRead, Class: Gateway},
	{Name: "metrics_query_form", Method: http.MethodPost, Template: "/v2/metrics/query", Scope: ScopeRead, Class: Gateway},
	{Name: "metrics_query_range", Method: http.MethodGet, Template: "/v2/metrics/query_range", Scope: ScopeRead, Class: Gateway},
	{Name: "metrics_query_range_form", Method: http.MethodPost, Template: "/v2/metrics/query_range", Scope: ScopeRead, Class: Gateway},
	{Name: "prometheus_query", Method: http.MethodGet, Template: "/v2/metrics/api/v1/query", Scope: ScopeRead, Class: Gateway},
	{Name: "prometheus_query_form", Method: http.MethodPost, Template: "/v2/metrics/api/v1/query", Scope: ScopeRead, Class: Gateway},
	{Name: "prometheus_query_range", Method: http.MethodGet, Template: "/v2/metrics/api/v1/query_range", Scope: ScopeRead, Class: Gateway},
	{Name: "prometheus_query_range_form", Method: http.MethodPost, Template: "/v2/metrics/api/v1/query_range", Scope: ScopeRead, Class: Gateway},
	{Name: "metrics_import", Method: http.MethodPost, Template: "/v2/metrics/api/v1/import/prometheus", Scope: ScopeWrite, Class: Gateway},

	// Public.
	{Name: "health", Method: http.MethodGet, Template: "/health", Class: Gateway},
	{Name: "ready", Method: http.MethodGet, Template: "/ready", Class: Gateway},
	{Name: "metrics", Method: http.MethodGet, Template: "/metrics", Class: Gateway},
	{Name: "metrics_catalog", Method: http.MethodGet, Template: "/v2/metrics/catalog", Class: Gateway},
	{Name: "metrics_catalog_entry", Method: http.MethodGet, Template: "/v2/metrics/catalog/{name}", Class: Gateway},
	{Name: "authenticate", Method: http.MethodPost, Template: "/v2/keys/authenticate", Class: Gateway},
})
