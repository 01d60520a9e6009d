package apierror

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hevlayer.com/layer/policy"
)

// The bodies are part of what clients rely on, to the byte.
func TestErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  *Error
		want Error
		body string
	}{
		"plain": {
			New(http.StatusBadGateway, NotFound, "a <b> & \"c\""),
			Error{Status: 502, Code: "not_found"},
			`{"error":"not_found","message":"a \u003cb\u003e \u0026 \"c\""}`,
		},
		"no bearer": {
			Refused(policy.NoBearer, policy.ScopeRead),
			Error{Status: 401, Code: "no_bearer", Header: map[string]string{"www-authenticate": "Bearer"}},
			`{"error":"missing or malformed Authorization: Bearer header"}`,
		},
		"unknown key": {
			Refused(policy.UnknownKey, policy.ScopeAdmin), Error{Status: 403, Code: "unknown_key"}, `{"error":"invalid API key"}`,
		},
		"lacks read": {
			Refused(policy.LacksScope, policy.ScopeRead),
			Error{Status: 403, Code: "lacks_scope"},
			`{"error":"insufficient API key scope","required_scope":"read"}`,
		},
		"lacks write": {
			Refused(policy.LacksScope, policy.ScopeWrite),
			Error{Status: 403, Code: "lacks_scope"},
			`{"error":"insufficient API key scope","required_scope":"write"}`,
		},
		"lacks admin": {
			Refused(policy.LacksScope, policy.ScopeAdmin),
			Error{Status: 403, Code: "lacks_scope"},
			`{"error":"insufficient API key scope","required_scope":"admin"}`,
		},
		"a refusal of no known kind is one": {
			Refused(policy.Admitted, policy.ScopeRead),
			Error{Status: 401, Code: "no_bearer", Header: map[string]string{"www-authenticate": "Bearer"}},
			`{"error":"missing or malformed Authorization: Bearer header"}`,
		},
		"unknown route": {
			UnknownRoute(), Error{Status: 404, Code: "not_found"}, `{"error":"not_found","message":"there is no such route"}`,
		},
		"wrong method": {
			WrongMethod("PUT", []string{"GET", "HEAD"}),
			Error{Status: 405, Code: "method_not_allowed", Header: map[string]string{"allow": "GET, HEAD"}},
			`{"error":"method_not_allowed","message":"PUT is not allowed here; allowed: GET, HEAD"}`,
		},
		"draining": {
			Draining(),
			Error{Status: 503, Code: "gateway_draining", Header: map[string]string{"connection": "close"}},
			`{"error":"gateway_draining","message":"this gateway is shutting down; retry on another connection"}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.want.Body = []byte(tt.body)
			if diff := cmp.Diff(&tt.want, tt.err); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !json.Valid(tt.err.Body) || tt.err.Error() != tt.body {
				t.Errorf("body %s, error %s", tt.err.Body, tt.err.Error())
			}
			w := httptest.NewRecorder()
			tt.err.Write(w)
			header := http.Header{"Content-Type": {"application/json"}}
			for k, v := range tt.want.Header {
				header.Set(k, v)
			}
			if diff := cmp.Diff(header, w.Header()); diff != "" || w.Code != tt.want.Status || w.Body.String() != tt.body {
				t.Errorf("%d %s, header (-want +got):\n%s", w.Code, w.Body, diff)
			}
		})
	}
}
