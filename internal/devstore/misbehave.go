package devstore

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// misbehave does what a fault asks for; true means that the request is done.
func (x *exchange) misbehave() bool {
	f, wait := x.s.faults.match(x)
	if f != nil && f.CloseEarly {
		panic(http.ErrAbortHandler)
	}
	if !x.wait(wait) {
		panic(http.ErrAbortHandler) // the client is gone
	}
	if f == nil {
		return false
	}
	if f.Close {
		x.discard()
		panic(http.ErrAbortHandler)
	}
	h := x.w.Header()
	for k, v := range f.Headers {
		h.Set(k, v)
	}
	if f.RetryAfter != "" {
		h.Set("Retry-After", f.RetryAfter)
	}
	if !f.answers() {
		return false
	}
	if f.DiscardBody {
		x.discard()
	}
	x.writeFault(f)
	return true
}

// wait is false when the client went away meanwhile.
func (x *exchange) wait(ms float64) bool {
	if ms <= 0 {
		return true
	}
	t := time.NewTimer(time.Duration(ms * float64(time.Millisecond)))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-x.r.Context().Done():
		return false
	}
}

func (x *exchange) discard() {
	if x.r.Body != nil {
		_, _ = io.Copy(io.Discard, x.r.Body) // a body that ends early is answered all the same
	}
}

func (f *fault) body() string {
	if f.BodyBase64 != "" {
		b, _ := base64.StdEncoding.DecodeString(f.BodyBase64) // checked when the fault was set
		return string(b)
	}
	if f.Body == "" && f.status() >= 400 {
		return fmt.Sprintf(`{"status":"error","error":"injected %d"}`, f.Status)
	}
	return f.Body
}

func (f *fault) status() int {
	if f.Status == 0 {
		return http.StatusOK
	}
	return f.Status
}

func (x *exchange) writeFault(f *fault) {
	x.settle()
	body, repeat := f.body(), max(1, f.BodyRepeat)
	h := x.w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	x.status = f.status()
	if !f.Chunked {
		h.Set("Content-Length", strconv.Itoa(len(body)*repeat+f.Truncate))
	}
	x.w.WriteHeader(x.status)
	if f.Chunked || f.Truncate > 0 {
		x.flush()
	}
	if f.Truncate > 0 {
		_, _ = io.WriteString(x.w, body[:min(len(body), f.Truncate)])
		x.flush()
		panic(http.ErrAbortHandler)
	}
	for range repeat {
		if _, err := io.WriteString(x.w, body); err != nil {
			return
		}
	}
}

func (x *exchange) flush() {
	_ = http.NewResponseController(x.w).Flush() // a writer that cannot flush sends at the end
}
