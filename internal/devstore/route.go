package devstore

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// target is what the path of a request names.
type target struct {
	namespace string
	token     string // of an operation
}

// route is one row of the table of operations.
type route struct {
	versions       string // "1", "2" or "12"
	methods        []string
	needsNamespace bool // 404 without it, before the body is looked at
	serve          func(s *Store, x *exchange, t target) (*reply, error)
}

// routes are keyed by the path after the namespace.
var routes = map[string][]route{
	"": {
		{versions: "2", methods: []string{http.MethodPost}, serve: (*Store).serveWrite},
		{versions: "2", methods: []string{http.MethodDelete}, serve: (*Store).serveDelete},
	},
	"async": {{versions: "2", methods: []string{http.MethodPost}, serve: (*Store).serveAsync}},
	"query": {{versions: "2", methods: []string{http.MethodPost}, needsNamespace: true, serve: (*Store).serveQuery}},
	"explain_query": {
		{versions: "2", methods: []string{http.MethodPost}, needsNamespace: true, serve: (*Store).serveExplain},
	},
	"metadata": {
		{versions: "12", methods: []string{http.MethodGet}, needsNamespace: true, serve: (*Store).serveMetadata},
		{versions: "1", methods: []string{http.MethodPatch}, needsNamespace: true, serve: (*Store).servePatchMetadata},
	},
	"schema": {
		{versions: "1", methods: []string{http.MethodGet}, needsNamespace: true, serve: (*Store).serveSchema},
		{versions: "1", methods: []string{http.MethodPost}, needsNamespace: true, serve: (*Store).serveUpdateSchema},
	},
	"hint_cache_warm": {
		{versions: "1", methods: []string{http.MethodGet, http.MethodPost}, needsNamespace: true, serve: (*Store).serveWarmHint},
	},
	"_debug/recall": {
		{versions: "1", methods: []string{http.MethodPost}, needsNamespace: true, serve: (*Store).serveRecall},
	},
	"operations": {{versions: "1", methods: []string{http.MethodGet}, serve: (*Store).serveOperation}},
}

var listRoutes = []route{{versions: "1", methods: []string{http.MethodGet}, serve: (*Store).serveList}}

// handle authenticates and dispatches.
func (s *Store) handle(x *exchange) (*reply, error) {
	if err := s.auth(x.r); err != nil {
		return nil, err
	}
	version, t, candidates := s.resolve(x.r.URL)
	method := x.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var allowed []string
	for i := range candidates {
		rt := &candidates[i]
		if !strings.Contains(rt.versions, version) {
			continue
		}
		if !slices.Contains(rt.methods, method) {
			allowed = append(allowed, rt.methods...)
			continue
		}
		return s.dispatch(rt, x, t)
	}
	if allowed == nil {
		return nil, fail(404, "not found: %s %s", x.r.Method, cut(x.r.URL.Path, 500))
	}
	x.w.Header().Set("Allow", strings.Join(allowed, ", "))
	return nil, fail(http.StatusMethodNotAllowed, "method not allowed: %s", x.r.Method)
}

func (s *Store) dispatch(rt *route, x *exchange, t target) (*reply, error) {
	if t.namespace != "" && !validName(t.namespace) {
		return nil, fail(400, "invalid namespace name `%s`", cut(t.namespace, 200))
	}
	if rt.needsNamespace && s.names.live(t.namespace) == nil {
		return nil, notFound(t.namespace)
	}
	return rt.serve(s, x, t)
}

// resolve splits a path strictly: no empty segment, each one percent-decoded by itself.
func (s *Store) resolve(u *url.URL) (version string, t target, candidates []route) {
	path := u.EscapedPath()
	rest, isV2 := strings.CutPrefix(path, "/v2/namespaces")
	version = "2"
	if !isV2 {
		if rest, isV2 = strings.CutPrefix(path, "/v1/namespaces"); !isV2 {
			return "", t, nil
		}
		version = "1"
	}
	if rest == "" {
		return version, t, listRoutes
	}
	name, sub, hasSub := strings.Cut(rest[1:], "/")
	if rest[0] != '/' || name == "" || hasSub && sub == "" {
		return "", t, nil
	}
	var err error
	if t.namespace, err = url.PathUnescape(name); err != nil {
		return "", t, nil
	}
	if token, isOp := strings.CutPrefix(sub, "operations/"); isOp && token != "" {
		t.token, sub = token, "operations"
	} else if sub == "operations" {
		return "", t, nil
	}
	return version, t, routes[sub]
}

func validName(name string) bool {
	if len(name) > 128 {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// operationName is the name of a request for counters and delays.
func operationName(method, path string) string {
	_, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	collection, rest, hasName := strings.Cut(rest, "/")
	if collection != "namespaces" {
		return "other"
	}
	if !hasName {
		return "list"
	}
	_, sub, hasSub := strings.Cut(rest, "/")
	switch {
	case hasSub:
		name, _, _ := strings.Cut(sub, "/")
		return name
	case method == http.MethodDelete:
		return "delete"
	}
	return "write"
}
