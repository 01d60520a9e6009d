package dev

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func getenv(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

// program writes a shell script that stands in for Envoy.
func program(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "envoy")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBinary(t *testing.T) {
	t.Parallel()
	path := program(t, "exit 0")
	if got, err := binary(getenv(map[string]string{"LAYER_ENVOY": path})); err != nil || got != path {
		t.Errorf("%s, %v", got, err)
	}
	plain := filepath.Join(t.TempDir(), "plain")
	write(t, plain, "")
	for _, bad := range []string{plain, t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		if _, err := binary(getenv(map[string]string{"LAYER_ENVOY": bad})); err == nil || !strings.HasPrefix(err.Error(), "LAYER_ENVOY: ") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for path, want := range map[string]bool{path: true, plain: false, t.TempDir(): false, "/none": false} {
		if got := executable(path); got != want {
			t.Errorf("executable(%s) = %v", path, got)
		}
	}
}

// Neither beside this program nor on the path: the error says where to get one.
func TestBinaryNotFound(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := binary(getenv(nil)); err == nil || !strings.Contains(err.Error(), "LAYER_ENVOY") || !strings.Contains(err.Error(), "make") {
		t.Errorf("error %v", err)
	}
	path := program(t, "exit 0")
	t.Setenv("PATH", filepath.Dir(path))
	if got, err := binary(getenv(nil)); err != nil || got != path {
		t.Errorf("%s, %v", got, err)
	}
}

// lines is a log that hands over its lines one by one.
type lines chan string

func (l lines) Write(text []byte) (int, error) {
	l <- string(text)
	return len(text), nil
}

// An Envoy that ends by itself is started again; the end of the gateway is the end of that.
func TestProxyRestarts(t *testing.T) {
	t.Parallel()
	f, log := opened(t, shortDir(t)), make(lines, 10)
	sockets, cleanup, err := f.sockets()
	if err != nil {
		t.Fatal(err)
	}
	defer cleanup()
	p, err := newProxy(program(t, "exit 4"), f, sockets, "the log", io.Discard, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	mode(t, f.join("envoy.json"), 0o600)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.run(ctx) }()
	for range 2 {
		if text := <-log; !strings.Contains(text, "Envoy ended") || !strings.Contains(text, "exit status 4") {
			t.Errorf("log %q", text)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// An Envoy that ends at once every time is not started for ever, and the error says where to look.
func TestProxyGivesUp(t *testing.T) {
	t.Parallel()
	f := opened(t, shortDir(t))
	sockets, cleanup, err := f.sockets()
	if err != nil {
		t.Fatal(err)
	}
	defer cleanup()
	p, err := newProxy(program(t, "exit 4"), f, sockets, "the log", io.Discard, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.run(t.Context()); err == nil || !strings.Contains(err.Error(), "the log") {
		t.Errorf("error %v", err)
	}
}

// The end of the gateway ends Envoy.
func TestProxyStops(t *testing.T) {
	t.Parallel()
	f := opened(t, shortDir(t))
	sockets, cleanup, err := f.sockets()
	if err != nil {
		t.Fatal(err)
	}
	defer cleanup()
	out := make(lines, 10)
	p, err := newProxy(program(t, "tail -f /dev/null & trap 'echo asked; kill $!; exit 0' TERM; echo ready; wait"), f, sockets, "the log", out, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.run(ctx) }()
	if text := <-out; text != "ready\n" {
		t.Errorf("printed %q", text)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if text := <-out; text != "asked\n" {
		t.Errorf("printed %q", text)
	}
}

// An Envoy that cannot even be started is no reason to try again.
func TestProxyCannotStart(t *testing.T) {
	t.Parallel()
	p := &proxy{logger: slog.New(slog.DiscardHandler)}
	p.config.Binary = filepath.Join(t.TempDir(), "none")
	if err := p.run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "start Envoy ") {
		t.Errorf("error %v", err)
	}
}
