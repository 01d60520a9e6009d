package envoy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// ProcessConfig says how to run an Envoy.
type ProcessConfig struct {
	// Binary is the path of the Envoy executable.
	Binary string
	// Bootstrap is the path of the bootstrap file.
	Bootstrap string
	// Concurrency is the number of worker threads.
	Concurrency int
	// Output receives what Envoy prints.
	Output io.Writer
}

// Process is an Envoy child process. It dies with the process that started it.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// Start runs Envoy. The child is in a process group of its own, so that a Ctrl-C at the terminal reaches only its parent,
// which drains first.
func Start(cfg ProcessConfig) (*Process, error) {
	// #nosec G204 -- the binary is the operator's choice
	cmd := exec.Command(cfg.Binary,
		"--config-path", cfg.Bootstrap,
		"--use-dynamic-base-id",
		"--concurrency", strconv.Itoa(cfg.Concurrency),
		"--log-level", "warning",
		// Without its filter Envoy would warn once a request; the access log has each of them.
		"--component-log-level", "ext_proc:error",
		"--log-format", "%Y-%m-%dT%T.%e envoy %l %n %v",
		"--drain-time-s", "5",
		"--file-flush-interval-msec", "1000",
	)
	cmd.Stdout, cmd.Stderr = cfg.Output, cfg.Output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = time.Second
	p := &Process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start Envoy %s: %w", cfg.Binary, err)
	}
	return p, nil
}

// run holds its OS thread for the life of the child: the kernel sends Pdeathsig when the thread that forked ends.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.done)
	err := p.cmd.Start()
	started <- err
	if err == nil {
		p.err = p.cmd.Wait()
	}
}

// PID returns the child's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when Envoy has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err tells how Envoy ended, once Done is closed.
func (p *Process) Err() error { return p.err }

// Stop ends Envoy: SIGTERM, and SIGKILL when ctx is over first.
func (p *Process) Stop(ctx context.Context) error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop Envoy: %w", err)
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill Envoy: %w", err)
	}
	<-p.done
	return nil
}
