package devstore

import (
	"bytes"
	"math"
	"strconv"
)

const hexDigits = "0123456789abcdef"

// appendStr appends s as a JSON string.
func appendStr(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(b, s[start:]...), '"')
}

// appendKey appends `"name":`.
func appendKey(b []byte, name string) []byte { return append(appendStr(b, name), ':') }

// appendInt appends `"name":n`, with a comma in front of it.
func appendInt(b []byte, name string, n int) []byte {
	return strconv.AppendInt(appendKey(append(b, ','), name), int64(n), 10)
}

// appendNum appends a number; integers have no fraction. JSON has no infinities, so they become the largest number.
func appendNum(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, '0')
	case math.IsInf(f, 0):
		f = math.Copysign(math.MaxFloat64, f)
	case f == math.Trunc(f) && math.Abs(f) < 1e15:
		return strconv.AppendInt(b, int64(f), 10)
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

// appendF32 appends a distance or a vector element: the shortest text of the 32-bit number, always with a fraction or an
// exponent.
func appendF32(b []byte, f float32) []byte {
	switch x := float64(f); {
	case math.IsNaN(x):
		f = 0
	case math.IsInf(x, 0):
		f = float32(math.Copysign(math.MaxFloat32, x))
	}
	n := len(b)
	b = strconv.AppendFloat(b, float64(f), 'g', -1, 32)
	if bytes.ContainsAny(b[n:], ".e") {
		return b
	}
	return append(b, '.', '0')
}
