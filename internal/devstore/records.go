package devstore

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// maxRecords is how many requests are kept; half of them go when it is reached.
const maxRecords = 200

// record is a request as it arrived, so that a test can prove what something in front of the store sent.
type record struct {
	Time             time.Time   `json:"time"`
	Method           string      `json:"method"`
	URL              string      `json:"url"` // the request target as it was on the wire
	Proto            string      `json:"proto"`
	Host             string      `json:"host"`
	Header           http.Header `json:"header"` // every line, in canonical spelling; Host is above
	TransferEncoding []string    `json:"transfer_encoding,omitempty"`
	Body             string      `json:"body"`        // decompressed, cut
	BodyLen          int64       `json:"body_len"`    // on the wire
	BodySHA256       string      `json:"body_sha256"` // on the wire
	Status           int         `json:"status"`      // 0 when the connection was dropped unanswered
	Aborted          bool        `json:"aborted,omitempty"`
}

type countKey struct {
	op     string
	status int
}

// records counts requests, and keeps the last ones while on.
type records struct {
	on atomic.Bool

	mu     sync.Mutex
	counts map[countKey]int64
	last   []record
}

func (s *records) note(x *exchange, aborted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = map[countKey]int64{}
	}
	s.counts[countKey{x.op, x.status}]++
	if x.tap == nil {
		return
	}
	if len(s.last) >= maxRecords {
		s.last = append(s.last[:0:0], s.last[maxRecords/2:]...)
	}
	s.last = append(s.last, x.record(aborted))
}

func (x *exchange) record(aborted bool) record {
	body := x.body
	if !x.read {
		body = string(x.tap.head)
	}
	return record{
		Time: x.start, Method: x.r.Method, URL: x.r.RequestURI, Proto: x.r.Proto, Host: x.r.Host,
		Header: x.r.Header.Clone(), TransferEncoding: x.r.TransferEncoding,
		Body: cutBytes(body, keptBody), BodyLen: x.tap.n, BodySHA256: hex.EncodeToString(x.tap.hash.Sum(nil)),
		Status: x.status, Aborted: aborted,
	}
}

func cutBytes(s string, n int) string { return s[:min(len(s), n)] }

// clear forgets everything; whether requests are recorded stays as it is.
func (s *records) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts, s.last = nil, nil
}

func (s *records) stats() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]int64, len(s.counts))
	for k, n := range s.counts {
		out[k.op+" "+strconv.Itoa(k.status)] = n
	}
	return out
}

func (s *records) list() []record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]record{}, s.last...)
}
