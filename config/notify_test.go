package config

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Without a watcher the poll finds the change.
func TestPoll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, map[string]string{"stores.yaml": stores()})
	f := newTestFolder(t, FolderConfig{Dir: dir})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		n, began := 0, time.Now()
		err := f.run(ctx, &watch{poll: pollUnwatched}, func(u Update) {
			n++
			switch {
			case n == 1:
				put(t, dir, map[string]string{"index.yaml": shop("second")})
			case serves(map[string]string{"shop": "second"})(u):
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || n != 2 || time.Since(began) != pollUnwatched {
			t.Errorf("err %v, %d updates in %v", err, n, time.Since(began))
		}
	})
}

func TestWait(t *testing.T) {
	t.Parallel()
	every := func(d time.Duration, times int) (at []time.Duration) {
		for i := range times {
			at = append(at, time.Duration(i+1)*d)
		}
		return at
	}
	tests := map[string]struct {
		// at is when events about name come; without a name events were lost.
		at   []time.Duration
		name string
		want time.Duration
	}{
		"nothing":                {nil, "", pollInterval},
		"one event":              {every(time.Second, 1), "/r/a.yaml", time.Second + quiet},
		"each counts anew":       {every(quiet/2, 3), "/r/a.yaml", 3*quiet/2 + quiet},
		"but not without end":    {every(quiet/2, 20), "/r/a.yaml", quiet/2 + patience},
		"events lost":            {every(time.Second, 1), "", time.Second + quiet},
		"swapped link":           {every(time.Second, 1), "/r/..data", time.Second + quiet},
		"the folder itself":      {every(time.Second, 1), "/r", time.Second + quiet},
		"hidden file":            {every(time.Second, 1), "/r/.a.yaml.swp", pollInterval},
		"file of an editor":      {every(time.Second, 1), "/r/a.yaml~", pollInterval},
		"another such file":      {every(time.Second, 1), "/r/#a.yaml#", pollInterval},
		"neighbour":              {every(time.Second, 1), "/other", pollInterval},
		"event just before poll": {[]time.Duration{pollInterval - 1}, "/r/a.yaml", pollInterval - 1 + quiet},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				events, errs := make(chan fsnotify.Event, len(tt.at)), make(chan error, len(tt.at))
				w := &watch{
					events: events, errors: errs, poll: pollInterval, logger: slog.New(slog.DiscardHandler),
					folders: map[string]string{"/r": "", "/": "r"},
				}
				began := time.Now()
				for _, at := range tt.at {
					time.AfterFunc(at, func() {
						if tt.name == "" {
							errs <- fsnotify.ErrEventOverflow
							return
						}
						events <- fsnotify.Event{Name: tt.name, Op: fsnotify.Write}
					})
				}
				w.wait(t.Context())
				if got := time.Since(began); got != tt.want {
					t.Errorf("waited %v, want %v", got, tt.want)
				}
			})
		})
	}
}
