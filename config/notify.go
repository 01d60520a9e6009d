package config

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// watch tells when something under a folder may have changed.
type watch struct {
	// notify is nil where there is nothing to watch, or no watcher; then there is only the poll.
	notify *fsnotify.Watcher
	events <-chan fsnotify.Event
	errors <-chan error
	poll   time.Duration
	logger *slog.Logger
	// folders are the watched ones by their real path; the value is the one name in them that counts, "" for all.
	folders map[string]string
}

func (w *watch) close() {
	if w.notify != nil {
		_ = w.notify.Close()
	}
}

// follow watches what the folder is made of now: every folder in it, those that links lead to, and the one above, where the
// folder itself comes and goes.
func (w *watch) follow(dir string) {
	if w.notify == nil {
		return
	}
	want := targets(dir)
	for path := range w.folders {
		if _, ok := want[path]; !ok {
			_ = w.notify.Remove(path)
		}
	}
	for path := range want {
		// A folder that goes away now is told of by the one above it, and the poll catches what is left.
		_ = w.notify.Add(path)
	}
	w.folders = want
}

func targets(dir string) map[string]string {
	want := map[string]string{}
	above, name := existingParent(dir)
	want[above] = name
	l := list(dir)
	for _, folder := range l.folders {
		if actual, err := filepath.EvalSymlinks(folder); err == nil {
			want[actual] = ""
		}
	}
	for _, path := range l.links {
		if actual, err := filepath.EvalSymlinks(path); err == nil {
			want[filepath.Dir(actual)] = ""
		}
	}
	return want
}

// existingParent finds the nearest folder above dir that exists, and what is missing from it, or dir's own name.
func existingParent(dir string) (parent, name string) {
	path, err := filepath.Abs(dir)
	if err != nil {
		path = dir
	}
	for {
		parent, name = filepath.Split(path)
		parent = filepath.Clean(parent)
		if actual, err := filepath.EvalSymlinks(parent); err == nil {
			return actual, name
		}
		if parent == path {
			return parent, name
		}
		path = parent
	}
}

// wait returns once something has happened and it has been quiet since, or the folder is due to be polled, or ctx is done.
func (w *watch) wait(ctx context.Context) {
	heard := w.hear(ctx, w.poll)
	for end := time.Now().Add(patience); heard; {
		heard = w.hear(ctx, min(quiet, time.Until(end)))
	}
}

// hear waits for an event that counts; it reports false when none came in time.
func (w *watch) hear(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return false
	}
	due := time.NewTimer(d)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-due.C:
			return false
		case err := <-w.errors:
			w.logger.Warn("file watcher may have missed something", "err", err)
			return true
		case e := <-w.events:
			if w.counts(e.Name) {
				return true
			}
		}
	}
}

// counts tells the events of files that may be read from those of their neighbours. Names that start with two dots are what a
// mounted ConfigMap is swapped by.
func (w *watch) counts(path string) bool {
	if _, self := w.folders[path]; self {
		return true
	}
	name := filepath.Base(path)
	if only := w.folders[filepath.Dir(path)]; only != "" {
		return name == only
	}
	return !ignored(name) || strings.HasPrefix(name, "..")
}
