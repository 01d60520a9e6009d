package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hevlayer.com/layer/internal/testkit"
	"hevlayer.com/layer/policy"
)

// TestIsolation looks for ways around the borders between stores, scopes and the inside of the gateway.
func TestIsolation(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	t.Run("names", func(t *testing.T) { isolationNames(t, f) })
	t.Run("neighbours", func(t *testing.T) { isolationNeighbours(t, f) })
	t.Run("routed", func(t *testing.T) { isolationRouted(t, f) })
	t.Run("forged", func(t *testing.T) { isolationForged(t, f) })
	t.Run("inside", func(t *testing.T) { isolationInside(t, f) })
}

// words are the fixed parts of the surface's paths, each of which a namespace may be called.
var words = []string{
	"namespaces", "query", "scans", "documents", "async", "metadata", "schema", "import", "init", "warm", "warm-jobs", "operations", "_debug", "recall",
	"explain_query", "hint_cache_warm", "v1", "v2", "health", "ready", "metrics", "keys", "vectorstores", "license", "config", "catalog", "...",
}

// isolationNames calls namespaces like the words of the paths around them: the scope is that of the operation.
func isolationNames(t *testing.T, f *fleet) {
	client := testkit.NewClient(t)
	for _, ns := range words {
		for _, tt := range []struct {
			method, path string
			scope        policy.Scope
		}{
			{"POST", "/v2/namespaces/" + ns, policy.ScopeWrite},
			{"DELETE", "/v2/namespaces/" + ns, policy.ScopeWrite},
			{"POST", "/v2/namespaces/" + ns + "/async", policy.ScopeWrite},
			{"PATCH", "/v1/namespaces/" + ns + "/metadata", policy.ScopeWrite},
			{"POST", "/v1/namespaces/" + ns + "/schema", policy.ScopeWrite},
			{"POST", "/v2/namespaces/" + ns + "/query", policy.ScopeRead},
			{"POST", "/v2/namespaces/" + ns + "/explain_query", policy.ScopeRead},
			{"GET", "/v1/namespaces/" + ns + "/schema", policy.ScopeRead},
			{"GET", "/v2/namespaces/" + ns + "/metadata", policy.ScopeRead},
		} {
			for _, query := range []string{"", "?a=/v2/namespaces/free/query"} {
				f.forget()
				what := tt.method + " " + tt.path + query
				wrong, right := inbound("write"), inbound("read")
				if tt.scope == policy.ScopeWrite {
					wrong, right = right, wrong
				}
				refused(t, what, testkit.Do(t, testkit.Request{Method: tt.method, URL: f.HTTP + tt.path + query, Key: wrong, Client: client}), 403, lacksScope(tt.scope))
				f.expectAt(t, what, "", 0)
				testkit.Do(t, testkit.Request{Method: tt.method, URL: f.HTTP + tt.path + query, Key: right, Client: client})
				f.expectAt(t, what, "main", 1)
			}
		}
	}
}

// isolationNeighbours asks for names that resemble those of routed namespaces: all belong to the default store.
func isolationNeighbours(t *testing.T, f *fleet) {
	for _, ns := range []string{
		"othe", "others", "other-", "other.", "other_", "Other", "OTHER", "xother", "other;a", "other+", "other~", "other,", "other&a", "other:80", "other@a", "other\\",
		"free2", "fre", "Free", "free;", "free.", "lost2", "derivedx", "main", "x/../other"[:1],
	} {
		for _, path := range []string{"/v1/namespaces/" + ns + "/schema", "/v1/namespaces/" + ns + "/schema?x=/v1/namespaces/free/", "/v2/namespaces/" + ns + "/metadata"} {
			f.forget()
			if r := raw(t, f.Gateway, "GET "+path+" HTTP/1.1\r\nHost: layer\r\n\r\n"); r.Status != 401 {
				t.Errorf("%s without a key: %+v", path, r)
			}
			raw(t, f.Gateway, "GET "+path+" HTTP/1.1\r\nHost: layer\r\nAuthorization: Bearer "+inbound("other-admin")+"\r\n\r\n")
			f.expectAt(t, path, "", 0)
			raw(t, f.Gateway, "GET "+path+" HTTP/1.1\r\nHost: layer\r\nAuthorization: Bearer "+inbound("read")+"\r\n\r\n")
			f.expectAt(t, path, "main", 1)
		}
	}
}

