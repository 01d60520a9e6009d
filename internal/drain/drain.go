// Package drain says whether this gateway is on its way out, in the two steps of a rolling update: a marker file asks clients to go elsewhere
// while everything is still served; the order to stop turns new requests away and lets those in flight finish.
//
// Watch runs on its caller's goroutine.
package drain

import (
	"context"
	"os"
	"sync/atomic"
	"time"
)

// State is where the gateway stands. Its zero value is a gateway that stays.
type State struct{ marked, stopping atomic.Bool }

// Marked reports whether the marker file is there.
func (s *State) Marked() bool { return s.marked.Load() }

// Stop records the order to stop.
func (s *State) Stop() { s.stopping.Store(true) }

// Stopping reports whether the order to stop was given.
func (s *State) Stopping() bool { return s.stopping.Load() }

// Leaving reports whether either step has begun.
func (s *State) Leaving() bool { return s.Marked() || s.Stopping() }

// interval is how often the marker is looked for; its folder may not exist yet, which no file watch survives.
const interval = 200 * time.Millisecond

// Watch follows the marker file until ctx is over and tells every change, again and again until that has worked.
func (s *State) Watch(ctx context.Context, marker string, tell func(marked bool) error) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	untold := false
	for {
		_, err := os.Stat(marker)
		now := err == nil
		if now != s.marked.Swap(now) || untold {
			untold = tell(now) != nil
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
