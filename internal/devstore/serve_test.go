package devstore

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// testCert is a certificate for 127.0.0.1 that signs itself.
func testCert(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestServe(t *testing.T) {
	t.Parallel()
	cert, pool := testCert(t)
	trust := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	for name, tc := range map[string]struct {
		h2c, tls  bool
		client    func(*http.Protocols)
		wantProto string
	}{
		"HTTP/1.1":          {client: func(p *http.Protocols) { p.SetHTTP1(true) }, wantProto: "HTTP/1.1"},
		"HTTP/1.1 with h2c": {h2c: true, client: func(p *http.Protocols) { p.SetHTTP1(true) }, wantProto: "HTTP/1.1"},
		"h2c":               {h2c: true, client: func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }, wantProto: "HTTP/2.0"},
		"h2c not offered":   {client: func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }},
		"TLS HTTP/1.1":      {tls: true, client: func(p *http.Protocols) { p.SetHTTP1(true) }, wantProto: "HTTP/1.1"},
		"TLS HTTP/2":        {tls: true, client: func(p *http.Protocols) { p.SetHTTP2(true) }, wantProto: "HTTP/2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(Config{H2C: tc.h2c})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			url, ended := startServe(ctx, t, s, tc.tls, cert)
			tr := &http.Transport{Protocols: &http.Protocols{}, TLSClientConfig: trust.Clone()}
			tc.client(tr.Protocols)
			got := protoOf(t, tr, url)
			same(t, "protocol", got, tc.wantProto)
			tr.CloseIdleConnections()
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

func startServe(ctx context.Context, t *testing.T, s *Store, overTLS bool, cert tls.Certificate) (url string, ended chan error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended = make(chan error, 1)
	if overTLS {
		go func() { ended <- s.ServeTLS(ctx, ln, cert) }()
		return "https://" + ln.Addr().String(), ended
	}
	go func() { ended <- s.Serve(ctx, ln) }()
	return "http://" + ln.Addr().String(), ended
}

// protoOf lists the namespaces; "" means that the server does not speak the client's protocol.
func protoOf(t *testing.T, tr *http.Transport, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v1/namespaces", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer k")
	res, err := tr.RoundTrip(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != `{"namespaces":[]}` {
		t.Errorf("%v %s", err, body)
	}
	return res.Proto
}

// TestServeFinishesRequests stops the server while a request is under way.
func TestServeFinishesRequests(t *testing.T) {
	t.Parallel()
	s, err := Open(Config{Admin: true, Record: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	url, ended := startServe(ctx, t, s, false, tls.Certificate{})
	tr := &http.Transport{ExpectContinueTimeout: time.Hour}
	body, feed := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v2/namespaces/slow", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer k")
	req.Header.Set("Expect", "100-continue") // the body is taken only once the server reads it
	answered := make(chan string, 1)
	go func() {
		res, err := tr.RoundTrip(req)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body) // the status says enough
		answered <- res.Status + " " + string(text)
	}()
	if _, err := io.WriteString(feed, `{"upsert_rows":[{"id":`); err != nil {
		t.Fatal(err)
	}
	stop()
	if _, err := io.WriteString(feed, `1}]}`); err != nil {
		t.Fatal(err)
	}
	if err := feed.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-answered; !strings.HasPrefix(got, "200 OK") {
		t.Errorf("the request under way got %s", got)
	}
	tr.CloseIdleConnections()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServeReportsABrokenListener(t *testing.T) {
	t.Parallel()
	s, err := Open(Config{})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(t.Context(), ln); err == nil {
		t.Error("served on a closed listener")
	}
}
