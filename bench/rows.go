package main

import (
	"fmt"
	"io"
	"strings"
)

const (
	rowsHead = `{"upsert_rows":[`
	rowsTail = `]}`
	rowSize  = 4 << 10 // of one row with the comma after it
)

// rows is a valid write body of an exact size, made while it is read: a body of any size costs one row.
type rows struct {
	left    int64 // bytes of rows not made yet
	next    int
	pending []byte
	ended   bool
}

// newRows returns a body of size bytes, which must have room for a row.
func newRows(size int64) *rows {
	return &rows{left: size - int64(len(rowsHead)+len(rowsTail)), pending: []byte(rowsHead)}
}

// Read implements io.Reader.
func (r *rows) Read(p []byte) (int, error) {
	if len(r.pending) == 0 {
		if r.ended {
			return 0, io.EOF
		}
		r.fill()
	}
	n := copy(p, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}

// fill makes the next row. The last one takes up what is left, so that none gets too small to be one.
func (r *rows) fill() {
	if r.left == 0 {
		r.pending, r.ended = []byte(rowsTail), true
		return
	}
	size := int64(rowSize)
	comma := ","
	if r.left < 2*rowSize {
		size, comma = r.left, ""
	}
	head := fmt.Sprintf(`{"id":"%012d","text":"`, r.next)
	tail := `"}` + comma
	r.pending = []byte(head + strings.Repeat("x", int(size)-len(head)-len(tail)) + tail)
	r.left -= size
	r.next++
}
