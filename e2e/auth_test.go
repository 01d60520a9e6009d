package e2e

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hevlayer.com/layer/internal/testkit"
	"hevlayer.com/layer/policy"
)

// The bodies of refusals, which clients of earlier releases compare as text.
const (
	noBearer   = `{"error":"missing or malformed Authorization: Bearer header"}`
	unknownKey = `{"error":"invalid API key"}`
	noRoute    = `{"error":"not_found","message":"there is no such route"}`
)

func lacksScope(want policy.Scope) string {
	return fmt.Sprintf(`{"error":"insufficient API key scope","required_scope":"%s"}`, want)
}

// refused checks an answer that Layer gives instead of the store.
func refused(t *testing.T, what string, r testkit.Response, status int, body string) {
	t.Helper()
	if r.Status != status || r.Body != body || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s: %d %q %s, want %d application/json %s", what, r.Status, r.Header.Get("Content-Type"), r.Body, status, body)
	}
	if challenge := r.Header.Get("Www-Authenticate"); (status == 401) != (challenge == "Bearer") {
		t.Errorf("%s: WWW-Authenticate %q with status %d", what, challenge, status)
	}
}

var variable = regexp.MustCompile(`\{[a-z]+\}`)

// pathOf fills in an operation's template.
func pathOf(op *policy.Operation, namespace string) string {
	return variable.ReplaceAllString(strings.ReplaceAll(op.Template, "{ns}", namespace), "x")
}

func TestAuth(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	t.Run("credentials", func(t *testing.T) { authCredentials(t, f) })
	t.Run("scopes", func(t *testing.T) { authScopes(t, f) })
	t.Run("stores", func(t *testing.T) { authStores(t, f) })
	t.Run("answers", func(t *testing.T) { authAnswers(t, f) })
	t.Run("headers", func(t *testing.T) { authHeaders(t, f) })
}

// authCredentials sends what is and what is not a bearer, as it stands on the wire.
func authCredentials(t *testing.T, f *fleet) {
	read := inbound("read")
	bearer := "Authorization: Bearer " + read + "\r\n"
	tests := map[string]struct {
		headers string
		status  int
		body    string
	}{
		"none":                            {"", 401, noBearer},
		"empty":                           {"Authorization:\r\n", 401, noBearer},
		"another scheme":                  {"Authorization: Basic " + read + "\r\n", 401, noBearer},
		"no scheme":                       {"Authorization: " + read + "\r\n", 401, noBearer},
		"no token":                        {"Authorization: Bearer\r\n", 401, noBearer},
		"no token, a space":               {"Authorization: Bearer \r\n", 401, noBearer},
		"no space":                        {"Authorization: Bearer" + read + "\r\n", 401, noBearer},
		"a tab":                           {"Authorization: Bearer\t" + read + "\r\n", 401, noBearer},
		"a tab before the token":          {"Authorization: Bearer \t" + read + "\r\n", 401, noBearer},
		"two words":                       {"Authorization: Bearer " + read + " " + read + "\r\n", 401, noBearer},
		"not ASCII":                       {"Authorization: Bearer " + read + "\u00e9\r\n", 401, noBearer},
		"not UTF-8":                       {"Authorization: Bearer " + read + "\xff\r\n", 401, noBearer},
		"a comma":                         {"Authorization: Bearer " + read + "," + read + "\r\n", 401, noBearer},
		"two in one":                      {"Authorization: Bearer " + read + ", Bearer " + read + "\r\n", 401, noBearer},
		"two headers":                     {bearer + bearer, 401, noBearer},
		"two headers, the second unknown": {bearer + "Authorization: Bearer nobody\r\n", 401, noBearer},
		"two headers, the first unknown":  {"Authorization: Bearer nobody\r\n" + bearer, 401, noBearer},
		"two headers, another scheme":     {bearer + "Authorization: Basic eA==\r\n", 401, noBearer},
		"named by Connection":             {bearer + "Connection: authorization\r\n", 401, noBearer},
		"a cookie":                        {"Cookie: authorization=Bearer " + read + "\r\n", 401, noBearer},
		"X-API-Key":                       {"X-API-Key: " + read + "\r\n", 401, noBearer},
		"Proxy-Authorization":             {"Proxy-Authorization: Bearer " + read + "\r\n", 401, noBearer},
		"facts of the filter":             {"x-layer-key: read\r\nx-layer-scopes: read,write,admin\r\nx-layer-store: main\r\n", 401, noBearer},
		"unknown":                         {"Authorization: Bearer nobody\r\n", 403, unknownKey},
		"unknown, long":                   {"Authorization: Bearer " + strings.Repeat("a", 40<<10) + "\r\n", 403, unknownKey},
		"another case":                    {"Authorization: Bearer " + strings.ToUpper(read) + "\r\n", 403, unknownKey},
		"cut off":                         {"Authorization: Bearer " + read[:len(read)-1] + "\r\n", 403, unknownKey},
		"the store's own credential":      {"Authorization: Bearer " + credential("main") + "\r\n", 403, unknownKey},
		"the key of another store":        {"Authorization: Bearer " + inbound("other-admin") + "\r\n", 403, unknownKey},
		"a key that lacks the scope":      {"Authorization: Bearer " + inbound("write") + "\r\n", 403, lacksScope(policy.ScopeRead)},

		"bearer":          {bearer, 200, ""},
		"lower case":      {strings.ToLower(bearer), 200, ""},
		"upper case":      {"AUTHORIZATION: BEARER " + read + "\r\n", 200, ""},
		"several spaces":  {"Authorization: Bearer   " + read + "  \r\n", 200, ""},
		"a folded header": {"Authorization: Bearer\r\n " + read + "\r\n", 200, ""},
		// Envoy joins repeated headers, and of an empty one nothing is left for the filter to see.
		"a second header that is empty": {bearer + "Authorization:\r\n", 200, ""},
	}
	for name, tt := range tests {
		f.forget()
		r := raw(t, f.Gateway, "GET /v1/namespaces?api_key="+read+" HTTP/1.1\r\nHost: layer\r\n"+tt.headers+"\r\n")
		if tt.status == 200 {
			if r.Status != 200 {
				t.Errorf("%s: %+v", name, r)
			}
			f.expectAt(t, name, "main", 1)
			continue
		}
		refused(t, name, r, tt.status, tt.body)
		f.expectAt(t, name, "", 0)
	}
}

