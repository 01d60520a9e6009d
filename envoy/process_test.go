package envoy_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// program writes a shell script that stands in for Envoy.
func program(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "envoy")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// started starts a stand-in and gives the lines that it prints.
func started(t *testing.T, text string) (*envoy.Process, *bufio.Reader) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	p, err := envoy.Start(envoy.ProcessConfig{Binary: program(t, text), Bootstrap: "b.json", Concurrency: 2, Output: w})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stopped, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
		cancel()
		_ = p.Stop(stopped)
	})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return p, bufio.NewReader(r)
}

func line(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	text, err := r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(text)
}

func TestStartPassesFlags(t *testing.T) {
	t.Parallel()
	_, out := started(t, `echo "$@"`)
	got := line(t, out)
	for _, want := range []string{"--config-path b.json", "--concurrency 2", "--use-dynamic-base-id"} {
		if !strings.Contains(got, want) {
			t.Errorf("flags %q lack %q", got, want)
		}
	}
}

func TestProcessThatEnds(t *testing.T) {
	t.Parallel()
	p, out := started(t, "echo bye; exit 3")
	if got := line(t, out); got != "bye" {
		t.Errorf("printed %q", got)
	}
	<-p.Done()
	var exit *exec.ExitError
	if !errors.As(p.Err(), &exit) || exit.ExitCode() != 3 {
		t.Errorf("ended with %v", p.Err())
	}
	if err := p.Stop(t.Context()); err != nil {
		t.Errorf("stopping what has ended: %v", err)
	}
}

func TestStopAsks(t *testing.T) {
	t.Parallel()
	p, out := started(t, `tail -f /dev/null & trap 'echo asked; kill $!; exit 0' TERM; echo ready; wait`)
	line(t, out)
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := line(t, out); got != "asked" || p.Err() != nil {
		t.Errorf("printed %q, ended with %v", got, p.Err())
	}
}

// A child that does not listen is killed when the time is up.
func TestStopKills(t *testing.T) {
	t.Parallel()
	p, out := started(t, `trap '' TERM; echo ready; exec tail -f /dev/null`)
	line(t, out)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if p.Err() == nil || p.Err().Error() != "signal: killed" {
		t.Errorf("ended with %v", p.Err())
	}
}

// A Ctrl-C at the terminal goes to the process group of the parent, which the child is not in.
func TestOwnProcessGroup(t *testing.T) {
	t.Parallel()
	p, out := started(t, `echo ready; exec tail -f /dev/null`)
	line(t, out)
	group, err := syscall.Getpgid(p.PID())
	if err != nil || group != p.PID() || group == syscall.Getpgrp() {
		t.Errorf("process %d is in group %d, %v", p.PID(), group, err)
	}
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none")
	for name, path := range map[string]string{"missing": missing, "no program": t.TempDir()} {
		p, err := envoy.Start(envoy.ProcessConfig{Binary: path, Output: io.Discard})
		if p != nil || err == nil || !strings.HasPrefix(err.Error(), "start Envoy "+path+": ") {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}

// A real Envoy starts from the bootstrap alone, with nothing yet behind its sockets, and is led over its admin socket.
func TestEnvoy(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	s := socketsIn(t, dir)
	log, err := os.Create(filepath.Join(dir, "envoy.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	p, err := envoy.Start(envoy.ProcessConfig{Binary: testkit.Envoy(t), Bootstrap: bootstrapFile(t, dir), Concurrency: 1, Output: log})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Stop(context.WithoutCancel(t.Context())); err != nil || p.Err() != nil {
			t.Errorf("stop: %v, ended with %v", err, p.Err())
		}
	}()
	admin := envoy.NewAdmin(s.Admin)
	defer admin.Close()
	testkit.Eventually(t, "Envoy answers at its admin socket", func() bool {
		select {
		case <-p.Done():
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("Envoy ended with %v\n%s", p.Err(), text)
		default:
		}
		return admin.WriteStats(t.Context(), io.Discard) == nil
	})
	var stats strings.Builder
	if err := admin.WriteStats(t.Context(), &stats); err != nil || !strings.Contains(stats.String(), "# TYPE envoy_server_live gauge") {
		t.Errorf("statistics: %v\n%.500s", err, stats.String())
	}
	for name, call := range map[string]func(context.Context) error{"fail": admin.FailHealthCheck, "pass": admin.PassHealthCheck} {
		if err := call(t.Context()); err != nil {
			t.Errorf("%s health check: %v", name, err)
		}
	}
	// There is no listener yet that could count its requests.
	if n, err := admin.ActiveRequests(t.Context()); err == nil {
		t.Errorf("%d active requests of no listener", n)
	}
	info, err := os.Stat(s.Admin)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("admin socket: %v, %v", info.Mode(), err)
	}
}
