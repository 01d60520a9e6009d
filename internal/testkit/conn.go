package testkit

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// Conn is a connection on which a test writes what no HTTP client would.
type Conn struct {
	net.Conn
	r *bufio.Reader
}

// Dial connects to a base URL; an https one is verified with caFile, and protocols are offered in the handshake.
func Dial(t *testing.T, baseURL, caFile string, protocols ...string) *Conn {
	t.Helper()
	scheme, address, _ := strings.Cut(baseURL, "://")
	c, err := (&net.Dialer{Timeout: Patience}).DialContext(context.Background(), "tcp", address)
	if err == nil && scheme == "https" {
		c = tls.Client(c, &tls.Config{RootCAs: roots(t, caFile), ServerName: "127.0.0.1", NextProtos: protocols, MinVersion: tls.VersionTLS12})
	}
	if err == nil {
		err = c.SetDeadline(time.Now().Add(Patience))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &Conn{c, bufio.NewReader(c)}
}

// Send writes text as it is. A peer that has answered and closed already is no error: the answer is still to be read.
func (c *Conn) Send(text string) { _, _ = io.WriteString(c, text) }

// Answer reads the answer to a request of the given method; the error is io.EOF or the like where there is none.
func (c *Conn) Answer(method string) (Response, error) {
	resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		return Response{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return Response{resp.StatusCode, resp.Proto, resp.Header, string(body), resp.Close}, err
}

func roots(t *testing.T, caFile string) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(caFile) // #nosec G304
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("%s holds no certificate", caFile)
	}
	return pool
}
