package devstore

import "slices"

// fewChanges is how many changes are worked into the sorted rows one by one; more are merged in one pass.
const fewChanges = 16

func compareRows(r *row, id docID) int { return compareIDs(r.id, id) }

// reorder brings rows sorted by id up to date with changes, in which nil means removed.
func reorder(sorted []*row, changes map[docID]*row) []*row {
	if len(changes) > fewChanges {
		return mergeChanges(sorted, changes)
	}
	for id, r := range changes {
		i, found := slices.BinarySearchFunc(sorted, id, compareRows)
		switch {
		case found && r == nil:
			sorted = slices.Delete(sorted, i, i+1)
		case found:
			sorted[i] = r
		case r != nil:
			sorted = slices.Insert(sorted, i, r)
		}
	}
	return sorted
}

func mergeChanges(sorted []*row, changes map[docID]*row) []*row {
	added := make([]*row, 0, len(changes))
	for _, r := range changes {
		if r != nil {
			added = append(added, r)
		}
	}
	slices.SortFunc(added, func(a, b *row) int { return compareIDs(a.id, b.id) })
	out := make([]*row, 0, len(sorted)+len(added))
	for _, r := range sorted {
		if _, changed := changes[r.id]; changed {
			continue
		}
		for len(added) > 0 && compareIDs(added[0].id, r.id) < 0 {
			out, added = append(out, added[0]), added[1:]
		}
		out = append(out, r)
	}
	return append(out, added...)
}
