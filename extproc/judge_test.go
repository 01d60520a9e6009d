package extproc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hevlayer.com/layer/policy"
)

// ask is a request as the tables write it: token is the bearer, "" for none.
func ask(method, path, cluster, token string) request {
	r := request{method: method, path: path, cluster: cluster, traceparent: aTraceparent}
	if token != "" {
		r.authorization = []string{"Bearer " + token}
	}
	return r
}

const aTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// said is a verdict in the words of the tables: status and body of the reply, or the store and key of what goes on.
type said struct {
	Status     int
	Body       string
	Header     map[string]string
	Store, Key string
	// Cluster is the one that Envoy has to take instead.
	Cluster string
}

func say(v verdict) said {
	s := said{Key: v.grant.Key, Cluster: v.cluster}
	if v.store != nil {
		s.Store = v.store.Name
	}
	if v.reply != nil {
		s.Status, s.Body, s.Header, s.Store, s.Key = v.reply.Status, string(v.reply.Body), v.reply.Header, "", ""
	}
	return s
}

func goesOn(store, key string) said { return said{Store: store, Key: key} }

// moved is goesOn for a request that Envoy's route leads elsewhere.
func moved(store, key string) said { return said{Store: store, Key: key, Cluster: "store/" + store} }

// The replies, to the byte.
var (
	noBearer = said{
		Status: 401, Body: `{"error":"missing or malformed Authorization: Bearer header"}`,
		Header: map[string]string{"www-authenticate": "Bearer"},
	}
	unknownKey = said{Status: 403, Body: `{"error":"invalid API key"}`}
	leaving    = said{
		Status: 503, Body: `{"error":"gateway_draining","message":"this gateway is shutting down; retry on another connection"}`,
		Header: map[string]string{"connection": "close"},
	}
	tooLarge      = said{Status: 413, Body: `{"error":"payload_too_large","message":"the request body is over the limit"}`}
	unknownRoute  = said{Status: 404, Body: `{"error":"not_found","message":"there is no such route"}`}
	misled        = said{Status: 503, Body: `{"error":"service_unavailable","message":"the route of this request is not configured"}`}
	lostStore     = said{Status: 503, Body: `{"error":"service_unavailable","message":"the store of namespace \"lost\" is not configured"}`}
	unconfigured  = said{Status: 503, Body: `{"error":"gateway_unavailable","message":"the gateway has no configuration yet"}`}
	namespaceRule = `: a name has 1 to 128 of the characters A-Z a-z 0-9 - _ . and is neither . nor .."}`
)

func lacking(scope string) said {
	return said{Status: 403, Body: `{"error":"insufficient API key scope","required_scope":"` + scope + `"}`}
}

func notAllowed(method, allow string) said {
	return said{
		Status: 405, Body: `{"error":"method_not_allowed","message":"` + method + ` is not allowed here; allowed: ` + allow + `"}`,
		Header: map[string]string{"allow": allow},
	}
}

func badName(quoted string) said {
	return said{Status: 422, Body: `{"error":"validation_error","message":"namespace ` + quoted + namespaceRule}
}

// question is one row: a request and what is said to it.
type question struct {
	request request
	want    said
}

func checkJudge(t *testing.T, s *Server, questions []question) {
	t.Helper()
	for _, q := range questions {
		if diff := cmp.Diff(q.want, say(s.judge(q.request))); diff != "" {
			t.Errorf("%s %.80s to %q with %q (-want +got):\n%s", q.request.method, q.request.path, q.request.cluster, q.request.authorization, diff)
		}
	}
}

