package testkit

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Patience is how long a test waits for something that has to happen.
const Patience = 30 * time.Second

// Command is a program to run.
type Command struct {
	Path string
	Args []string
	// Env is added to the environment of the test, less every variable that configures Layer.
	Env []string
	Dir string
	// Ready is a text that a line of the output holds when the program is ready; "" does not wait.
	Ready string
	// SysProcAttr sets the process up, as in os/exec.
	SysProcAttr *syscall.SysProcAttr
	// TTY, if set, is the program's standard input, output and error instead of the recorded output.
	TTY *os.File
}

// Process is a running program.
type Process struct {
	cmd    *exec.Cmd
	output *recorder
	done   chan struct{}
	err    error
}

// Start runs a program until the end of the test and waits until it is ready.
func Start(t *testing.T, c Command) *Process {
	t.Helper()
	p := &Process{cmd: exec.Command(c.Path, c.Args...), output: &recorder{ready: c.Ready, seen: make(chan struct{})}, done: make(chan struct{})} // #nosec G204
	p.cmd.Env = append(environ(), c.Env...)
	p.cmd.Dir = c.Dir
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if c.TTY != nil {
		p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = c.TTY, c.TTY, c.TTY
	}
	p.cmd.SysProcAttr = c.SysProcAttr
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", c.Path, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.Kill()
		if strings.Contains(p.Output(), "WARNING: DATA RACE") {
			t.Errorf("%s has a data race", c.Path)
		}
		if t.Failed() {
			t.Logf("output of %s %s:\n%s", c.Path, strings.Join(c.Args, " "), tail(p.Output()))
		}
	})
	if c.Ready != "" {
		p.waitReady(t)
	}
	return p
}

func (p *Process) waitReady(t *testing.T) {
	t.Helper()
	select {
	case <-p.output.seen:
	case <-p.done:
		t.Fatalf("%s ended before it was ready: %v", p.cmd.Path, p.err)
	case <-time.After(Patience):
		t.Fatalf("%s is not ready after %v", p.cmd.Path, Patience)
	}
}

// PID returns the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Output returns what the program printed so far.
func (p *Process) Output() string { return p.output.String() }

// Signal sends a signal.
func (p *Process) Signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatalf("signal %v to %s: %v", s, p.cmd.Path, err)
	}
}

// Wait waits for the program to end and returns its exit code.
func (p *Process) Wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(Patience):
		t.Fatalf("%s has not ended after %v", p.cmd.Path, Patience)
	}
	return p.cmd.ProcessState.ExitCode()
}

// Ended reports whether the program has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Kill ends the program at once.
func (p *Process) Kill() {
	if err := p.cmd.Process.Kill(); err == nil || errors.Is(err, os.ErrProcessDone) {
		<-p.done
	}
}

// environ is the environment without what would configure Layer, so that a developer's shell does not change a test.
func environ() []string {
	var out []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if name == "LAYER_ENVOY" || !strings.HasPrefix(name, "LAYER_") && !strings.HasPrefix(name, "TURBOPUFFER_") &&
			!strings.HasPrefix(name, "TPUF_") && !strings.HasPrefix(name, "OTEL_") && name != "PORT" {
			out = append(out, v)
		}
	}
	return out
}

// maxShown is how much of a log a failed test shows.
const maxShown = 4096

func tail(text string) string {
	if len(text) > maxShown {
		return "…" + text[len(text)-maxShown:]
	}
	return text
}

// recorder keeps output and notices the ready line.
type recorder struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready string
	seen  chan struct{}
	said  bool
}

// Write implements io.Writer.
func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text.Write(b)
	if r.ready != "" && !r.said && bytes.Contains(r.text.Bytes(), []byte(r.ready)) {
		r.said = true
		close(r.seen)
	}
	return len(b), nil
}

// String returns what was written so far.
func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
