package extproc

import (
	"bytes"
	"net/http"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"hevlayer.com/layer/policy"
)

// sent is what Envoy makes of a response: the headers that it sets, those that it removes, and the reply if there is one.
type sent struct {
	Status  int
	Body    string
	Details string
	Set     map[string]string
	Removed []string
	Log     map[string]any
	// Reroute says that Envoy chooses the route again.
	Reroute bool
}

// interpret reads a response as Envoy does. It fails on header values that Envoy would not take as they are meant.
func interpret(t *testing.T, r *extprocv3.ProcessingResponse) sent {
	t.Helper()
	wire, err := proto.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	r = &extprocv3.ProcessingResponse{}
	if err := proto.Unmarshal(wire, r); err != nil {
		t.Fatal(err)
	}
	var s sent
	var m *extprocv3.HeaderMutation
	switch {
	case r.GetImmediateResponse() != nil:
		i := r.GetImmediateResponse()
		s.Status, s.Body, s.Details, m = int(i.GetStatus().GetCode()), string(i.GetBody()), i.GetDetails(), i.GetHeaders()
	case r.GetRequestHeaders() != nil:
		common := r.GetRequestHeaders().GetResponse()
		if common.GetStatus() != extprocv3.CommonResponse_CONTINUE || common.GetBodyMutation() != nil {
			t.Errorf("more than a continue: %v", common)
		}
		m, s.Reroute = common.GetHeaderMutation(), common.GetClearRouteCache()
	default:
		t.Fatalf("neither a reply nor a continue: %v", r)
	}
	for _, h := range m.GetSetHeaders() {
		if h.GetHeader().GetValue() != "" || h.GetAppendAction() != corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD {
			t.Errorf("header %v: want a raw value that overwrites", h)
		}
		if s.Set == nil {
			s.Set = map[string]string{}
		}
		s.Set[h.GetHeader().GetKey()] = string(h.GetHeader().GetRawValue())
	}
	s.Removed = m.GetRemoveHeaders()
	if r.GetModeOverride() != nil {
		t.Errorf("overrides the mode: %v", r.GetModeOverride())
	}
	log, _ := r.GetDynamicMetadata().AsMap()["layer"].(map[string]any)
	s.Log = log
	return s
}

