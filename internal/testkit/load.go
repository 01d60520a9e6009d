package testkit

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// Load sends one request over and over until it is stopped.
type Load struct {
	stop   chan struct{}
	wait   sync.WaitGroup
	done   atomic.Int64
	closed atomic.Int64
	mu     sync.Mutex
	bad    map[string]int
}

// StartLoad runs workers that each send the request, one at a time, over kept connections. Answers that want does not accept,
// and requests without an answer, are counted as bad.
func StartLoad(t *testing.T, workers int, r Request, want func(Response) bool) *Load {
	t.Helper()
	l := &Load{stop: make(chan struct{}), bad: map[string]int{}}
	for range workers {
		r.Client = NewClient(t)
		l.wait.Add(1)
		go l.work(t, r, want)
	}
	t.Cleanup(func() { l.end() })
	Eventually(t, "the load is running", func() bool { return l.Done() >= int64(workers) })
	return l
}

func (l *Load) work(t *testing.T, r Request, want func(Response) bool) {
	defer l.wait.Done()
	for {
		select {
		case <-l.stop:
			return
		default:
		}
		resp, err := Try(t, r)
		switch {
		case err != nil:
			l.note(err.Error())
		case !want(resp):
			l.note(fmt.Sprintf("%d %s", resp.Status, resp.Body))
		}
		if resp.Close {
			l.closed.Add(1)
		}
		l.done.Add(1)
	}
}

func (l *Load) note(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bad[what]++
}

// Done counts the requests that have ended.
func (l *Load) Done() int64 { return l.done.Load() }

// Closed counts the answers that closed their connection.
func (l *Load) Closed() int64 { return l.closed.Load() }

func (l *Load) end() {
	select {
	case <-l.stop:
	default:
		close(l.stop)
	}
	l.wait.Wait()
}

// Stop ends the load and returns what went wrong, by kind.
func (l *Load) Stop() map[string]int {
	l.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bad
}

// More waits until so many further requests have ended.
func (l *Load) More(t *testing.T, n int64) {
	t.Helper()
	from := l.Done()
	Eventually(t, "further requests of the load", func() bool { return l.Done() >= from+n })
}

// OK accepts a 200.
func OK(r Response) bool { return r.Status == http.StatusOK }
