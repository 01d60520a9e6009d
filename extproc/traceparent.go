package extproc

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strings"
)

// validTraceparent checks a W3C traceparent: four groups of 2, 32, 16 and 2 lower-case hex digits, ids not all zero.
func validTraceparent(s string) bool {
	if len(s) != 55 || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return false
	}
	for i := range len(s) {
		if i == 2 || i == 35 || i == 52 {
			continue
		}
		if !(s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'f') {
			return false
		}
	}
	return s[:2] != "ff" && strings.Trim(s[3:35], "0") != "" && strings.Trim(s[36:52], "0") != ""
}

// mintTraceparent makes a sampled traceparent. The ids only have to be unlikely to meet, so they need no secure randomness.
func mintTraceparent() string {
	var raw [24]byte
	for i := 0; i < len(raw); i += 8 {
		binary.LittleEndian.PutUint64(raw[i:], rand.Uint64()|1) // #nosec G404 -- an identifier, not a secret; never all zero
	}
	var out [55]byte
	copy(out[:], "00-")
	hex.Encode(out[3:35], raw[:16])
	out[35] = '-'
	hex.Encode(out[36:52], raw[16:])
	copy(out[52:], "-01")
	return string(out[:])
}
