package devstore

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// exactFloat is the bound below which every integer is exact as a float64.
const exactFloat = 1 << 53

// isInteger reports whether a number is written without fraction and exponent.
func isInteger(raw string) bool { return !strings.ContainsAny(raw, ".eE") }

// key maps a value to a string so that equal values have equal keys.
func key(v value) string {
	switch {
	case v.k == kNum && math.Abs(v.n) >= exactFloat && isInteger(v.raw):
		return v.raw
	case v.k == kNum:
		return string(appendNum(nil, v.n))
	case v.k == kStr:
		return "\"" + v.s
	}
	return v.raw
}

func keySet(vs []value) map[string]bool {
	set := make(map[string]bool, len(vs))
	for _, v := range vs {
		set[key(v)] = true
	}
	return set
}

func equal(a, b value) bool {
	if a.k != b.k {
		return false
	}
	if a.k != kArr {
		c, ok := compare(a, b)
		return ok && c == 0
	}
	x, y := a.list(), b.list()
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !equal(x[i], y[i]) {
			return false
		}
	}
	return true
}

// compare orders two scalars of the same type; ok is false when they have no order.
func compare(a, b value) (c int, ok bool) {
	if a.k != b.k {
		return 0, false
	}
	switch a.k {
	case kNum:
		return compareNums(a, b), true
	case kStr:
		return strings.Compare(a.s, b.s), true
	case kBool:
		return boolRank(a.b) - boolRank(b.b), true
	}
	return 0, false
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareNums compares as floats, and exactly where two large integers would look alike as floats.
func compareNums(a, b value) int {
	if c := cmp.Compare(a.n, b.n); c != 0 || math.Abs(a.n) < exactFloat || !isInteger(a.raw) || !isInteger(b.raw) {
		return c
	}
	if a.n < 0 {
		return compareMagnitude(b.raw[1:], a.raw[1:])
	}
	return compareMagnitude(a.raw, b.raw)
}

// compareMagnitude compares two unsigned decimals without leading zeros.
func compareMagnitude(a, b string) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// wholeNumber reads a member that must be a whole number between low and high.
func wholeNumber(v value, name string, low, high int) (int, error) {
	n, err := strconv.Atoi(v.raw)
	if v.k != kNum || err != nil && v.n != math.Trunc(v.n) {
		return 0, fail(422, "invalid %s: invalid type: %s, expected an integer", name, v.typeName())
	}
	if err != nil { // written as 1e3 or 10.0, or too large
		n = int(math.Max(-1e9, math.Min(1e9, v.n)))
	}
	if n < low || n > high {
		return 0, fail(400, "%s must be between %d and %d, got %s", name, low, high, v.raw)
	}
	return n, nil
}
