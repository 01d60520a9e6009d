package dev

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// opened holds a data folder until the test ends.
func opened(t *testing.T, path string) *folder {
	t.Helper()
	f, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.close() })
	return f
}

// shortDir makes a folder whose path leaves room for a socket's name.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "layer-dev-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// mode asserts the permissions of a path.
func mode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != want {
		t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, want)
	}
}

// A folder belongs to one process: a second is told so, and gets it when the first has ended.
func TestFolderLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "data")
	first, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	mode(t, path, 0o700)
	if _, err := open(path); err == nil || err.Error() != "--data: another layer is running on "+path+"; give this one a folder of its own" {
		t.Errorf("second: %v", err)
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	opened(t, path)
}

func TestFolderErrors(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	for _, path := range []string{file, filepath.Join(file, "data")} {
		if _, err := open(path); err == nil || !strings.HasPrefix(err.Error(), "--data: ") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestFolderKey(t *testing.T) {
	t.Parallel()
	f := opened(t, t.TempDir())
	first, err := f.key()
	if err != nil {
		t.Fatal(err)
	}
	mode(t, f.keyFile(), 0o600)
	if text := first.Reveal(); !strings.HasPrefix(text, "layer_dev_") || len(text) != len("layer_dev_")+32 {
		t.Errorf("key of %d characters", len(text))
	}
	again, err := f.key()
	if err != nil || again.Reveal() != first.Reveal() {
		t.Errorf("not the same key again, %v", err)
	}
	other, err := opened(t, t.TempDir()).key()
	if err != nil || other.Reveal() == first.Reveal() {
		t.Errorf("two folders share a key, %v", err)
	}
	// A key that a person wrote there counts, and an empty file is none.
	write(t, f.keyFile(), " mine\n")
	if own, err := f.key(); err != nil || own.Reveal() != "mine" {
		t.Errorf("the key in the file is not taken, %v", err)
	}
	write(t, f.keyFile(), "\n")
	if made, err := f.key(); err != nil || !strings.HasPrefix(made.Reveal(), "layer_dev_") {
		t.Errorf("an empty file is taken for a key, %v", err)
	}
	unreadable := opened(t, t.TempDir())
	if err := os.Mkdir(unreadable.keyFile(), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := unreadable.key(); err == nil || !strings.HasPrefix(err.Error(), "read the embedded store's key: ") {
		t.Errorf("error %v", err)
	}
}

func TestSocketFolder(t *testing.T) {
	t.Parallel()
	long := filepath.Join(shortDir(t), strings.Repeat("a", 100))
	for name, path := range map[string]string{"in the data folder": shortDir(t), "elsewhere where that is too long": long} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := opened(t, path)
			s, cleanup, err := f.sockets()
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Dir(s.Gateway)
			mode(t, dir, 0o700)
			if inside := dir == f.join("run"); inside != (path != long) || !filepath.IsAbs(dir) {
				t.Errorf("sockets are in %s", dir)
			}
			l, err := net.Listen("unix", s.Gateway)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			cleanup()
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("%s is left behind: %v", dir, err)
			}
		})
	}
}

func TestLogFile(t *testing.T) {
	t.Parallel()
	f := opened(t, t.TempDir())
	path, err := f.log("access.jsonl")
	if err != nil || path != f.join("logs", "access.jsonl") {
		t.Fatalf("%s, %v", path, err)
	}
	mode(t, f.join("logs"), 0o700)
	write(t, path, "line\n")
	if _, err := f.log("access.jsonl"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "line\n" {
		t.Errorf("a small log is not kept: %q, %v", text, err)
	}
	if err := os.Truncate(path, maxLog+1); err != nil {
		t.Fatal(err)
	}
	if _, err := f.log("access.jsonl"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a large log is not put aside: %v", err)
	}
	if info, err := os.Stat(path + ".old"); err != nil || info.Size() != maxLog+1 {
		t.Errorf("old log: %v", err)
	}
}