// isolationRouted asks for routed namespaces in every spelling of a request that leads to an operation: always their store.
func isolationRouted(t *testing.T, f *fleet) {
	clients := clientsOf(t, f.Gateway)
	queries := []string{"", "?", "?x=y", "?/", "?/v1/namespaces/main/schema", "?store=main"}
	turn := 0
	for _, op := range passedOn() {
		if !op.Namespaced() {
			continue
		}
		methods := []string{op.Method}
		if op.Method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		for _, method := range methods {
			for _, store := range []string{"other", "derived", "free", "lost"} {
				for proto, via := range clients {
					f.forget()
					query := queries[turn%len(queries)]
					turn++
					what := fmt.Sprintf("%s %s%s by %s", method, pathOf(op, store), query, proto)
					r := testkit.Do(t, testkit.Request{Method: method, URL: via.URL + pathOf(op, store) + query, Key: inbound("admin"), Client: via.Client})
					if store != "lost" {
						f.expectAt(t, what, store, 1)
						continue
					}
					if r.Status != 503 || method != http.MethodHead && r.Code() != "service_unavailable" {
						t.Errorf("%s: %+v", what, r)
					}
					f.expectAt(t, what, "", 0)
				}
			}
		}
	}
}

// isolationForged sends the headers by which the parts of the gateway, and of Envoy, tell each other what to do.
func isolationForged(t *testing.T, f *fleet) {
	forged := http.Header{
		"X-Layer-Store": {"free"}, "X-Layer-Namespace": {"free"}, "X-Layer-Operation": {"config_problems"}, "X-Layer-Key": {"admin"}, "X-Layer-Scopes": {"admin"},
		"X-Envoy-Original-Path": {"/v1/namespaces/free/schema"}, "X-Envoy-Original-Method": {"GET"}, "X-Original-Url": {"/v1/namespaces/free/schema"},
		"X-Rewrite-Url": {"/v1/namespaces/free/schema"}, "X-Envoy-Internal": {"true"}, "X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Host": {"free"},
		"X-Http-Method-Override": {"GET"}, "X-Envoy-Upstream-Alt-Stat-Name": {"a"}, "X-Envoy-Retry-On": {"5xx"}, "X-Envoy-Max-Retries": {"9"},
	}
	for proto, via := range clientsOf(t, f.Gateway) {
		do := func(method, path, key string) testkit.Response {
			f.forget()
			return testkit.Do(t, testkit.Request{Method: method, URL: via.URL + path, Key: key, Client: via.Client, Header: forged.Clone()})
		}
		refused(t, proto, do("GET", "/v1/namespaces", ""), 401, noBearer)
		refused(t, proto, do("GET", "/v2/config/problems", ""), 401, noBearer)
		refused(t, proto, do("GET", "/v2/config/problems", inbound("read")), 403, lacksScope(policy.ScopeAdmin))
		refused(t, proto, do("GET", "/v1/namespaces/main/schema", inbound("other-read")), 403, unknownKey)
		refused(t, proto, do("DELETE", "/v2/namespaces/main", inbound("read")), 403, lacksScope(policy.ScopeWrite))
		refused(t, proto, do("GET", "/v2/namespaces/main/documents/1", inbound("read")), 404, noRoute)
		if r := do("GET", "/health", ""); r.Status != 200 || strings.Contains(r.Body, "problems") {
			t.Errorf("%s: another operation was named than the one that is public: %+v", proto, r)
		}
		f.expectAt(t, proto, "", 0)
		f.forget()
		do("GET", "/v1/namespaces/other/schema", inbound("other-read"))
		f.expectAt(t, proto, "other", 1)
		// Whatever cluster is named, the request goes to the store of its namespace or nowhere.
		for _, cluster := range []string{"store/free", "store/main", "store/other", "store/gone", "gateway", "control_plane", "ext_proc", "nothing", ""} {
			for _, name := range []string{"X-Layer-Cluster", "X-Layer-Routed"} {
				for _, twice := range []bool{false, true} {
					header := http.Header{name: {cluster}}
					if twice {
						header[name] = []string{cluster, "store/free"}
					}
					what := fmt.Sprintf("%s with %v", proto, header)
					do := func(path, key string) testkit.Response {
						f.forget()
						return testkit.Do(t, testkit.Request{URL: via.URL + path, Key: key, Client: via.Client, Header: header.Clone()})
					}
					for _, path := range []string{"/v1/namespaces/other/schema", "/v1/namespaces", "/v2/config/problems", "/nothing"} {
						if r := do(path, ""); r.Status == 200 {
							t.Errorf("%s: %s: %+v", what, path, r)
						}
						f.expectAt(t, what, "", 0)
					}
					if r := do("/v1/namespaces/other/schema", inbound("read")); r.Status == 200 {
						t.Errorf("%s: %+v", what, r)
					}
					f.expectAt(t, what, "", 0)
					if r := do("/v1/namespaces/other/schema", inbound("other-read")); r.Status == 404 {
						f.expectAt(t, what, "other", 1)
					} else {
						refused(t, what, r, 503, `{"error":"service_unavailable","message":"the route of this request is not configured"}`)
						f.expectAt(t, what, "", 0)
					}
				}
			}
		}
		// A 503 is not tried more often than Layer wants, however much the client wants it.
		f.forget()
		f.stores["main"].Fail(testkit.Fault{Status: 503})
		testkit.Do(t, testkit.Request{Method: "DELETE", URL: via.URL + "/v2/namespaces/main", Key: inbound("admin"), Client: via.Client, Header: forged.Clone()})
		f.expectAt(t, proto, "main", 1)
	}
}

