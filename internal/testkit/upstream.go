package testkit

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"hevlayer.com/layer/internal/devstore"
)

// StoreKey is the bearer that a store started by the kit accepts, unless it is given others.
const StoreKey = "tpuf_test_key"

// Upstream is a development store on loopback that records what it is sent.
type Upstream struct {
	URL string
	t   *testing.T
	// client reaches the store's control side, over TLS if need be.
	client *http.Client
}

// Fault is a misbehaviour of the store; see the development store for the fields.
type Fault struct {
	Method       string            `json:"method,omitempty"`
	PathContains string            `json:"path_contains,omitempty"`
	Count        int               `json:"count,omitempty"`
	DelayMS      float64           `json:"delay_ms,omitempty"`
	DiscardBody  bool              `json:"discard_body,omitempty"`
	Status       int               `json:"status,omitempty"`
	Headers      map[string]string `json:"headers,omitempty"`
	Body         string            `json:"body,omitempty"`
	BodyBase64   string            `json:"body_base64,omitempty"`
	BodyRepeat   int               `json:"body_repeat,omitempty"`
	Chunked      bool              `json:"chunked,omitempty"`
	Truncate     int               `json:"truncate,omitempty"`
	Close        bool              `json:"close,omitempty"`
	CloseEarly   bool              `json:"close_early,omitempty"`
}

// Received is a request as it reached the store.
type Received struct {
	Method     string      `json:"method"`
	URL        string      `json:"url"`
	Proto      string      `json:"proto"`
	Host       string      `json:"host"`
	Header     http.Header `json:"header"`
	Body       string      `json:"body"`
	BodyLen    int64       `json:"body_len"`
	BodySHA256 string      `json:"body_sha256"`
	Status     int         `json:"status"`
	// Aborted requests were dropped unanswered.
	Aborted bool `json:"aborted"`
}

// NewUpstream starts a store over plain HTTP that accepts the given keys, or StoreKey.
func NewUpstream(t *testing.T, keys ...string) *Upstream {
	t.Helper()
	return startUpstream(t, "http", keys, func(ctx context.Context, s *devstore.Store, l net.Listener) error { return s.Serve(ctx, l) })
}

// NewUpstreamTLS starts a store over TLS, with HTTP/2.
func NewUpstreamTLS(t *testing.T, cert tls.Certificate, keys ...string) *Upstream {
	t.Helper()
	return startUpstream(t, "https", keys, func(ctx context.Context, s *devstore.Store, l net.Listener) error { return s.ServeTLS(ctx, l, cert) })
}

func startUpstream(t *testing.T, scheme string, keys []string, serve func(context.Context, *devstore.Store, net.Listener) error) *Upstream {
	t.Helper()
	if len(keys) == 0 {
		keys = []string{StoreKey}
	}
	store, err := devstore.Open(devstore.Config{APIKeys: keys, Admin: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, store, l) }()
	u := &Upstream{
		URL: scheme + "://" + l.Addr().String(), t: t,
		client: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}, // #nosec G402 -- the control side of a store in this process
	}
	t.Cleanup(func() {
		u.client.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("store: %v", err)
		}
		if err := store.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	u.admin(http.MethodPost, "config", map[string]any{"record": true}, nil)
	return u
}

// Fail makes the store misbehave; without arguments it behaves again.
func (u *Upstream) Fail(faults ...Fault) {
	u.t.Helper()
	if faults == nil {
		faults = []Fault{}
	}
	u.admin(http.MethodPost, "faults", faults, nil)
}

// Received returns the last requests that reached the store, oldest first.
func (u *Upstream) Received() []Received {
	u.t.Helper()
	var out []Received
	u.admin(http.MethodGet, "requests", nil, &out)
	return out
}

// Last returns the newest request that reached the store.
func (u *Upstream) Last() Received {
	u.t.Helper()
	all := u.Received()
	if len(all) == 0 {
		u.t.Fatal("nothing has reached the store")
	}
	return all[len(all)-1]
}

// Forget clears the recorded requests and the faults.
func (u *Upstream) Forget() {
	u.t.Helper()
	u.admin(http.MethodPost, "clear", nil, nil)
}

// admin calls the store's control side.
func (u *Upstream) admin(method, path string, in, out any) {
	u.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		u.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, u.URL+"/_admin/"+path, bytes.NewReader(body))
	if err != nil {
		u.t.Fatal(err)
	}
	resp, err := u.client.Do(req)
	if err != nil {
		u.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		u.t.Fatalf("%s /_admin/%s: status %d, %v: %s", method, path, resp.StatusCode, err, text)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			u.t.Fatalf("%s /_admin/%s: %v: %s", method, path, err, text)
		}
	}
}