// authScopes sends every operation with every kind of key. What is admitted reaches the store if it is passed on, and nothing
// else does.
func authScopes(t *testing.T, f *fleet) {
	client := testkit.NewClient(t)
	granted := map[string]policy.Scope{"": 0, "read": policy.ScopeRead, "write": policy.ScopeWrite, "admin": policy.ScopeAdmin}
	for _, op := range policy.Operations() {
		methods := []string{op.Method}
		if op.Method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		for _, method := range methods {
			for key, scope := range granted {
				f.forget()
				req := testkit.Request{Method: method, URL: f.HTTP + pathOf(op, "products"), Client: client}
				if key != "" {
					req.Key = inbound(key)
				}
				r := testkit.Do(t, req)
				what := fmt.Sprintf("%s %s with key %q", method, op.Template, key)
				body := ""
				switch {
				case op.Public():
					if r.Status == 401 || r.Status == 403 {
						t.Errorf("%s: %+v", what, r)
					}
				case key == "":
					body = noBearer
				case !scope.Allows(op.Scope):
					body = lacksScope(op.Scope)
				}
				admitted := body == ""
				if !admitted {
					if method == http.MethodHead {
						body = ""
					}
					refused(t, what, r, map[bool]int{true: 401, false: 403}[key == ""], body)
				}
				if admitted && op.Class == policy.Passthrough {
					f.expectAt(t, what, "main", 1)
				} else {
					f.expectAt(t, what, "", 0)
				}
			}
		}
	}
}

