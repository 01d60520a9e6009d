package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// stopGrace is how long a child may take to end after SIGTERM before it is killed.
const stopGrace = 10 * time.Second

// logTail is how much of a failed child's output goes into the error.
const logTail = 4 << 10

// child is one started process. Its output goes to a file, so no goroutine of ours sits between.
type child struct {
	name    string
	cmd     *exec.Cmd
	logPath string
	ended   chan struct{}
}

// start runs a program in a process group of its own, so that Ctrl-C reaches only the bench, which then stops
// its children in order. The kernel sends SIGTERM should the bench die without stopping them.
func (l *lab) start(name string, env []string, path string, args ...string) (*child, error) {
	logPath := filepath.Join(l.dir, fmt.Sprintf("%s-%d.log", name, l.serial()))
	log, err := os.Create(logPath) //nolint:gosec // below the run's temporary folder
	if err != nil {
		return nil, fmt.Errorf("create the log of %s: %w", name, err)
	}
	defer log.Close()                  // the child holds its own descriptor
	cmd := exec.Command(path, args...) //nolint:gosec // the flags name the binary
	cmd.Env, cmd.Stdout, cmd.Stderr = env, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c := &child{name: name, cmd: cmd, logPath: logPath, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // the status of a child that is asked to end says nothing
		close(c.ended)
	}()
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// stop asks the child to end, waits, and kills its whole process group when it does not.
func (c *child) stop() error {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	timer := time.NewTimer(stopGrace)
	defer timer.Stop()
	var late error
	select {
	case <-c.ended:
	case <-timer.C:
		late = fmt.Errorf("stop %s: still running %s after SIGTERM, killed", c.name, stopGrace)
	}
	_ = syscall.Kill(-c.pid(), syscall.SIGKILL) // whatever the child left behind in its group
	<-c.ended
	return late
}

// failure wraps an error about the child with the end of its output.
func (c *child) failure(err error) error {
	text, readErr := os.ReadFile(c.logPath) //nolint:gosec // below the run's temporary folder
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	if len(text) > logTail {
		text = text[len(text)-logTail:]
	}
	return fmt.Errorf("%w; the last lines of %s:\n%s", err, c.name, strings.TrimSpace(string(text)))
}

// awaitOK polls until the child answers 200 to a GET of url, and gives up when it ends or the limit has passed.
func (c *child) awaitOK(ctx context.Context, url, key string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := getOK(ctx, url, key)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-c.ended:
			return c.failure(fmt.Errorf("%s ended before it was ready", c.name))
		case <-ctx.Done():
			return c.failure(fmt.Errorf("%s is not ready: %w", c.name, err))
		}
	}
}
