package devstore

import (
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
)

// fault is a misbehaviour that a test asks for by POST /_admin/faults. The first one that matches a request is used.
type fault struct {
	Method       string `json:"method,omitempty"`
	PathContains string `json:"path_contains,omitempty"`
	BodyContains string `json:"body_contains,omitempty"` // makes the store read the body first

	Rate  float64 `json:"rate,omitempty"`  // the part of requests that it hits; 0 means all
	Count int     `json:"count,omitempty"` // after so many hits it is over; 0 means never

	DelayMS     float64           `json:"delay_ms,omitempty"`
	DiscardBody bool              `json:"discard_body,omitempty"` // read the body to its end without keeping it
	Status      int               `json:"status,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"` // alone, they are added to the true answer
	RetryAfter  string            `json:"retry_after,omitempty"`
	Body        string            `json:"body,omitempty"`
	BodyBase64  string            `json:"body_base64,omitempty"` // instead of body, where it is no text
	BodyRepeat  int               `json:"body_repeat,omitempty"` // so many copies of the body, for large answers
	Chunked     bool              `json:"chunked,omitempty"`     // no Content-Length
	Truncate    int               `json:"truncate,omitempty"`    // drop the connection after so many bytes of the answer
	Close       bool              `json:"close,omitempty"`       // read the request, then drop the connection
	CloseEarly  bool              `json:"close_early,omitempty"` // drop it before the body is read

	used int
}

// delay is added latency.
type delay struct {
	MS     float64 `json:"ms"`
	Jitter float64 `json:"jitter_ms"`
}

func (d delay) pick() float64 { return d.MS + d.Jitter*chance() }

// chance is a number from 0 to 1.
func chance() float64 {
	return rand.Float64() //nolint:gosec // it decides which request of a test fails, not a secret
}

// faults are all misbehaviours in force.
type faults struct {
	active atomic.Bool // spares requests the lock while there are none

	mu     sync.Mutex
	list   []*fault
	delays map[string]delay // by operation; * is for those not named
}

func (f *faults) set(list []*fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = list
	f.active.Store(len(f.list) > 0 || len(f.delays) > 0)
}

func (f *faults) setDelays(delays map[string]delay) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.delays = delays
	f.active.Store(len(f.list) > 0 || len(f.delays) > 0)
}

// match finds what is to happen to a request: a fault or nil, and how many milliseconds to wait. The body is read only
// for a fault that fits so far and asks what is in it.
func (f *faults) match(x *exchange) (*fault, float64) {
	f.mu.Lock()
	list := f.list
	d, named := f.delays[x.op]
	if !named {
		d = f.delays["*"]
	}
	f.mu.Unlock()
	wait := d.pick()
	for _, ft := range list {
		if ft.fits(x) && f.take(ft) {
			return ft, wait + ft.DelayMS
		}
	}
	return nil, wait
}

// take decides by count and chance.
func (f *faults) take(ft *fault) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ft.Count > 0 && ft.used >= ft.Count || ft.Rate > 0 && chance() >= ft.Rate {
		return false
	}
	ft.used++
	return true
}

func (f *fault) fits(x *exchange) bool {
	if f.Method != "" && f.Method != x.r.Method || !strings.Contains(x.r.URL.Path, f.PathContains) {
		return false
	}
	if f.BodyContains == "" {
		return true
	}
	body, err := x.text()
	return err == nil && strings.Contains(body, f.BodyContains)
}

// answers reports whether the fault takes the place of the true answer.
func (f *fault) answers() bool {
	return f.Status != 0 || f.Body != "" || f.BodyBase64 != "" || f.Truncate > 0 || f.DiscardBody
}
