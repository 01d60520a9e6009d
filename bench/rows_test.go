package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
)

func TestRowsAreAWriteOfExactSize(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{100, rowSize, 2 * rowSize, 3*rowSize + 1, largeBody, 1<<20 + 7} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			body := make([]byte, size)
			r := newRows(size)
			if _, err := io.ReadFull(iotest.HalfReader(r), body); err != nil {
				t.Fatal(err)
			}
			if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
				t.Errorf("after the end: %d bytes, %v", n, err)
			}
			var doc struct {
				Rows []struct{ ID, Text string } `json:"upsert_rows"`
			}
			dec := json.NewDecoder(bytes.NewReader(body))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			for i, row := range doc.Rows {
				if row.ID != fmt.Sprintf("%012d", i) || row.Text == "" {
					t.Fatalf("row %d is %q with %d bytes of text", i, row.ID, len(row.Text))
				}
			}
		})
	}
}
