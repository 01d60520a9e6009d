package devstore

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		`null`, `true`, ` false `, `0`, `-0`, `-1.5e+10`, `18446744073709551615`, `1E5`, `""`, `"aé\u00e9\ud83d\ude00\n\t\"\\\/\b\f\r"`,
		`[]`, `[ ]`, `[1,2, 3]`, `[1,"a",null]`, `["a",1]`, `[[1],[2]]`, `{}`, `{ }`, `{"a":1,"a":2}`, `{"a" : [ {"b":null} ] }`,
	} {
		v, err := parseJSON(src)
		if err != nil || v.raw != strings.TrimSpace(src) {
			t.Errorf("%s: %v %q", src, err, v.raw)
		}
	}
	for _, src := range []string{
		``, ` `, `nul`, `truefalse`, `+1`, `01`, `-`, `1.`, `.5`, `1e`, `1e+`, `1e999`, `--1`, `NaN`, `"`, `"\`, `"\x"`, `"\u12"`, `"\ud800"`,
		`"\ud800\u0041"`, `"\udc00"`, "\"\n\"", "\"\\n\n\"", `[`, `[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `[1,"a"`, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,}`,
		`{a:1}`, `{1:1}`, `1 2`, `[1]]`, "\"\xff\"", strings.Repeat("[", 1000) + strings.Repeat("]", 1000),
	} {
		if v, err := parseJSON(src); err == nil {
			t.Errorf("%q is read as %q", src, v.raw)
		}
	}
}

func TestNumbersOfAListKeepTheirText(t *testing.T) {
	t.Parallel()
	v, err := parseJSON(`[ 1, 18446744073709551615 ,-0.50e1]`)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, e := range v.list() {
		texts = append(texts, e.raw)
	}
	same(t, "texts", texts, []string{"1", "18446744073709551615", "-0.50e1"})
}

func TestCompareNumbers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"1", "2", -1},
		{"2", "2.0", 0},
		{"9007199254740993", "9007199254740992", 1},
		{"-9007199254740993", "-9007199254740992", -1},
		{"9007199254740993", "9007199254740993", 0},
		{"18446744073709551615", "18446744073709551614", 1},
		{"1e300", "1e300", 0},
	} {
		a, errA := parseJSON(tc.a)
		b, errB := parseJSON(tc.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		same(t, tc.a+" "+tc.b, []int{compareNums(a, b), compareNums(b, a)}, []int{tc.want, -tc.want})
		same(t, "keys", (key(a) == key(b)), tc.want == 0)
	}
}

// FuzzParse compares the reader with the standard library's.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"upsert_rows":[{"id":1,"vector":[0.1,-2e3],"s":"a\u0041\ud83d\ude00"}]}`, `[1,2,"x",[3],{"a":null}]`, `-0.0e-0`, `"\ud800"`,
		`[1,2`, `{"a":1,}`, ` [ ] `, `"` + "\x7f" + `"`, `[[[[[[1]]]]]]`, `1e400`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		v, err := parseJSON(src)
		if err != nil {
			var std any
			if json.Unmarshal([]byte(src), &std) == nil && utf8.ValidString(src) && !strings.Contains(src, `\u`) && strings.Count(src, "[")+strings.Count(src, "{") < maxDepth {
				t.Fatalf("refused %q: %v", src, err)
			}
			return
		}
		if !json.Valid([]byte(src)) {
			t.Fatalf("read %q", src)
		}
		checkValue(t, v)
	})
}

// checkValue wants every value to be its own source text.
func checkValue(t *testing.T, v value) {
	t.Helper()
	switch v.k {
	case kStr:
		checkString(t, v)
	case kNum:
		checkNumber(t, v)
	case kArr:
		for _, e := range v.list() {
			checkValue(t, e)
		}
	case kObj:
		_, vals := v.fields()
		for _, e := range vals {
			checkValue(t, e)
		}
	}
	if d := v.detach(); d.raw != v.raw || d.k != v.k {
		t.Fatalf("%q is detached as %q", v.raw, d.raw)
	}
}

func checkString(t *testing.T, v value) {
	t.Helper()
	var want, again string
	if err := json.Unmarshal([]byte(v.raw), &want); err != nil || want != v.s {
		t.Fatalf("%q is read as %q, not %q (%v)", v.raw, v.s, want, err)
	}
	if err := json.Unmarshal(appendStr(nil, v.s), &again); err != nil || again != v.s {
		t.Fatalf("%q is written as %q (%v)", v.s, appendStr(nil, v.s), err)
	}
}

func checkNumber(t *testing.T, v value) {
	t.Helper()
	var want float64
	if err := json.Unmarshal([]byte(v.raw), &want); err != nil || want != v.n {
		t.Fatalf("%q is read as %v, not %v (%v)", v.raw, v.n, want, err)
	}
	if b := appendNum(nil, v.n); !json.Valid(b) {
		t.Fatalf("%v is written as %q", v.n, b)
	}
}