// authStores asks each store's namespace with each key: a request is judged by the policy of the store that it is sent to, the
// default store's admin key is good everywhere, and an open store opens only what leads to it.
func authStores(t *testing.T, f *fleet) {
	client := testkit.NewClient(t)
	keys := map[string]string{
		"nobody": "", "a stranger": "stranger",
		"read": inbound("read"), "write": inbound("write"), "admin": inbound("admin"),
		"other-read": inbound("other-read"), "other-admin": inbound("other-admin"),
		"credential of main": credential("main"), "credential of other": credential("other"),
		"credential of derived": credential("derived"), "credential of free": credential("free"),
	}
	// Who may read, who may write; all others are unknown, or known and lack the scope.
	type grant struct{ read, write, known []string }
	everybody := []string{}
	for name := range keys {
		everybody = append(everybody, name)
	}
	grants := map[string]grant{
		"main":    {[]string{"read", "admin"}, []string{"write", "admin"}, []string{"read", "write", "admin"}},
		"other":   {[]string{"other-read", "other-admin", "admin"}, []string{"other-admin", "admin"}, []string{"other-read", "other-admin", "admin"}},
		"derived": {[]string{"credential of derived", "admin"}, []string{"credential of derived", "admin"}, []string{"credential of derived", "admin"}},
		"free":    {everybody, everybody, everybody},
		"lost":    {[]string{"read", "admin"}, []string{"write", "admin"}, []string{"read", "write", "admin"}},
	}
	for namespace, g := range grants {
		for name, key := range keys {
			for _, op := range []struct {
				method, path string
				scope        policy.Scope
				may          []string
			}{
				{"GET", "/v1/namespaces/" + namespace + "/metadata", policy.ScopeRead, g.read},
				{"POST", "/v1/namespaces/" + namespace + "/query?a=b", policy.ScopeRead, g.read},
				{"DELETE", "/v2/namespaces/" + namespace, policy.ScopeWrite, g.write},
				{"POST", "/v2/namespaces/" + namespace + "?a=/v2/namespaces/free", policy.ScopeWrite, g.write},
			} {
				f.forget()
				what := fmt.Sprintf("%s %s by %s", op.method, op.path, name)
				r := testkit.Do(t, testkit.Request{Method: op.method, URL: f.HTTP + op.path, Key: key, Client: client})
				switch {
				case slices.Contains(op.may, name) && namespace == "lost":
					refused(t, what, r, 503, `{"error":"service_unavailable","message":"the store of namespace \"lost\" is not configured"}`)
					f.expectAt(t, what, "", 0)
				case slices.Contains(op.may, name):
					f.expectAt(t, what, namespace, 1)
				case name == "nobody":
					refused(t, what, r, 401, noBearer)
					f.expectAt(t, what, "", 0)
				case slices.Contains(g.known, name):
					refused(t, what, r, 403, lacksScope(op.scope))
					f.expectAt(t, what, "", 0)
				default:
					refused(t, what, r, 403, unknownKey)
					f.expectAt(t, what, "", 0)
				}
			}
		}
	}
}

