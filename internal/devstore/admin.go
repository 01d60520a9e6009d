package devstore

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// adminPrefix starts the paths that control a store under test. They need no key.
const adminPrefix = "/_admin/"

// maxAdminBody bounds what a control request may send.
const maxAdminBody = 16 << 20

// adminRoutes are keyed by method and path. Each returns the value to answer as JSON.
var adminRoutes = map[string]func(*Store, []byte) (any, error){
	"GET health":     func(*Store, []byte) (any, error) { return map[string]bool{"ok": true}, nil },
	"GET stats":      func(s *Store, _ []byte) (any, error) { return map[string]any{"requests": s.records.stats()}, nil },
	"GET requests":   func(s *Store, _ []byte) (any, error) { return s.records.list(), nil },
	"POST clear":     func(s *Store, _ []byte) (any, error) { s.adminClear(); return "ok", nil },
	"POST reset":     (*Store).adminReset,
	"POST faults":    (*Store).adminFaults,
	"POST delays":    (*Store).adminDelays,
	"POST config":    (*Store).adminConfig,
	"POST namespace": (*Store).adminNamespace,
}

func (s *Store) serveAdmin(w http.ResponseWriter, r *http.Request) {
	x := &exchange{s: s, w: w, r: r, start: time.Now()}
	h, found := adminRoutes[r.Method+" "+strings.TrimPrefix(r.URL.Path, adminPrefix)]
	if !found {
		x.writeError(fail(404, "not found: %s %s", r.Method, cut(r.URL.Path, 500)))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAdminBody))
	if err != nil {
		x.writeError(fail(400, "read the request body: %v", err))
		return
	}
	out, err := h(s, body)
	if err != nil {
		x.writeError(err)
		return
	}
	text, err := json.Marshal(out)
	if err != nil {
		x.writeError(err)
		return
	}
	x.write(okReply(append(text, '\n')))
}

// decode is strict, so that a misspelt switch is seen.
func decode(body []byte, to any) error {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fail(400, "%v", err)
	}
	return nil
}

func (s *Store) adminClear() {
	s.faults.set(nil)
	s.faults.setDelays(nil)
	s.records.clear()
	s.indexLag.Store(0)
	s.filterLimit.Store(0)
	s.asyncPolls.Store(0)
	s.asyncWrite.Store(false)
	s.lazyApprox.Store(false)
}

// adminReset also deletes every namespace.
func (s *Store) adminReset(_ []byte) (any, error) {
	s.adminClear()
	for _, name := range s.names.names() {
		if err := s.delete(name); err != nil && s.names.live(name) != nil {
			return nil, err
		}
	}
	return "ok", nil
}

func (s *Store) adminFaults(body []byte) (any, error) {
	var list []*fault
	if err := decode(body, &list); err != nil {
		return nil, err
	}
	for _, f := range list {
		if _, err := base64.StdEncoding.DecodeString(f.BodyBase64); err != nil {
			return nil, fail(400, "body_base64: %v", err)
		}
		if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
			return nil, fail(400, "status must be between 200 and 599, got %d", f.Status)
		}
	}
	s.faults.set(list)
	return "ok", nil
}

func (s *Store) adminDelays(body []byte) (any, error) {
	var delays map[string]delay
	if err := decode(body, &delays); err != nil {
		return nil, err
	}
	s.faults.setDelays(delays)
	return "ok", nil
}

func (s *Store) adminConfig(body []byte) (any, error) {
	var c struct {
		IndexLagMS  *int64 `json:"index_lag_ms"` // each write makes the index `updating` for so long
		FilterLimit *int64 `json:"filter_limit"` // rows that one filtered write may change; 0 means all
		AsyncPolls  *int64 `json:"async_polls"`  // so many polls see an operation running
		LazyApprox  *bool  `json:"lazy_approx"`  // approximate counts in the metadata stay 0
		QueryCache  *bool  `json:"query_cache"`
		AsyncWrite  *bool  `json:"async_write"` // writes with Prefer: respond-async are answered 202
		Record      *bool  `json:"record"`
	}
	if err := decode(body, &c); err != nil {
		return nil, err
	}
	if c.IndexLagMS != nil {
		s.indexLag.Store(*c.IndexLagMS * int64(time.Millisecond))
	}
	for to, from := range map[*atomic.Int64]*int64{&s.filterLimit: c.FilterLimit, &s.asyncPolls: c.AsyncPolls} {
		if from != nil {
			to.Store(*from)
		}
	}
	for to, from := range map[*atomic.Bool]*bool{
		&s.lazyApprox: c.LazyApprox, &s.queryCache: c.QueryCache, &s.asyncWrite: c.AsyncWrite, &s.records.on: c.Record,
	} {
		if from != nil {
			to.Store(*from)
		}
	}
	return "ok", nil
}

// adminNamespace holds the index status of a namespace; with empty values it follows writes again.
func (s *Store) adminNamespace(body []byte) (any, error) {
	var c struct {
		Name           string `json:"name"`
		IndexStatus    string `json:"index_status"`
		UnindexedBytes int    `json:"unindexed_bytes"`
		UnindexedRows  int    `json:"unindexed_rows"`
		RejectStrong   bool   `json:"reject_strong"` // 429 for strongly consistent queries while updating
	}
	if err := decode(body, &c); err != nil {
		return nil, err
	}
	n := s.names.live(c.Name)
	if n == nil {
		return nil, notFound(c.Name)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.index.forced, n.index.bytes, n.index.rows = c.IndexStatus, c.UnindexedBytes, c.UnindexedRows
	n.index.rejectStrong = c.RejectStrong
	n.answers.clear()
	return "ok", nil
}