func TestJudgePassthrough(t *testing.T) {
	t.Parallel()
	s, _ := filter(mixed(t))
	checkJudge(t, s, []question{
		{ask("GET", "/v1/namespaces?prefix=a/b", "store/a", reader), goesOn("a", "the-reader")},
		{ask("HEAD", "/v1/namespaces", "store/a", reader), goesOn("a", "the-reader")},
		{ask("POST", "/v2/namespaces/query/query", "store/a", reader), goesOn("a", "the-reader")},
		{ask("POST", "/v2/namespaces/query", "store/a", reader), lacking("write")},
		{ask("POST", "/v2/namespaces/query", "store/a", writer), goesOn("a", "the-writer")},
		{ask("POST", "/v2/namespaces/x/query", "store/a", writer), lacking("read")},
		{ask("DELETE", "/v2/namespaces/scans", "store/a", admin), goesOn("a", "the-admin")},
		{ask("POST", "/v2/namespaces/x", "store/a", upstreamA), unknownKey},
		{ask("POST", "/v2/namespaces/x", "store/a", ""), noBearer},
		// The store is the one that the namespace resolves to, wherever Envoy's route leads.
		{ask("POST", "/v2/namespaces/in-b", "store/b", upstreamB), goesOn("b", "store")},
		{ask("POST", "/v2/namespaces/in-b", "store/b", reader), unknownKey},
		{ask("POST", "/v2/namespaces/in-b", "store/b", admin), goesOn("b", "the-admin")},
		{ask("POST", "/v2/namespaces/in-b", "store/a", upstreamB), moved("b", "store")},
		{ask("POST", "/v2/namespaces/in-b", "store/a", writer), unknownKey},
		{ask("POST", "/v2/namespaces/x", "store/b", writer), moved("a", "the-writer")},
		{ask("POST", "/v2/namespaces/x", "store/b", upstreamB), unknownKey},
		{ask("POST", "/v2/namespaces/x", "store/open", ""), noBearer},
		{ask("GET", "/v1/namespaces", "store/open", admin), moved("a", "the-admin")},
		{ask("POST", "/v2/namespaces/x/query", "store/nowhere", admin), moved("a", "the-admin")},
		{ask("POST", "/v2/namespaces/x/query", "", admin), moved("a", "the-admin")},
		{ask("POST", "/v2/namespaces/in-open", "store/open", ""), goesOn("open", "open")},
		{ask("POST", "/v2/namespaces/in-open", "store/a", ""), moved("open", "open")},
	})
}

func TestJudgeGateway(t *testing.T) {
	t.Parallel()
	s, _ := filter(mixed(t))
	checkJudge(t, s, []question{
		{ask("GET", "/v2/config/problems", "gateway", admin), goesOn("a", "the-admin")},
		{ask("GET", "/v2/config/problems", "gateway", reader), lacking("admin")},
		{ask("GET", "/v2/namespaces", "gateway", reader), goesOn("a", "the-reader")},
		{ask("GET", "/v2/namespaces/in-b/documents/a%2Fb", "gateway", upstreamB), goesOn("b", "store")},
		{ask("GET", "/v2/namespaces/in-b/documents/a", "gateway", reader), unknownKey},
		{ask("GET", "/v2/namespaces/in-open/documents/a", "gateway", ""), goesOn("open", "open")},
		{ask("GET", "/v2/namespaces/x/documents/a", "gateway", ""), noBearer},
		{ask("POST", "/v2/namespaces/x/warm", "gateway", reader), lacking("write")},
		// Names that no namespace can have.
		{ask("GET", "/v2/namespaces/a b/documents/c", "gateway", reader), badName(`\"a b\"`)},
		{ask("GET", "/v2/namespaces/a%2Fb/documents/c", "gateway", reader), badName(`\"a%2Fb\"`)},
		{ask("POST", "/v2/namespaces/../query", "gateway", reader), badName(`\"..\"`)},
		{ask("POST", "/v2/namespaces/../query", "gateway", "wrong"), unknownKey},
		{ask("GET", "/v2/namespaces/"+strings.Repeat("n", 500)+"/documents/c", "gateway", reader), badName(`\"` + strings.Repeat("n", 128) + `…\"`)},
		// What is no operation.
		{ask("GET", "/v3", "gateway", reader), unknownRoute},
		{ask("GET", "/v3", "gateway", writer), unknownRoute},
		{ask("GET", "/v3", "gateway", "wrong"), unknownKey},
		{ask("GET", "/v3", "gateway", ""), noBearer},
		{ask("PUT", "/v2/namespaces/x/query", "gateway", reader), notAllowed("PUT", "POST")},
		{ask("OPTIONS", "/v1/namespaces", "gateway", reader), notAllowed("OPTIONS", "GET, HEAD")},
		{ask("OPTIONS", "/v1/namespaces", "gateway", ""), noBearer},
		{ask("PUT", "/v2/namespaces/in-b/query", "gateway", reader), unknownKey},
		{ask("PUT", "/v2/namespaces/in-b/query", "gateway", upstreamB), notAllowed("PUT", "POST")},
		{ask("PUT", "/v2/namespaces/in-b/query", "gateway", admin), notAllowed("PUT", "POST")},
		{ask("PUT", "/v2/namespaces/in-open/query", "gateway", ""), notAllowed("PUT", "POST")},
		// Envoy names no cluster for a method that it has no route for.
		{ask("CONNECT", "", "", reader), unknownRoute},
		{ask("CONNECT", "", "", ""), noBearer},
	})
}

