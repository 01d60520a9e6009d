package envoy

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Admin calls the administration interface of an Envoy over its Unix socket.
type Admin struct{ client *http.Client }

// NewAdmin makes a client of the administration interface behind a socket.
func NewAdmin(socket string) *Admin {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	return &Admin{&http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{DialContext: dial, MaxIdleConns: 2, IdleConnTimeout: time.Minute},
	}}
}

// Close drops the idle connections.
func (a *Admin) Close() { a.client.CloseIdleConnections() }

// WriteStats copies Envoy's statistics in Prometheus' text format, those that were ever used.
func (a *Admin) WriteStats(ctx context.Context, w io.Writer) error {
	body, err := a.call(ctx, http.MethodGet, "/stats/prometheus?usedonly")
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err := io.Copy(w, body); err != nil {
		return fmt.Errorf("read Envoy statistics: %w", err)
	}
	return nil
}

// FailHealthCheck makes Envoy ask its clients to go elsewhere: answers over HTTP/1.1 carry Connection: close, HTTP/2
// connections get a GOAWAY. Requests are still served.
func (a *Admin) FailHealthCheck(ctx context.Context) error {
	return a.post(ctx, "/healthcheck/fail")
}

// PassHealthCheck ends what FailHealthCheck began.
func (a *Admin) PassHealthCheck(ctx context.Context) error {
	return a.post(ctx, "/healthcheck/ok")
}

// ActiveRequests counts the requests in flight at the public listeners.
func (a *Admin) ActiveRequests(ctx context.Context) (int, error) {
	const name = "http." + RoutesPublic + ".downstream_rq_active"
	body, err := a.call(ctx, http.MethodGet, "/stats?filter=^"+name+"$")
	if err != nil {
		return 0, err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, 4096))
	if err != nil {
		return 0, fmt.Errorf("read Envoy statistics: %w", err)
	}
	_, value, _ := strings.Cut(strings.TrimSpace(string(text)), ": ")
	n, err := strconv.Atoi(value)
	if err != nil {
		return 0, fmt.Errorf("read Envoy statistic %s: unexpected answer %q", name, text)
	}
	return n, nil
}

func (a *Admin) post(ctx context.Context, path string) error {
	body, err := a.call(ctx, http.MethodPost, path)
	if err != nil {
		return err
	}
	return body.Close()
}

func (a *Admin) call(ctx context.Context, method, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://envoy"+path, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("call Envoy admin %s: %w", path, err)
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("call Envoy admin %s: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("call Envoy admin %s: status %s", path, resp.Status)
	}
	return resp.Body, nil
}
