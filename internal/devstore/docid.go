package devstore

import (
	"cmp"
	"strconv"
	"strings"
)

// maxIDBytes is the longest string id that the service takes.
const maxIDBytes = 64

// docID is a document id: an unsigned 64-bit number or a string.
type docID struct {
	s   string
	n   uint64
	str bool
}

func idFrom(v value) (docID, error) {
	switch v.k {
	case kStr:
		if v.s == "" || len(v.s) > maxIDBytes {
			return docID{}, fail(400, "invalid document id: a string id must have 1 to %d bytes", maxIDBytes)
		}
		return docID{s: strings.Clone(v.s), str: true}, nil
	case kNum:
		n, err := strconv.ParseUint(v.raw, 10, 64)
		if err != nil {
			return docID{}, fail(400, "invalid document id: %s", v.raw)
		}
		return docID{n: n}, nil
	}
	return docID{}, fail(422, "invalid document id: invalid type: %s", v.typeName())
}

// compareIDs orders numbers by value and before strings, strings by bytes.
func compareIDs(a, b docID) int {
	switch {
	case a.str != b.str:
		return boolRank(a.str) - boolRank(b.str)
	case a.str:
		return strings.Compare(a.s, b.s)
	}
	return cmp.Compare(a.n, b.n)
}

func (a docID) appendJSON(b []byte) []byte {
	if a.str {
		return appendStr(b, a.s)
	}
	return strconv.AppendUint(b, a.n, 10)
}

func (a docID) size() int {
	if a.str {
		return len(a.s)
	}
	return 8
}

func (a docID) value() value {
	if a.str {
		return strValue(a.s)
	}
	return value{k: kNum, n: float64(a.n), raw: strconv.FormatUint(a.n, 10)}
}

// kind is the name of the id's type in a schema.
func (a docID) kind() string {
	if a.str {
		return "string"
	}
	return "uint"
}

func numericIDs(idType string) bool { return idType == "uint" || idType == "int" }
