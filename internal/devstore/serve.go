package devstore

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	readHeaderTimeout = 10 * time.Second
	// drainTimeout is how long requests in flight may take once the server is told to stop.
	drainTimeout = 5 * time.Second
)

// Serve answers on ln until ctx is done, then lets requests in flight end and closes ln. The store stays open.
func (s *Store) Serve(ctx context.Context, ln net.Listener) error {
	srv := s.server()
	if s.cfg.H2C {
		srv.Protocols.SetUnencryptedHTTP2(true)
	}
	return s.serve(ctx, srv, func() error { return srv.Serve(ln) })
}

// ServeTLS is Serve over TLS, HTTP/1.1 and HTTP/2.
func (s *Store) ServeTLS(ctx context.Context, ln net.Listener, cert tls.Certificate) error {
	srv := s.server()
	srv.Protocols.SetHTTP2(true)
	srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	return s.serve(ctx, srv, func() error { return srv.ServeTLS(ln, "", "") })
}

func (s *Store) server() *http.Server {
	srv := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: readHeaderTimeout, Protocols: &http.Protocols{}}
	srv.Protocols.SetHTTP1(true)
	return srv
}

// serve owns one goroutine, which ends before it returns.
func (s *Store) serve(ctx context.Context, srv *http.Server, accept func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- accept() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := srv.Shutdown(drain); err != nil {
		s.log.Warn("requests cut at stop", "err", err, "close_err", srv.Close())
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
