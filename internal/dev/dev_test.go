package dev

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hevlayer.com/layer/internal/testkit"
)

// configured is for a gateway of its own, with what a test changes.
func configured(t *testing.T, vars map[string]string, change ...func(*Config)) Config {
	t.Helper()
	dir := shortDir(t)
	cfg := Config{
		HTTP: "127.0.0.1:0", HTTPS: "127.0.0.1:0", Data: filepath.Join(dir, "data"), Namespace: "default", Version: "v1",
		DrainMarker: filepath.Join(dir, "draining"), DrainTimeout: testkit.Patience, Getenv: getenv(vars),
		Logger: slog.New(slog.DiscardHandler), Output: io.Discard,
	}
	for _, c := range change {
		c(&cfg)
	}
	return cfg
}

// From nothing but an Envoy to a gateway that answers, and back to nothing that runs.
func TestRun(t *testing.T) {
	t.Parallel()
	hello := make(lines, 10)
	cfg := configured(t, map[string]string{"LAYER_ENVOY": testkit.Envoy(t)}, func(c *Config) { c.Output = hello })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, cfg) }()
	var ready string
	select {
	case ready = <-hello:
	case err := <-ended:
		log, _ := os.ReadFile(filepath.Join(cfg.Data, "logs", "envoy.log"))
		t.Fatalf("ended with %v\n%s", err, log)
	}
	words := strings.Fields(ready)
	if len(words) < 4 || !strings.HasPrefix(ready, "layer: ready on http://127.0.0.1:") {
		t.Fatalf("ready line %q", ready)
	}
	key, err := os.ReadFile(filepath.Join(cfg.Data, "api-key"))
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]int{strings.TrimSpace(string(key)): http.StatusOK, "wrong": http.StatusForbidden} {
		if got := list(t, words[3], token); got != want {
			t.Errorf("list namespaces: %d, want %d", got, want)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if _, err := net.DialTimeout("tcp", strings.TrimPrefix(words[3], "http://"), time.Second); err == nil {
		t.Error("something still listens")
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, "run")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("sockets are left behind: %v", err)
	}
	// The folder is free for the next one.
	opened(t, cfg.Data)
}

// list asks a gateway for its namespaces and returns the status.
func list(t *testing.T, url, token string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v1/namespaces", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Close = true
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Error(err)
	}
	return resp.StatusCode
}

// What is wrong with the settings is said before anything is started, and leaves nothing behind.
func TestRunErrors(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	held := shortDir(t)
	opened(t, held)
	none := filepath.Join(t.TempDir(), "none")
	tests := map[string]struct {
		vars   map[string]string
		change func(*Config)
		want   string
	}{
		"folder in use": {nil, func(c *Config) { c.Data = held }, "another layer is running on " + held},
		"HTTP taken":    {nil, func(c *Config) { c.HTTP = taken.Addr().String() }, "--http: "},
		"HTTPS taken":   {nil, func(c *Config) { c.HTTPS = taken.Addr().String() }, "--https: "},
		"no Envoy":      {map[string]string{"LAYER_ENVOY": none}, func(*Config) {}, "LAYER_ENVOY: "},
		"no roots":      {map[string]string{"SSL_CERT_FILE": none}, func(*Config) {}, "SSL_CERT_FILE: "},
		"no store file": {map[string]string{"LAYER_STORE_FILE": none}, func(*Config) {}, "LAYER_STORE_FILE"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			cfg := configured(t, tt.vars, tt.change, func(c *Config) { c.Output = &out })
			if err := Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), tt.want) || out.Len() > 0 {
				t.Errorf("error %v, output %q; want %q", err, &out, tt.want)
			}
			if _, err := os.Stat(filepath.Join(cfg.Data, "run")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("sockets are left behind: %v", err)
			}
		})
	}
}
