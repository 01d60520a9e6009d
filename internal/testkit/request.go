package testkit

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Request is an HTTP request of a test.
type Request struct {
	Method string // GET, or POST where there is a body
	URL    string
	// Key is sent as the bearer, unless empty.
	Key    string
	Header http.Header
	Body   string
	// Stream is sent instead of Body, without a declared length.
	Stream io.Reader
	// Client sends the request; the default speaks HTTP/1.1 over connections of its own.
	Client *http.Client
	// Context ends the request early.
	Context context.Context
}

// Response is what came back, body and all.
type Response struct {
	Status int
	Proto  string
	Header http.Header
	Body   string
	Close  bool
}

// Code reads the error code of a body in Layer's envelope.
func (r Response) Code() string {
	var e struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal([]byte(r.Body), &e)
	return e.Error
}

// Do sends a request that has to be answered.
func Do(t *testing.T, r Request) Response {
	t.Helper()
	resp, err := Try(t, r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return resp
}

// Try sends a request that may fail.
func Try(t *testing.T, r Request) (Response, error) {
	t.Helper()
	client := r.Client
	if client == nil {
		client = NewClient(t)
	}
	req, err := r.build()
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return Response{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return Response{resp.StatusCode, resp.Proto, resp.Header, string(body), resp.Close}, err
}

func (r Request) build() (*http.Request, error) {
	ctx := r.Context
	if ctx == nil {
		ctx = context.Background()
	}
	var body io.Reader = http.NoBody
	switch {
	case r.Stream != nil:
		body = r.Stream
	case r.Body != "":
		body = strings.NewReader(r.Body)
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
		if body != http.NoBody {
			method = http.MethodPost
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, r.URL, body)
	if err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	if r.Key != "" {
		req.Header.Set("Authorization", "Bearer "+r.Key)
	}
	return req, nil
}

// NewClient makes a client that decompresses nothing, follows no redirect and has connections of its own.
func NewClient(t *testing.T) *http.Client {
	t.Helper()
	return newClient(t, nil, false)
}

// NewTLSClient makes a client that trusts a CA file; with http2 it speaks HTTP/2.
func NewTLSClient(t *testing.T, caFile string, http2 bool) *http.Client {
	t.Helper()
	return newClient(t, &tls.Config{RootCAs: roots(t, caFile), MinVersion: tls.VersionTLS12}, http2)
}

func newClient(t *testing.T, config *tls.Config, http2 bool) *http.Client {
	transport := &http.Transport{DisableCompression: true, TLSClientConfig: config, ForceAttemptHTTP2: http2, MaxIdleConnsPerHost: 64}
	if config == nil && http2 {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetUnencryptedHTTP2(true)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: 2 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// NewHTTP2Client makes a client that speaks HTTP/2 without TLS.
func NewHTTP2Client(t *testing.T) *http.Client {
	t.Helper()
	return newClient(t, nil, true)
}
