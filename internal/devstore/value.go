package devstore

import (
	"strconv"
	"strings"
)

// kind is the type of a JSON value.
type kind uint8

const (
	kNull kind = iota
	kBool
	kNum
	kStr
	kArr
	kObj
)

// value is one JSON value. It keeps its source text, so that what a client wrote is answered with the same bytes, and
// 64-bit integers never pass through a float.
type value struct {
	k     kind
	b     bool
	count int32 // elements of an array of numbers only, which is kept as text: vectors are the bulk of a write
	n     float64
	s     string
	raw   string
	sub   *members
}

// members holds what any other array or an object contains.
type members struct {
	arr  []value
	keys []string
	vals []value
}

func strValue(s string) value { return value{k: kStr, s: s, raw: string(appendStr(nil, s))} }

// get returns the member named key, and whether it is present and not null.
func (v value) get(key string) (value, bool) {
	if v.sub == nil {
		return value{}, false
	}
	for i, k := range v.sub.keys {
		if k == key {
			return v.sub.vals[i], v.sub.vals[i].k != kNull
		}
	}
	return value{}, false
}

// flag is the boolean member named key; anything else is false.
func (v value) flag(key string) bool {
	m, _ := v.get(key)
	return m.b
}

// text is the string member named key; anything else is empty.
func (v value) text(key string) string {
	m, _ := v.get(key)
	return m.s
}

// fields returns the names and values of an object.
func (v value) fields() (keys []string, vals []value) {
	if v.sub == nil {
		return nil, nil
	}
	return v.sub.keys, v.sub.vals
}

// eachNumber calls f with the text of each element of an array of numbers.
func (v value) eachNumber(f func(text string)) {
	p := parser{src: v.raw, i: 1}
	for range v.count {
		p.space()
		start := p.i
		p.i = numberEnd(p.src, p.i)
		f(p.src[start:p.i])
		p.space()
		p.i++ // the comma or the closing bracket
	}
}

// nums returns the elements of an array of numbers.
func (v value) nums() []float64 {
	out := make([]float64, 0, v.count)
	v.eachNumber(func(text string) {
		n, _ := strconv.ParseFloat(text, 64) // read before
		out = append(out, n)
	})
	return out
}

// list returns an array's elements.
func (v value) list() []value {
	if v.count == 0 {
		return v.elems()
	}
	out := make([]value, 0, v.count)
	v.eachNumber(func(text string) {
		n, _ := strconv.ParseFloat(text, 64) // read before
		out = append(out, value{k: kNum, n: n, raw: text})
	})
	return out
}

// elems returns the elements of an array that has others than numbers.
func (v value) elems() []value {
	if v.sub == nil {
		return nil
	}
	return v.sub.arr
}

// detach copies what the value keeps of the request body, so that a stored attribute does not hold the body in memory.
func (v value) detach() value {
	d, err := parseJSON(strings.Clone(v.raw))
	if err != nil {
		// unreachable: the text has been parsed before.
		return v
	}
	return d
}

func (v value) typeName() string {
	return [...]string{kNull: "null", kBool: "boolean", kNum: "number", kStr: "string", kArr: "sequence", kObj: "map"}[v.k]
}

// size is the number of logical bytes that the service would bill for the value.
func (v value) size() int {
	switch v.k {
	case kStr:
		return len(v.s)
	case kBool:
		return 1
	case kNum:
		return 8
	case kArr:
		total := 8 * int(v.count)
		for _, e := range v.elems() {
			total += e.size()
		}
		return total
	}
	return 0
}
