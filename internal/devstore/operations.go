package devstore

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"
)

// maxOperations is how many finished operations can be polled; older ones are forgotten.
const maxOperations = 1000

// operations keeps the outcome of asynchronous writes. The work is done before the 202 is sent; a poll may be told to
// see it running for a while.
type operations struct {
	mu    sync.Mutex
	byKey map[string]*operation
	order []string
}

type operation struct {
	outcome  []byte // `"success":…` or `"error":…`
	started  time.Time
	finished time.Time
	running  int64 // this many more polls see it running
}

// add returns the token under which the outcome can be polled.
func (o *operations) add(namespace string, outcome []byte, start time.Time, running int64) string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	token := "op-" + hex.EncodeToString(id[:])
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byKey == nil {
		o.byKey = map[string]*operation{}
	}
	key := namespace + "/" + token
	o.byKey[key] = &operation{outcome: outcome, started: start.UTC(), finished: time.Now().UTC(), running: running}
	if o.order = append(o.order, key); len(o.order) > maxOperations {
		delete(o.byKey, o.order[0])
		o.order = o.order[1:]
	}
	return token
}

// poll answers GET /v1/namespaces/{ns}/operations/{token}.
func (o *operations) poll(namespace, token string) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	op := o.byKey[namespace+"/"+token]
	if op == nil {
		return nil, fail(404, "operation not found")
	}
	if op.running > 0 {
		op.running--
		b := appendTime([]byte(`{"status":"running","start_time":`), op.started)
		return append(b, `,"progress":"copying"}`...), nil
	}
	b := appendTime([]byte(`{"status":"finished","start_time":`), op.started)
	b = appendTime(append(b, `,"finish_time":`...), op.finished)
	return append(append(append(b, `,"result":{`...), op.outcome...), '}', '}'), nil
}

// appendTime appends a time as the service writes it, in microseconds.
func appendTime(b []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(b, '"'), "2006-01-02T15:04:05.000000Z"), '"')
}
