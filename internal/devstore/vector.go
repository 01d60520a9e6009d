package devstore

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"
)

// vec is one vector of a row. Its norm is kept because cosine distance needs it for every query.
type vec struct {
	name string
	f    []float32
	norm float32
}

// toVector reads an array of numbers or the base64 of little-endian 32-bit floats.
func toVector(v value) ([]float32, error) {
	var out []float32
	var err error
	switch {
	case v.k == kArr && len(v.elems()) == 0:
		out = make([]float32, 0, v.count)
		v.eachNumber(func(text string) {
			x, _ := strconv.ParseFloat(text, 32) // out of range gives an infinity, which is refused below
			out = append(out, float32(x))
		})
	case v.k == kStr:
		out, err = decodeVector(v.s)
	default:
		err = fail(400, "invalid vector: expected an array of numbers or a base64 string, got a %s", v.typeName())
	}
	if err != nil {
		return nil, err
	}
	for _, x := range out {
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fail(400, "invalid vector: elements must be finite 32-bit floats")
		}
	}
	return out, nil
}

func decodeVector(s string) ([]float32, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b)%4 != 0 {
		return nil, fail(400, "invalid base64 vector")
	}
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out, nil
}

func appendVectorBase64(b []byte, f []float32) []byte {
	buf := make([]byte, 0, 4*len(f))
	for _, x := range f {
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(x))
	}
	return append(base64.StdEncoding.AppendEncode(append(b, '"'), buf), '"')
}

func appendVector(b []byte, f []float32) []byte {
	b = append(b, '[')
	for i, x := range f {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendF32(b, x)
	}
	return append(b, ']')
}

func norm(f []float32) float32 {
	var sum float32
	for _, x := range f {
		sum += x * x
	}
	return float32(math.Sqrt(float64(sum)))
}

// distance is what $dist shows: lower is nearer.
func distance(metric string, v *vec, q []float32, qNorm float32) float32 {
	if metric == "euclidean_squared" {
		var d float32
		for i, x := range v.f {
			y := x - q[i]
			d += y * y
		}
		return d
	}
	var dot float32
	for i, x := range v.f {
		dot += x * q[i]
	}
	if metric == "dot_product" {
		return -dot
	}
	if p := v.norm * qNorm; p > 0 {
		return max(0, 1-dot/p)
	}
	return 1
}

// half rounds to what a 16-bit float can hold.
func half(f float32) float32 {
	b := math.Float32bits(f)
	switch exp := int(b>>23&0xff) - 127; {
	case exp > 15:
		return f
	case exp < -14:
		const step = 1.0 / (1 << 24)
		return float32(math.RoundToEven(float64(f)/step) * step)
	}
	return math.Float32frombits((b + 0xfff + b>>13&1) &^ 0x1fff)
}
