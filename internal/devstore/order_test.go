package devstore

import (
	"math/rand/v2"
	"testing"
)

// TestReorder compares both ways of keeping rows in order with each other, on random changes.
func TestReorder(t *testing.T) {
	t.Parallel()
	const letters = "abcdefghijklmnopqrstuvwxy"
	rng := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // the same changes every time
	var sorted []*row
	rows := map[docID]*row{}
	for range 300 {
		changes := map[docID]*row{}
		for range rng.IntN(2 * fewChanges) {
			id := docID{n: rng.Uint64N(60)}
			if rng.IntN(5) == 0 {
				id = docID{s: letters[rng.IntN(len(letters)):][:1], str: true}
			}
			changes[id] = nil
			if rng.IntN(3) > 0 {
				changes[id] = &row{id: id}
			}
		}
		for id, r := range changes {
			if delete(rows, id); r != nil {
				rows[id] = r
			}
		}
		merged := mergeChanges(sorted, changes)
		sorted = reorder(sorted, changes)
		if len(sorted) != len(rows) || len(merged) != len(rows) {
			t.Fatalf("%d and %d rows in order, want %d", len(sorted), len(merged), len(rows))
		}
		for i, r := range sorted {
			if rows[r.id] != r || merged[i] != r || i > 0 && compareIDs(sorted[i-1].id, r.id) >= 0 {
				t.Fatalf("row %d is %v", i, r.id)
			}
		}
	}
}
