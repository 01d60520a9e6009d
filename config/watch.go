package config

import (
	"context"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// quiet is how long nothing may happen before the folder is read again, and patience how long that is waited for.
	quiet    = 100 * time.Millisecond
	patience = 500 * time.Millisecond
	// pollInterval is the time after which the folder is read although nothing was heard: some file systems tell nothing.
	pollInterval = 30 * time.Second
	// pollUnwatched is the same where the system gives no watcher.
	pollUnwatched = time.Second
)

// Run reads the folder at once and after each change, and publishes each reading that differs from the one before, until ctx
// is done. It returns ctx's cause. Publish is called by Run's own goroutine; while it works, changes wait.
func (f *Folder) Run(ctx context.Context, publish func(Update)) error {
	w := f.newWatch()
	defer w.close()
	return f.run(ctx, w, publish)
}

func (f *Folder) run(ctx context.Context, w *watch, publish func(Update)) error {
	for ctx.Err() == nil {
		w.follow(f.cfg.Dir)
		if update, changed := f.read(ctx); changed {
			publish(update)
		}
		w.wait(ctx)
	}
	return context.Cause(ctx)
}

func (f *Folder) newWatch() *watch {
	w := &watch{poll: pollInterval, logger: f.cfg.Logger}
	if f.cfg.Dir == "" {
		return w
	}
	n, err := fsnotify.NewWatcher()
	if err != nil {
		f.cfg.Logger.Warn("no file watcher, polling instead", "err", err, "interval", pollUnwatched)
		w.poll = pollUnwatched
		return w
	}
	w.notify, w.events, w.errors = n, n.Events, n.Errors
	return w
}