func TestJudgePublic(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*Server{"serving": first(filter(mixed(t))), "draining": first(filter(mixed(t), draining)), "starting": first(filter(nil))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var questions []question
			for _, op := range policy.Operations() {
				if op.Public() {
					path := strings.ReplaceAll(op.Template, "{name}", "layer_up")
					questions = append(questions, question{ask(op.Method, path, "gateway", ""), said{}}, question{ask(op.Method, path, "gateway", "wrong"), said{}})
				}
			}
			questions = append(questions, question{ask("HEAD", "/ready", "gateway", ""), said{}})
			checkJudge(t, s, questions)
		})
	}
}

func first(s *Server, _ *watcher) *Server { return s }

// Where Envoy would send to a store what the gateway answers, or to the gateway what a store does, nothing passes.
func TestJudgeMismatch(t *testing.T) {
	t.Parallel()
	s, _ := filter(mixed(t))
	checkJudge(t, s, []question{
		{ask("POST", "/v2/namespaces/x/query", "gateway", admin), moved("a", "the-admin")},
		{ask("POST", "/v2/namespaces/in-open/query", "gateway", admin), moved("open", "open")},
		{ask("GET", "/v1/namespaces", "gateway", ""), noBearer},
		{ask("GET", "/v2/namespaces", "store/a", admin), misled},
		{ask("GET", "/v2/namespaces/x/documents/a", "store/a", admin), misled},
		{ask("GET", "/v3", "store/a", admin), misled},
		{ask("GET", "/v3", "store/open", ""), misled},
		{ask("PUT", "/v2/namespaces/x/query", "store/open", ""), misled},
		{ask("GET", "/health", "store/a", admin), misled},
		{ask("GET", "/health", "", admin), misled},
		{ask("GET", "/v2/namespaces", "", admin), misled},
		{ask("GET", "/v3", "ext_proc", admin), misled},
	})
}

// A namespace whose store does not exist is judged by the default store's policy, and then unavailable.
func TestJudgeLostStore(t *testing.T) {
	t.Parallel()
	s, _ := filter(mixed(t))
	checkJudge(t, s, []question{
		{ask("POST", "/v2/namespaces/lost/query", "store/a", reader), lostStore},
		{ask("POST", "/v2/namespaces/lost", "store/a", reader), lacking("write")},
		{ask("POST", "/v2/namespaces/lost/query", "store/a", "wrong"), unknownKey},
		{ask("POST", "/v2/namespaces/lost/query", "store/a", ""), noBearer},
		{ask("GET", "/v2/namespaces/lost/documents/a", "gateway", reader), lostStore},
		{ask("PUT", "/v2/namespaces/lost/query", "gateway", reader), lostStore},
	})
}

