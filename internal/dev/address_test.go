package dev

import (
	"net"
	"strings"
	"testing"
)

func TestReserve(t *testing.T) {
	t.Parallel()
	got, err := reserve(t.Context(), "--http", "127.0.0.1:0")
	if err != nil || !strings.HasPrefix(got, "127.0.0.1:") || strings.HasSuffix(got, ":0") {
		t.Fatalf("%s, %v", got, err)
	}
	// It is free for Envoy to take.
	l, err := net.Listen("tcp", got)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = reserve(t.Context(), "--http", got)
	if err == nil || !strings.HasPrefix(err.Error(), "--http: ") || !strings.Contains(err.Error(), "address already in use") ||
		!strings.HasSuffix(err.Error(), "choose another address with --http HOST:PORT") {
		t.Errorf("of a taken address: %v", err)
	}
	for _, bad := range []string{"127.0.0.1", "127.0.0.1:http-or-so", "nowhere.invalid:80", "127.0.0.1:65536"} {
		if _, err := reserve(t.Context(), "--https", bad); err == nil || !strings.HasPrefix(err.Error(), "--https: ") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