// isolationInside asks the public port for what only the inside has.
func isolationInside(t *testing.T, f *fleet) {
	inside := []string{
		"/stats", "/stats/prometheus", "/config_dump", "/clusters", "/listeners", "/server_info", "/certs", "/memory", "/logging", "/quitquitquit", "/healthcheck/fail",
		"/runtime_modify?a=b", "/drain_listeners", "/_admin/requests", "/_admin/config", "/debug/pprof/", "/v2/../stats", "/v2/..%2fstats", "/envoy.service.ext_proc.v3.ExternalProcessor/Process",
		"/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources", "/grpc.health.v1.Health/Check", "/v1", "/v2", "/v3/namespaces",
	}
	for proto, via := range clientsOf(t, f.Gateway) {
		for _, path := range inside {
			for _, method := range []string{"GET", "POST"} {
				f.forget()
				what := method + " " + path + " by " + proto
				header := http.Header{"X-Layer-Store": {"main"}, "X-Layer-Operation": {"metrics"}, "Content-Type": {"application/grpc"}, "Te": {"trailers"}}
				r := testkit.Do(t, testkit.Request{Method: method, URL: via.URL + path, Client: via.Client, Header: header.Clone()})
				// An answer to a gRPC request is 200 with the status in a header.
				if r.Header.Get("Grpc-Status") == "" {
					refused(t, what, r, 401, noBearer)
				}
				header.Del("Content-Type")
				r = testkit.Do(t, testkit.Request{Method: method, URL: via.URL + path, Key: inbound("admin"), Client: via.Client, Header: header})
				refused(t, what, r, 404, noRoute)
				f.expectAt(t, what, "", 0)
			}
		}
	}
	for _, host := range []string{"egress", "gateway", "admin", "127.0.0.1:80", "store/free", strings.TrimPrefix(f.stores["free"].URL, "http://")} {
		f.forget()
		r := raw(t, f.Gateway, "GET /v1/namespaces HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
		if r.Status != 401 && r.Status != 400 {
			t.Errorf("Host %s: %+v", host, r)
		}
		f.expectAt(t, "Host "+host, "", 0)
	}
}
