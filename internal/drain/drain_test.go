package drain

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestState(t *testing.T) {
	t.Parallel()
	var s State
	if s.Marked() || s.Stopping() || s.Leaving() {
		t.Error("a new gateway is on its way out")
	}
	s.Stop()
	if s.Marked() || !s.Stopping() || !s.Leaving() {
		t.Errorf("after the order to stop: marked %v, stopping %v, leaving %v", s.Marked(), s.Stopping(), s.Leaving())
	}
}

// Watch tells each change of the marker once, also of one that is there at the start or whose folder is not.
func TestWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "later")
		marker := filepath.Join(dir, "draining")
		ctx, cancel := context.WithCancel(t.Context())
		var s State
		var fails atomic.Bool
		told := make(chan bool, 1)
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Watch(ctx, marker, func(marked bool) error {
				told <- marked
				if fails.Load() {
					return os.ErrClosed
				}
				return nil
			})
		}()
		// After the next look at the file, marked is the state, and it was told if it is new.
		look := func(marked, isNew bool) {
			t.Helper()
			// The clock is the bubble's: it moves when everything waits.
			<-time.After(interval)
			synctest.Wait()
			select {
			case got := <-told:
				if !isNew || got != marked {
					t.Errorf("told %v", got)
				}
			default:
				if isNew {
					t.Error("told nothing")
				}
			}
			if s.Marked() != marked || s.Leaving() != marked {
				t.Errorf("marked %v, leaving %v; want %v", s.Marked(), s.Leaving(), marked)
			}
		}
		look(false, false)
		change(t, os.Mkdir(dir, 0o700))
		look(false, false)
		change(t, os.WriteFile(marker, nil, 0o600))
		look(true, true)
		look(true, false)
		change(t, os.Remove(marker))
		look(false, true)
		// What could not be told is told again.
		fails.Store(true)
		change(t, os.Mkdir(marker, 0o700))
		look(true, true)
		look(true, true)
		fails.Store(false)
		look(true, true)
		look(true, false)
		cancel()
		<-done
	})
}

func change(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A marker that is there from the start counts at once.
func TestWatchSeesOldMarker(t *testing.T) {
	t.Parallel()
	marker := filepath.Join(t.TempDir(), "draining")
	change(t, os.WriteFile(marker, nil, 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	var s State
	s.Watch(ctx, marker, func(marked bool) error {
		if !marked {
			t.Error("told that there is none")
		}
		cancel()
		return nil
	})
	if !s.Marked() {
		t.Error("not marked")
	}
}
