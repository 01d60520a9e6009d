// Package apierror is the error envelope that clients of Layer see. The filter and the gateway answer with it; Envoy's own
// replies have the same shape. It builds values and sends nothing.
package apierror

import (
	"encoding/json"
	"net/http"
	"strings"

	"hevlayer.com/layer/policy"
)

// ContentType is the media type of every error body.
const ContentType = "application/json"

// Codes of the envelope.
const (
	BadRequest         = "bad_request"
	NotFound           = "not_found"
	MethodNotAllowed   = "method_not_allowed"
	PayloadTooLarge    = "payload_too_large"
	ValidationError    = "validation_error"
	ServiceUnavailable = "service_unavailable"
	GatewayUnavailable = "gateway_unavailable"
	GatewayDraining    = "gateway_draining"
	GatewayTimeout     = "gateway_timeout"
	RateLimited        = "rate_limited"
	UpstreamError      = "upstream_error"
)

// Messages that both Envoy and the filter give.
const (
	BodyOverLimit = "the request body is over the limit"
	NoSuchRoute   = "there is no such route"
)

// Error is an answer that is not a success.
type Error struct {
	Status int
	// Code names the error for programs.
	Code string
	// Header holds what goes with it besides the content type.
	Header map[string]string
	// Body is the JSON text.
	Body []byte
}

// Error implements error.
func (e *Error) Error() string { return string(e.Body) }

// New makes an error of the plain envelope.
func New(status int, code, message string) *Error {
	return &Error{Status: status, Code: code, Body: encode(envelope{Error: code, Message: message})}
}

type envelope struct {
	Error         string `json:"error"`
	Message       string `json:"message,omitempty"`
	RequiredScope string `json:"required_scope,omitempty"`
}

func encode(e envelope) []byte {
	b, err := json.Marshal(e)
	if err != nil {
		// unreachable: an envelope is made of strings.
		panic(err)
	}
	return b
}

// Refused is the answer to a request that a policy does not admit. These bodies have no message.
func Refused(why policy.Refusal, want policy.Scope) *Error {
	switch why {
	case policy.UnknownKey:
		return &Error{Status: http.StatusForbidden, Code: "unknown_key", Body: encode(envelope{Error: "invalid API key"})}
	case policy.LacksScope:
		return &Error{
			Status: http.StatusForbidden, Code: "lacks_scope",
			Body: encode(envelope{Error: "insufficient API key scope", RequiredScope: want.String()}),
		}
	}
	return &Error{
		Status: http.StatusUnauthorized, Code: "no_bearer",
		Header: map[string]string{"www-authenticate": "Bearer"},
		Body:   encode(envelope{Error: "missing or malformed Authorization: Bearer header"}),
	}
}

// UnknownRoute is the answer to a path that is no operation.
func UnknownRoute() *Error {
	return New(http.StatusNotFound, NotFound, NoSuchRoute)
}

// WrongMethod is the answer to a known path under another method.
func WrongMethod(method string, allow []string) *Error {
	list := strings.Join(allow, ", ")
	e := New(http.StatusMethodNotAllowed, MethodNotAllowed, method+" is not allowed here; allowed: "+list)
	e.Header = map[string]string{"allow": list}
	return e
}

// Draining is the answer to requests after the order to stop.
func Draining() *Error {
	e := New(http.StatusServiceUnavailable, GatewayDraining, "this gateway is shutting down; retry on another connection")
	e.Header = map[string]string{"connection": "close"}
	return e
}

// Write sends the error.
func (e *Error) Write(w http.ResponseWriter) {
	for name, value := range e.Header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", ContentType)
	w.WriteHeader(e.Status)
	_, _ = w.Write(e.Body)
}