// authAnswers checks what comes after the judgement, and by whose policy the judgement is.
func authAnswers(t *testing.T, f *fleet) {
	for _, tt := range []struct {
		method, path, key string
		status            int
		body, allow       string
	}{
		// Unknown paths are judged by the default store, whatever namespace they seem to hold.
		{"GET", "/nothing", "", 401, noBearer, ""},
		{"GET", "/nothing", "stranger", 403, unknownKey, ""},
		{"GET", "/nothing", inbound("read"), 404, noRoute, ""},
		{"GET", "/nothing", inbound("write"), 404, noRoute, ""},
		{"DELETE", "/v2/namespaces/free/nothing", "", 401, noBearer, ""},
		{"GET", "/v2/namespaces/other/nothing", inbound("other-read"), 403, unknownKey, ""},
		{"POST", "/v1/namespaces/products", inbound("write"), 404, noRoute, ""},
		{"DELETE", "/v1/namespaces/products", inbound("write"), 404, noRoute, ""},
		{"GET", "/v1/namespaces/products", inbound("read"), 404, noRoute, ""},

		// A wrong method by the path's own store.
		{"PUT", "/v1/namespaces", "", 401, noBearer, ""},
		{"PUT", "/v1/namespaces", inbound("read"), 405, wrongMethod("PUT", "GET, HEAD"), "GET, HEAD"},
		{"OPTIONS", "/v1/namespaces", inbound("write"), 405, wrongMethod("OPTIONS", "GET, HEAD"), "GET, HEAD"},
		{"PATCH", "/v2/namespaces/products", inbound("read"), 405, wrongMethod("PATCH", "DELETE, POST"), "DELETE, POST"},
		{"GET", "/v2/namespaces/other", inbound("read"), 403, unknownKey, ""},
		{"GET", "/v2/namespaces/other", inbound("other-read"), 405, wrongMethod("GET", "DELETE, POST"), "DELETE, POST"},
		{"GET", "/v2/namespaces/other", inbound("admin"), 405, wrongMethod("GET", "DELETE, POST"), "DELETE, POST"},
		{"GET", "/v2/namespaces/free", "", 405, wrongMethod("GET", "DELETE, POST"), "DELETE, POST"},
		{"POST", "/health", "", 401, noBearer, ""},
		{"POST", "/health", inbound("read"), 405, wrongMethod("POST", "GET, HEAD"), "GET, HEAD"},

		// No namespace, no store: the default one.
		{"GET", "/v1/namespaces/%6Fther/metadata", "", 401, noBearer, ""},
		{"GET", "/v1/namespaces/%6Fther/metadata", inbound("other-read"), 403, unknownKey, ""},
		{"GET", "/v1/namespaces/%6Fther/metadata", inbound("read"), 422, badNamespace("%6Fther"), ""},
		{"GET", "/v1/namespaces/%2e%2e/metadata", inbound("read"), 422, badNamespace("%2e%2e"), ""},
		{"DELETE", "/v2/namespaces/..", inbound("write"), 422, badNamespace(".."), ""},
		{"DELETE", "/v2/namespaces/..", "", 401, noBearer, ""},

		// What Layer answers itself is strict about names, also while there is nothing to answer yet.
		{"GET", "/v2/namespaces/a+b/documents/1", inbound("read"), 422, badNamespace("a+b"), ""},
		{"GET", "/v2/namespaces/" + strings.Repeat("n", 129) + "/documents/1", inbound("read"), 422, badNamespace(strings.Repeat("n", 128) + "…"), ""},
		{"GET", "/v2/namespaces/products/documents/1", inbound("read"), 404, noRoute, ""},
		{"GET", "/v2/namespaces/free/documents/1", "", 404, noRoute, ""},
		{"GET", "/v2/namespaces/lost/documents/1", inbound("read"), 503, `{"error":"service_unavailable","message":"the store of namespace \"lost\" is not configured"}`, ""},
		{"POST", "/v2/keys/authenticate", "", 404, noRoute, ""},
		{"GET", "/v2/config/problems", inbound("read"), 403, lacksScope(policy.ScopeAdmin), ""},
	} {
		f.forget()
		what := fmt.Sprintf("%s %.80s with key %q", tt.method, tt.path, tt.key)
		r := testkit.Do(t, testkit.Request{Method: tt.method, URL: f.HTTP + tt.path, Key: tt.key})
		refused(t, what, r, tt.status, tt.body)
		if got := r.Header.Get("Allow"); got != tt.allow {
			t.Errorf("%s: Allow %q, want %q", what, got, tt.allow)
		}
		f.expectAt(t, what, "", 0)
	}
}

