package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
)

// answerLimit bounds what is read of an answer outside the measured rounds.
const answerLimit = 1 << 20

// getOK expects a 200 from url.
func getOK(ctx context.Context, url, key string) error {
	_, err := call(ctx, http.MethodGet, url, key, nil)
	return err
}

// call sends one request on a connection of its own and returns the body of the 200 that it expects.
func call(ctx context.Context, method, url, key string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body)) //nolint:gosec // a server that the bench started
	if err != nil {
		return nil, fmt.Errorf("build a request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	req.Close = true
	return send(req)
}

// send performs a request that must be answered with 200.
func send(req *http.Request) ([]byte, error) {
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", req.Method, req.URL, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, answerLimit))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", req.Method, req.URL, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: status %d: %.300s", req.Method, req.URL, res.StatusCode, answer)
	}
	return answer, nil
}

// freeAddress returns a loopback address that nobody listens on at the moment.
func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	addr := ln.Addr().String()
	if err := ln.Close(); err != nil {
		return "", fmt.Errorf("release the port %s: %w", addr, err)
	}
	return addr, nil
}
