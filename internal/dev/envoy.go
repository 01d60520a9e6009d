package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"hevlayer.com/layer/envoy"
)

// binary finds Envoy: the one that LAYER_ENVOY names, one beside this program, or one on the path.
func binary(getenv func(string) string) (string, error) {
	if path := getenv("LAYER_ENVOY"); path != "" {
		if _, err := exec.LookPath(path); err != nil {
			return "", fmt.Errorf("LAYER_ENVOY: %w", err)
		}
		return path, nil
	}
	if self, err := os.Executable(); err == nil {
		if path := filepath.Join(filepath.Dir(self), "envoy"); executable(path) {
			return path, nil
		}
	}
	path, err := exec.LookPath("envoy")
	if err != nil {
		return "", errors.New("no Envoy found: name one in LAYER_ENVOY, or run through make, which fetches it")
	}
	return path, nil
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// proxy keeps an Envoy running.
type proxy struct {
	config envoy.ProcessConfig
	logger *slog.Logger
	// log names the file of Envoy's own messages.
	log string
}

const (
	restartDelay = time.Second
	// An Envoy that ends sooner than shortLife has not got as far as serving; after maxShort of them in a row something is wrong
	// that starting again does not mend.
	shortLife = 2 * time.Second
	maxShort  = 3
	// stopTimeout is what Envoy gets to end when nothing is in flight any more.
	stopTimeout = 3 * time.Second
)

func newProxy(binary string, f *folder, sockets envoy.Sockets, log string, output io.Writer, logger *slog.Logger) (*proxy, error) {
	text, err := envoy.BootstrapJSON(sockets, "layer-dev")
	if err != nil {
		return nil, err
	}
	path := f.join("envoy.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, fmt.Errorf("write Envoy's bootstrap: %w", err)
	}
	return &proxy{envoy.ProcessConfig{Binary: binary, Bootstrap: path, Concurrency: runtime.NumCPU(), Output: output}, logger, log}, nil
}

// run keeps Envoy up until ctx is over: one that ends by itself is started again.
func (p *proxy) run(ctx context.Context) error {
	for short := 0; ; {
		started := time.Now()
		child, err := envoy.Start(p.config)
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()
			return child.Stop(stop)
		case <-child.Done():
			p.logger.Error("Envoy ended, starting it again", "err", child.Err())
		}
		if short++; time.Since(started) > shortLife {
			short = 0
		}
		if short == maxShort {
			return fmt.Errorf("run Envoy %s: it ends at once; its messages are in %s", p.config.Binary, p.log)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(restartDelay):
		}
	}
}
