package main

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// testLab is a lab with a folder and nothing built.
func testLab(t *testing.T) *lab {
	t.Helper()
	return &lab{dir: t.TempDir(), env: childEnv(os.Getenv), progress: io.Discard}
}

func TestAwaitOKShowsWhyAChildEnded(t *testing.T) {
	t.Parallel()
	c, err := testLab(t).start("broken", nil, "/bin/sh", "-c", "echo no such flag >&2; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	err = c.awaitOK(t.Context(), "http://127.0.0.1:1", "key", time.Minute)
	if err == nil || !strings.Contains(err.Error(), "ended before it was ready") || !strings.Contains(err.Error(), "no such flag") {
		t.Errorf("error %v", err)
	}
	if err := c.stop(); err != nil {
		t.Error(err)
	}
}

func TestAwaitOKGivesUp(t *testing.T) {
	t.Parallel()
	c, err := testLab(t).start("mute", nil, "/bin/sleep", "600")
	if err != nil {
		t.Fatal(err)
	}
	err = c.awaitOK(t.Context(), "http://127.0.0.1:1", "key", time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "mute is not ready") {
		t.Errorf("error %v", err)
	}
	if err := c.stop(); err != nil {
		t.Error(err)
	}
}

func TestStopLeavesNoGrandchild(t *testing.T) {
	t.Parallel()
	l := testLab(t)
	fifo := l.dir + "/alive"
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	// The grandchild ignores SIGTERM and holds the pipe open for as long as it lives.
	c, err := l.start("parent", l.env, "/bin/sh", "-c",
		`sh -c 'trap "" TERM; echo up; kill -STOP $$' > "$0" & wait`, fifo)
	if err != nil {
		t.Fatal(err)
	}
	alive, err := os.Open(fifo)
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	if _, err := alive.Read(make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	if err := c.stop(); err != nil {
		t.Fatal(err)
	}
	if n, err := alive.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("the pipe is still held: %d bytes, %v", n, err)
	}
}

func TestConcurrencyFlag(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"2":                          {"envoy", "--concurrency", "2"},
		"4":                          {"envoy", "--concurrency=4", "-l", "off"},
		"unset (one thread per CPU)": {"envoy", "--concurrency"},
	} {
		if got := concurrencyFlag(args); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
}

func TestChildEnvHoldsNoSettings(t *testing.T) {
	t.Parallel()
	env := childEnv(func(name string) string { return "of " + name })
	if got := strings.Join(env, " "); got != "PATH=of PATH HOME=of HOME TMPDIR=of TMPDIR" {
		t.Errorf("environment %q", got)
	}
	if env := childEnv(func(string) string { return "" }); len(env) != 0 {
		t.Errorf("unset variables are passed on: %q", env)
	}
}
