package main

import (
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseParent(t *testing.T) {
	t.Parallel()
	type want struct {
		PID, Parent int
		OK          bool
	}
	tests := map[string]struct {
		stat string
		want want
	}{
		"plain":                     {"12 (envoy) S 7 12 12 0 -1", want{12, 7, true}},
		"a space in the command":    {"12 (a b) R 7 12", want{12, 7, true}},
		"parentheses in it":         {"12 (a) S 1) (x) S 7 12", want{12, 7, true}},
		"cut off after the command": {"12 (envoy) S", want{}},
		"no command":                {"12", want{}},
		"empty":                     {"", want{}},
		"no number":                 {"x (envoy) S 7 12", want{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pid, parent, ok := parseParent([]byte(tt.stat))
			if diff := cmp.Diff(tt.want, want{pid, parent, ok}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseMemory(t *testing.T) {
	t.Parallel()
	got, err := parseMemory([]byte("Name:\tenvoy\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t3\n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (memory{Resident: 1 << 20, Peak: 2 << 20}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for name, text := range map[string]string{
		"no peak":      "VmRSS:\t1024 kB\n",
		"no resident":  "VmHWM:\t1024 kB\n",
		"another unit": "VmRSS:\t1024 MB\nVmHWM:\t1024 MB\n",
		"no number":    "VmRSS:\tmany kB\nVmHWM:\t1024 kB\n",
	} {
		if _, err := parseMemory([]byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestCPUTimeGrowsWithWork(t *testing.T) {
	t.Parallel()
	before, err := cpuTimes([]int{os.Getpid()})
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for i := range 10_000_000 {
		sum ^= i * i
	}
	after, err := cpuTimes([]int{os.Getpid()})
	if err != nil {
		t.Fatal(err)
	}
	if after <= before {
		t.Errorf("%s of CPU after work (%d), %s before", after, sum, before)
	}
	if none, err := cpuTimes(nil); none != 0 || err != nil {
		t.Errorf("no process used %s, %v", none, err)
	}
}

func TestEndedProcessIsAnError(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	if _, err := cpuTime(pid); err == nil {
		t.Error("an ended process has a CPU clock")
	}
	if _, err := memoryOf(pid); err == nil {
		t.Error("an ended process has memory")
	}
	if _, err := commandLine(pid); err == nil {
		t.Error("an ended process has arguments")
	}
}

func TestResetPeakForgetsTheHighest(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	block, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < size; i += os.Getpagesize() {
		block[i] = 1
	}
	full, err := memoryOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Munmap(block); err != nil {
		t.Fatal(err)
	}
	if err := resetPeak(os.Getpid()); err != nil {
		t.Fatal(err)
	}
	after, err := memoryOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if full.Peak < size || after.Peak > full.Peak-size/2 {
		t.Errorf("peak %d with the block, %d after it was freed and the peak reset", full.Peak, after.Peak)
	}
}

func TestDescendantsReachGrandchildren(t *testing.T) {
	t.Parallel()
	// The shell's last command is not its own, so that it stays as the parent of the one that waits.
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "echo up; cat; true")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 3)); err != nil { // the shell says up
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // cat answers, so it runs
		t.Fatal(err)
	}
	below, err := descendants(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	grand, err := descendants(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if len(grand) != 1 || !slices.Contains(below, cmd.Process.Pid) || !slices.Contains(below, grand[0]) {
		t.Errorf("below the test %v, below the shell (%d) %v", below, cmd.Process.Pid, grand)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestExecutesFollowsLinks(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := t.TempDir() + "/link"
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	if !executes(os.Getpid(), link) {
		t.Error("the link to this binary is not recognized")
	}
	if executes(os.Getpid(), "/bin/sh") || executes(os.Getpid(), link+".missing") {
		t.Error("another binary is taken for this one")
	}
	args, err := commandLine(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(os.Args, args); diff != "" {
		t.Error(diff)
	}
}
