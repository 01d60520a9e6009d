package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime returns the CPU time that a process has used, all its threads together, ended ones included. The
// clock counts nanoseconds, where /proc/<pid>/stat counts ticks of 10 ms.
func cpuTime(pid int) (time.Duration, error) {
	// The encoding of clock_getcpuclockid(3): the inverted process id above three bits, of which 2 is CPUCLOCK_SCHED.
	clock := int32(^pid)<<3 | 2 //nolint:gosec // a process id has at most 22 bits
	var ts unix.Timespec
	if err := unix.ClockGettime(clock, &ts); err != nil {
		return 0, fmt.Errorf("read the CPU clock of process %d: %w", pid, err)
	}
	return time.Duration(ts.Nano()), nil
}

// cpuTimes sums cpuTime over processes.
func cpuTimes(pids []int) (time.Duration, error) {
	var sum time.Duration
	for _, pid := range pids {
		t, err := cpuTime(pid)
		if err != nil {
			return 0, err
		}
		sum += t
	}
	return sum, nil
}

// memory is the resident memory of a process in bytes, now and at its highest since resetPeak.
type memory struct {
	Resident, Peak int64
}

func memoryOf(pid int) (memory, error) {
	path := procPath(pid, "status")
	text, err := os.ReadFile(path) //nolint:gosec // the path is built from a number
	if err != nil {
		return memory{}, fmt.Errorf("read the memory of process %d: %w", pid, err)
	}
	m, err := parseMemory(text)
	if err != nil {
		return memory{}, fmt.Errorf("read %s: %w", path, err)
	}
	return m, nil
}

func parseMemory(status []byte) (memory, error) {
	resident, err := statusBytes(status, "VmRSS:")
	if err != nil {
		return memory{}, err
	}
	peak, err := statusBytes(status, "VmHWM:")
	return memory{Resident: resident, Peak: peak}, err
}

func statusBytes(status []byte, field string) (int64, error) {
	for line := range bytes.Lines(status) {
		words := strings.Fields(string(line))
		if len(words) == 3 && words[0] == field && words[2] == "kB" {
			kib, err := strconv.ParseInt(words[1], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("field %s %w", field, err)
			}
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("no field %s", field)
}

// resetPeak makes the process's highest resident memory start again from what it has now.
func resetPeak(pid int) error {
	if err := os.WriteFile(procPath(pid, "clear_refs"), []byte("5"), 0); err != nil {
		return fmt.Errorf("reset the memory peak of process %d: %w", pid, err)
	}
	return nil
}

// descendants returns the processes below pid, parents before children, those that end meanwhile left out.
func descendants(pid int) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	children := map[int][]int{}
	for _, path := range stats {
		text, err := os.ReadFile(path) //nolint:gosec // a path below /proc
		if err != nil {
			continue // it has ended since the listing
		}
		if child, parent, ok := parseParent(text); ok {
			children[parent] = append(children[parent], child)
		}
	}
	below := children[pid]
	for i := 0; i < len(below); i++ {
		below = append(below, children[below[i]]...)
	}
	return below, nil
}

// parseParent reads a process's id and its parent's from /proc/<pid>/stat. The command in between may hold
// spaces and parentheses, so the fields count from its last one.
func parseParent(stat []byte) (pid, parent int, ok bool) {
	head, _, found := bytes.Cut(stat, []byte(" "))
	end := bytes.LastIndexByte(stat, ')')
	if !found || end < 0 {
		return 0, 0, false
	}
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) < 2 {
		return 0, 0, false
	}
	pid, err := strconv.Atoi(string(head))
	if err != nil {
		return 0, 0, false
	}
	parent, err = strconv.Atoi(fields[1])
	return pid, parent, err == nil
}

// commandLine returns a process's arguments.
func commandLine(pid int) ([]string, error) {
	text, err := os.ReadFile(procPath(pid, "cmdline"))
	if err != nil {
		return nil, fmt.Errorf("read the arguments of process %d: %w", pid, err)
	}
	return strings.Split(strings.TrimRight(string(text), "\x00"), "\x00"), nil
}

// executes reports whether the process runs the binary at path, whatever links name it.
func executes(pid int, path string) bool {
	exe, err := os.Stat(procPath(pid, "exe"))
	if err != nil {
		return false
	}
	want, err := os.Stat(path) //nolint:gosec // whoever runs the bench names the binaries
	return err == nil && os.SameFile(exe, want)
}

func procPath(pid int, name string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), name)
}
