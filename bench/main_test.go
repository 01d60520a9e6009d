package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"hevlayer.com/layer/internal/testkit"
)

// TestMain also is the bench's own binary for the child that the bench starts from it.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == noopCommand {
		main()
	}
	goleak.VerifyTestMain(withLayer{m})
}

// withLayer is the tests with the program built before them and removed after.
type withLayer struct{ m *testing.M }

// Run implements goleak.TestingM.
func (w withLayer) Run() int { return testkit.Main(w.m) }

func TestRunExitStatus(t *testing.T) {
	t.Parallel()
	missing := t.TempDir() + "/no-such-binary"
	tests := map[string]struct {
		args   []string
		want   int
		stderr string
	}{
		"help":           {[]string{"-h"}, 0, "-round-time"},
		"unknown flag":   {[]string{"-fast"}, 2, "-fast"},
		"bad value":      {[]string{"-rounds", "-1"}, 2, "-rounds -1"},
		"missing binary": {[]string{"-envoy", missing}, 1, "no-such-binary"},
		"noop alone":     {[]string{noopCommand}, 1, "the socket"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			got := run(t.Context(), tt.args, func(string) string { return "" }, &stdout, &stderr)
			if got != tt.want {
				t.Errorf("exit status %d, want %d", got, tt.want)
			}
			if !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("stderr %q does not name %q", stderr.String(), tt.stderr)
			}
		})
	}
}