// authHeaders compares the headers that leave a client with those that reach a store.
func authHeaders(t *testing.T, f *fleet) {
	kept := http.Header{
		"Accept": {"application/json"}, "Accept-Encoding": {"identity"}, "Content-Type": {"application/json; charset=utf-8"},
		"Prefer": {"respond-async"}, "User-Agent": {"tpuf-test/1"}, "X-Repeated": {"one", "two"}, "X-Odd": {`a "b"; c=d, é`},
		"X-Request-Id": {"mine"}, "Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "Tracestate": {"a=b"},
		"X-Stainless-Retry-Count": {"2"}, "If-None-Match": {`"x"`}, "Forwarded": {"for=192.0.2.1"}, "X-Forwarded-For": {"192.0.2.1"},
		"X_layer_store": {"other"}, "X-Layers": {"kept"}, "Layer-Store": {"kept"},
	}
	taken := http.Header{
		"Cookie": {"a=b; c=d"}, "X-Layer-Store": {"other"}, "X-Layer-Key": {"admin"}, "X-Layer-Scopes": {"admin"}, "X-Layer-Operation": {"health"},
		"X-Layer-Namespace": {"other"}, "X-Layer-": {"a"}, "X-Hevlayer-Stable": {"true"}, "X-Hevlayer-": {"a"}, "X-Envoy-Retry-On": {"5xx"},
		"X-Envoy-Original-Path": {"/v2/namespaces/other"}, "X-Envoy-Upstream-Rq-Timeout-Ms": {"1"}, "X-Envoy-Internal": {"true"},
		"X-Envoy-Decorator-Operation": {"a"}, "X-Envoy-Anything": {"a"}, "Proxy-Authorization": {"Basic eA=="}, "Te": {"trailers"},
		"X-Forwarded-Proto": {"gopher"},
	}
	sent := http.Header{}
	for _, h := range []http.Header{kept, taken} {
		for name, values := range h {
			sent[name] = values
		}
	}
	clients := map[string]*http.Client{
		"HTTP/1.1": testkit.NewClient(t), "TLS": testkit.NewTLSClient(t, f.CA, false), "HTTP/2": testkit.NewTLSClient(t, f.CA, true),
	}
	for proto, client := range clients {
		for _, store := range []string{"main", "other", "derived", "free"} {
			f.forget()
			url := f.HTTP
			if proto != "HTTP/1.1" {
				url = f.HTTPS
			}
			r := testkit.Do(t, testkit.Request{Method: "DELETE", URL: url + "/v2/namespaces/" + store, Key: inbound("admin"), Header: sent.Clone(), Client: client})
			if r.Status != 404 { // the store has no such namespace
				t.Errorf("%s to %s: %+v", proto, store, r)
			}
			f.expectAt(t, proto+" to "+store, store, 1)
			want := kept.Clone()
			want["Authorization"] = []string{"Bearer " + credential(store)}
			got := f.stores[store].Last()
			if diff := cmp.Diff(want, got.Header); diff != "" {
				t.Errorf("%s: headers at %s (-want +got):\n%s", proto, store, diff)
			}
			if "http://"+got.Host != f.stores[store].URL {
				t.Errorf("%s: Host %s at %s, want the host of %s", proto, got.Host, store, f.stores[store].URL)
			}
		}
	}
	f.forget()
	testkit.Do(t, testkit.Request{URL: f.HTTP + "/v1/namespaces", Key: inbound("read"), Header: http.Header{"User-Agent": {""}}})
	got := f.stores["main"].Last().Header
	if len(got["Traceparent"]) != 1 || len(got["Authorization"]) != 1 || len(got) != 2 {
		t.Errorf("a request without headers reaches the store with %v, want a credential and a traceparent", got)
	}
}

// TestAuthPassesBearer is the store without a credential: the caller's own bearer reaches it, on that request and no other, and
// its answer to a wrong one is relayed.
func TestAuthPassesBearer(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t, "tpuf_one", "tpuf_two")
	g := testkit.Dev(t, testkit.DevOptions{Env: []string{"TPUF_URL=" + u.URL}})
	client := testkit.NewClient(t)
	for range 3 {
		for _, key := range []string{"tpuf_one", "tpuf_two", "tpuf_nobody"} {
			req := testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: key, Client: client}
			got := testkit.Do(t, req)
			if sent := u.Last().Header["Authorization"]; !slices.Equal(sent, []string{"Bearer " + key}) {
				t.Errorf("the store received %q, want the bearer %s", sent, key)
			}
			req.URL = u.URL + "/v1/namespaces"
			want := testkit.Do(t, req)
			want.Header["Date"], got.Header["Date"] = nil, nil
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("with %s (-direct +through Layer):\n%s", key, diff)
			}
		}
	}
	u.Forget()
	for name, headers := range map[string]string{
		"none": "", "Basic": "Authorization: Basic eA==\r\n", "two": "Authorization: Bearer tpuf_one\r\nAuthorization: Bearer tpuf_two\r\n",
		"taken off again": "Authorization: Bearer tpuf_one\r\nConnection: close, authorization\r\n",
	} {
		refused(t, name, raw(t, g, "GET /v1/namespaces HTTP/1.1\r\nHost: layer\r\n"+headers+"\r\n"), 401, noBearer)
	}
	if got := u.Received(); len(got) > 0 {
		t.Errorf("the store received %+v", got)
	}
	if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/nothing", Key: "anything"}); r.Status != 404 {
		t.Errorf("an unknown path: %+v", r)
	}
	if got := u.Received(); len(got) > 0 {
		t.Errorf("a bearer left for a store without need: %+v", got)
	}
}
