package devstore

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// gzipFrom is the size from which answers are compressed for clients that ask for it.
const gzipFrom = 1024

var (
	jsonType     = []string{"application/json"}
	gzipEncoding = []string{"gzip"}
)

// exchange is one request and its answer.
type exchange struct {
	s      *Store
	w      http.ResponseWriter
	r      *http.Request
	start  time.Time
	op     string // for counters and delays
	status int    // 0 until an answer was begun

	tap  *bodyTap // while requests are recorded
	body string
	read bool
	err  error // of reading the body
}

// reply is an answer that is no error.
type reply struct {
	status int
	body   []byte
	header map[string]string
}

func okReply(body []byte) *reply { return &reply{status: http.StatusOK, body: body} }

// apiError is an answer in the service's error shape.
type apiError struct {
	status int
	msg    string
}

func (e *apiError) Error() string { return e.msg }

func fail(status int, format string, args ...any) error {
	return &apiError{status, fmt.Sprintf(format, args...)}
}

func (x *exchange) run() {
	defer x.finish()
	if x.s.records.on.Load() {
		x.tap = tapBody(x.r)
	}
	if x.s.faults.active.Load() && x.misbehave() {
		return
	}
	rep, err := x.s.handle(x)
	if err != nil {
		x.writeError(err)
		return
	}
	x.write(rep)
}

// finish counts and records the request whatever its end. A panic of our own is a bug: the client gets a 500, the log
// the stack.
func (x *exchange) finish() {
	p := recover()
	aborted := p != nil && isAbort(p)
	if p != nil && !aborted {
		x.s.log.Error("request panicked", "method", x.r.Method, "path", x.r.URL.Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		if x.status == 0 {
			x.writeError(fail(500, "internal error"))
		}
	}
	x.s.records.note(x, aborted)
	if aborted {
		panic(http.ErrAbortHandler) // net/http drops the connection and logs nothing
	}
}

// settle reads what the answer did not need of a recorded request: after the answer net/http would not give it any more.
func (x *exchange) settle() {
	if x.tap != nil {
		_, _ = io.Copy(io.Discard, x.tap) // the record shows what came
	}
}

func isAbort(p any) bool {
	err, ok := p.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

func (x *exchange) write(rep *reply) {
	x.settle()
	x.status = rep.status
	h := x.w.Header()
	for k, v := range rep.header {
		h.Set(k, v)
	}
	h["Content-Type"] = jsonType
	if len(rep.body) >= gzipFrom && acceptsGzip(x.r.Header) {
		h["Content-Encoding"] = gzipEncoding
		x.w.WriteHeader(rep.status)
		x.writeGzip(rep.body)
		return
	}
	h["Content-Length"] = []string{strconv.Itoa(len(rep.body))}
	x.w.WriteHeader(rep.status)
	_, _ = x.w.Write(rep.body) // the client went away: nobody is left to tell
}

func (x *exchange) writeGzip(body []byte) {
	g, isWriter := x.s.gzips.Get().(*gzip.Writer)
	if !isWriter {
		// unreachable: the pool holds gzip writers only.
		return
	}
	defer x.s.gzips.Put(g)
	g.Reset(x.w)
	_, _ = g.Write(body) // as in write
	_ = g.Close()
}

// acceptsGzip reads Accept-Encoding: gzip is named and not refused by q=0.
func acceptsGzip(h http.Header) bool {
	for _, line := range h["Accept-Encoding"] {
		for part := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
			if name == "gzip" {
				q := strings.TrimPrefix(strings.ReplaceAll(params, " ", ""), "q=")
				weight, err := strconv.ParseFloat(q, 64)
				return err != nil || weight > 0
			}
		}
	}
	return false
}

func (x *exchange) writeError(err error) {
	var known *apiError
	if !errors.As(err, &known) {
		x.s.log.Error("request failed", "method", x.r.Method, "path", x.r.URL.Path, "err", err)
		known = &apiError{500, "internal error: " + err.Error()}
	}
	msg := known.msg
	if !utf8.ValidString(msg) {
		msg = strings.ToValidUTF8(msg, "\uFFFD")
	}
	rep := &reply{status: known.status, body: append(appendStr([]byte(`{"status":"error","error":`), msg), '}')}
	x.write(rep)
}