func TestResponse(t *testing.T) {
	t.Parallel()
	withKeys, _ := filter(mixed(t))
	withoutCredential, _ := filter(passing(t))
	const contentType = "application/json"
	tests := map[string]struct {
		server  *Server
		request request
		want    sent
	}{
		"passthrough": {withKeys, ask("POST", "/v2/namespaces/x/query", "store/a", reader), sent{
			Log: map[string]any{"key": "the-reader", "store": "a", "operation": "query"},
		}},
		"passthrough to another store than the route's": {withKeys, ask("POST", "/v2/namespaces/in-b/query", "store/a", upstreamB), sent{
			Set: map[string]string{"x-layer-cluster": "store/b"}, Reroute: true,
			Log: map[string]any{"key": "store", "store": "b", "operation": "query"},
		}},
		"gateway": {withKeys, ask("GET", "/v2/namespaces/in-b/documents/a%2Fb", "gateway", upstreamB), sent{
			Set: map[string]string{
				"x-layer-operation": "fetch", "x-layer-namespace": "in-b", "x-layer-store": "b", "x-layer-key": "store",
				"x-layer-scopes": "read,write,admin",
			},
			Removed: []string{"authorization"},
			Log:     map[string]any{"key": "store", "store": "b", "operation": "fetch"},
		}},
		"gateway, no namespace": {withKeys, ask("GET", "/v2/config/problems", "gateway", admin), sent{
			Set:     map[string]string{"x-layer-operation": "config_problems", "x-layer-store": "a", "x-layer-key": "the-admin", "x-layer-scopes": "admin"},
			Removed: []string{"authorization"},
			Log:     map[string]any{"key": "the-admin", "store": "a", "operation": "config_problems"},
		}},
		"gateway, the caller's own bearer goes on": {withoutCredential, ask("GET", "/v2/namespaces/x/documents/a", "gateway", "anything"), sent{
			Set: map[string]string{
				"x-layer-operation": "fetch", "x-layer-namespace": "x", "x-layer-store": "a", "x-layer-key": "caller", "x-layer-scopes": "read,write",
			},
			Log: map[string]any{"key": "caller", "store": "a", "operation": "fetch"},
		}},
		"public": {withKeys, ask("GET", "/health", "gateway", ""), sent{
			Set: map[string]string{"x-layer-operation": "health"}, Log: map[string]any{"operation": "health"},
		}},
		"no bearer": {withKeys, ask("GET", "/v1/namespaces", "store/a", ""), sent{
			Status: http.StatusUnauthorized, Body: noBearer.Body, Details: "layer_no_bearer",
			Set: map[string]string{"content-type": contentType, "www-authenticate": "Bearer"},
			Log: map[string]any{"store": "a", "operation": "list_namespaces"},
		}},
		"unknown key": {withKeys, ask("GET", "/v1/namespaces", "store/a", "wrong"), sent{
			Status: http.StatusForbidden, Body: unknownKey.Body, Details: "layer_unknown_key", Set: map[string]string{"content-type": contentType},
			Log: map[string]any{"store": "a", "operation": "list_namespaces"},
		}},
		"lacks scope": {withKeys, ask("POST", "/v2/namespaces/x", "store/a", reader), sent{
			Status: http.StatusForbidden, Body: lacking("write").Body, Details: "layer_lacks_scope", Set: map[string]string{"content-type": contentType},
			Log: map[string]any{"key": "the-reader", "store": "a", "operation": "write"},
		}},
		"unknown route": {withKeys, ask("GET", "/v3", "gateway", reader), sent{
			Status: http.StatusNotFound, Body: unknownRoute.Body, Details: "layer_not_found", Set: map[string]string{"content-type": contentType},
			Log: map[string]any{"key": "the-reader", "store": "a", "operation": "none"},
		}},
		"wrong method": {withKeys, ask("PUT", "/v2/query", "gateway", reader), sent{
			Status: http.StatusMethodNotAllowed, Body: notAllowed("PUT", "POST").Body, Details: "layer_method_not_allowed",
			Set: map[string]string{"content-type": contentType, "allow": "POST"},
			Log: map[string]any{"key": "the-reader", "store": "a", "operation": "none"},
		}},
		"misled": {withKeys, ask("GET", "/v2/namespaces", "store/a", reader), sent{
			Status: http.StatusServiceUnavailable, Body: misled.Body, Details: "layer_service_unavailable", Set: map[string]string{"content-type": contentType},
			Log: map[string]any{"operation": "list"},
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, interpret(t, tt.server.response(tt.server.judge(tt.request)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A store gets nothing of Layer's but a trace where the request has none.
func TestResponseMintedTraceparent(t *testing.T) {
	t.Parallel()
	s, _ := filter(mixed(t))
	r := ask("POST", "/v2/namespaces/x/query", "store/a", reader)
	r.traceparent = ""
	v := s.judge(r)
	got := interpret(t, s.response(v))
	if diff := cmp.Diff(map[string]string{"traceparent": v.traceparent}, got.Set); diff != "" || got.Removed != nil {
		t.Errorf("removed %v, set (-want +got):\n%s", got.Removed, diff)
	}
}

// Whatever a request holds, its response can be sent and shows no token.
func TestResponseOfAnyOperation(t *testing.T) {
	t.Parallel()
	s, _ := filter(mixed(t))
	for _, op := range policy.Operations() {
		for _, cluster := range []string{"store/a", "store/b", "gateway", ""} {
			for _, token := range []string{"", reader, writer, admin, upstreamA, upstreamB, "wrong_token"} {
				r := ask(op.Method, op.Template, cluster, token)
				raw, err := proto.Marshal(s.response(s.judge(r)))
				if err != nil {
					t.Fatalf("%+v: %v", r, err)
				}
				for _, secret := range []string{reader, writer, admin, upstreamA, upstreamB, "wrong_token"} {
					if bytes.Contains(raw, []byte(secret)) {
						t.Errorf("%+v: the response shows %s", r, secret)
					}
				}
			}
		}
	}
}
