package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
)

// lab is the place of one run: its temporary folder, the binaries, and the environment that children get.
type lab struct {
	opts     options
	dir      string
	env      []string
	self     string
	store    string
	progress io.Writer
	started  atomic.Int64
}

func newLab(ctx context.Context, opts options, getenv func(string) string, progress io.Writer) (*lab, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the bench's own binary: %w", err)
	}
	if err := executable(opts.envoy, "make it, or name one with -envoy"); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "layer-bench-")
	if err != nil {
		return nil, fmt.Errorf("create a temporary folder: %w", err)
	}
	l := &lab{opts: opts, dir: dir, self: self, store: opts.store, progress: progress, env: childEnv(getenv)}
	if l.store == "" {
		l.store = filepath.Join(dir, "devstore")
		if err := buildStore(ctx, l.store); err != nil {
			return nil, errors.Join(err, l.close())
		}
	}
	return l, nil
}

// childEnv keeps what a program needs to run at all: settings of Layer or of telemetry that happen to be
// exported must not change what is measured.
func childEnv(getenv func(string) string) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if v := getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

func executable(path, hint string) error {
	info, err := os.Stat(path) //nolint:gosec // whoever runs the bench names the binaries
	if err != nil {
		return fmt.Errorf("look for a binary: %w (%s)", err, hint)
	}
	if info.IsDir() || info.Mode()&0o111 == 0 {
		return fmt.Errorf("%s is not an executable file (%s)", path, hint)
	}
	return nil
}

func (l *lab) close() error {
	if err := os.RemoveAll(l.dir); err != nil { //nolint:gosec // the folder that newLab made
		return fmt.Errorf("remove the temporary folder: %w", err)
	}
	return nil
}

// serial numbers names below the temporary folder, which a program may get twice.
func (l *lab) serial() int64 { return l.started.Add(1) }

func (l *lab) say(format string, args ...any) {
	_, _ = fmt.Fprintf(l.progress, "bench: "+format+"\n", args...) // progress is a courtesy
}