func TestJudgeUnconfigured(t *testing.T) {
	t.Parallel()
	s, _ := filter(nil)
	checkJudge(t, s, []question{
		{ask("GET", "/v1/namespaces", "store/a", admin), unconfigured},
		{ask("GET", "/v2/namespaces", "gateway", admin), unconfigured},
		{ask("GET", "/v3", "gateway", ""), unconfigured},
		{ask("GET", "/health", "store/a", ""), unconfigured},
	})
}

// A namespace whose new store Envoy can't know yet stays where it was, under the policy of before, until Envoy has followed.
func TestJudgeWaitsForEnvoy(t *testing.T) {
	t.Parallel()
	old, now := passing(t), mixed(t)
	s, _ := filter(old)
	s.cfg.Live.Settle(old)
	s.cfg.Live.Put(now)
	toB := ask("POST", "/v2/namespaces/in-b/query", "store/a", upstreamB)
	checkJudge(t, s, []question{{toB, goesOn("a", "caller")}})
	s.cfg.Live.Settle(now)
	checkJudge(t, s, []question{{toB, moved("b", "store")}})
}

func TestJudgeCallersOwnBearer(t *testing.T) {
	t.Parallel()
	s, _ := filter(passing(t))
	checkJudge(t, s, []question{
		{ask("POST", "/v2/namespaces/x", "store/a", "anything"), goesOn("a", "caller")},
		{ask("POST", "/v2/namespaces/x", "store/a", ""), noBearer},
	})
	many := ask("POST", "/v2/namespaces/x", "store/a", "anything")
	many.authorization = append(many.authorization, "Bearer more")
	checkJudge(t, s, []question{{many, noBearer}})
}

// Each answer hides the ones after it: key, scope, draining, size, and only then what is wrong with the request itself.
func TestJudgeOrder(t *testing.T) {
	t.Parallel()
	large := func(r request) request {
		r.contentLength = "1001"
		return r
	}
	serving, _ := filter(mixed(t))
	stopping, _ := filter(mixed(t), draining)
	wrongs := map[string]struct {
		request request
		reply   said
	}{
		"unknown route":  {ask("GET", "/v3", "gateway", reader), unknownRoute},
		"wrong method":   {ask("PUT", "/v2/query", "gateway", reader), notAllowed("PUT", "POST")},
		"bad namespace":  {ask("POST", "/v2/namespaces/%/query", "gateway", reader), badName(`\"%\"`)},
		"lost store":     {ask("POST", "/v2/namespaces/lost/query", "store/a", reader), lostStore},
		"nothing at all": {ask("POST", "/v2/namespaces/x/query", "store/a", reader), goesOn("a", "the-reader")},
	}
	for name, w := range wrongs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			none, unknown := w.request, w.request
			none.authorization, unknown.authorization = nil, []string{"Bearer wrong"}
			for _, s := range []*Server{serving, stopping} {
				checkJudge(t, s, []question{{none, noBearer}, {large(none), noBearer}, {unknown, unknownKey}, {large(unknown), unknownKey}})
			}
			checkJudge(t, stopping, []question{{w.request, leaving}, {large(w.request), leaving}})
			checkJudge(t, serving, []question{{large(w.request), tooLarge}, {w.request, w.reply}})
		})
	}
	write := large(ask("POST", "/v2/namespaces/lost", "store/a", reader))
	checkJudge(t, stopping, []question{{write, lacking("write")}})
}

func TestJudgeContentLength(t *testing.T) {
	t.Parallel()
	s, _ := filter(mixed(t))
	for length, want := range map[string]said{
		"": goesOn("a", "the-writer"), "0": goesOn("a", "the-writer"), "1000": goesOn("a", "the-writer"), "1001": tooLarge,
		"18446744073709551615": tooLarge, "-1": goesOn("a", "the-writer"), "1e9": goesOn("a", "the-writer"),
	} {
		r := ask("POST", "/v2/namespaces/x", "store/a", writer)
		r.contentLength = length
		checkJudge(t, s, []question{{r, want}})
	}
}
