package policy

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read is a Match without the pointer into the table.
type read struct {
	Outcome   Outcome
	Operation string
	Namespace string
	Variable  string
	Allow     string
}

func readOf(method, target string) read {
	m := Read(method, target)
	r := read{Outcome: m.Outcome, Namespace: m.Namespace, Variable: m.Variable, Allow: strings.Join(m.Allow, " ")}
	if m.Operation != nil {
		r.Operation = m.Operation.Name
	}
	return r
}

// Namespaces may be called like the words of the paths around them.
func TestReadSurface(t *testing.T) {
	t.Parallel()
	for _, r := range surface() {
		for _, ns := range []string{"products", "query", "scans", "documents", "async", "metadata", "namespaces", "...", "-"} {
			want := read{Operation: r.name}
			if strings.Contains(r.path, "{ns}") {
				want.Namespace = ns
			}
			if strings.Count(r.path, "{") > 1 || strings.Contains(r.path, "{name}") {
				want.Variable = "query"
			}
			path := filled(r.path, ns, "query")
			for _, target := range []string{path, path + "?", path + "?prefix=a/b/../c&stainless_overload=multiQuery", path + "?a=%2F%3F??//"} {
				if diff := cmp.Diff(want, readOf(r.method, target)); diff != "" {
					t.Errorf("%s %s (-want +got):\n%s", r.method, target, diff)
				}
			}
			if r.method != http.MethodGet {
				continue
			}
			if diff := cmp.Diff(want, readOf(http.MethodHead, path)); diff != "" {
				t.Errorf("HEAD %s (-want +got):\n%s", path, diff)
			}
		}
	}
}

// readCase is a request target with what it should be read as.
type readCase struct {
	method, target string
	want           read
}

func checkReads(t *testing.T, tests []readCase) {
	t.Helper()
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %.60q", tt.method, tt.target), func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, readOf(tt.method, tt.target)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Nothing is normalised, merged or decoded on the way to an operation.
func TestReadUnknownPath(t *testing.T) {
	t.Parallel()
	var tests []readCase
	for _, target := range []string{
		"", "/", "?", "*", "v1/namespaces", "http://gateway/v1/namespaces", "//v1/namespaces", "/v1//namespaces", "/v1/namespaces/",
		"/v1/namespaces//metadata", "/v2/namespaces/a//query", "/v2/namespaces/a/query/", "/v1/./namespaces", "/v1/../v1/namespaces",
		"/V1/namespaces", "/v1/Namespaces", "/v1/name%73paces", "/v1%2Fnamespaces", "\\v1\\namespaces", "/v1\\namespaces",
		"/v1/namespaces\x00", "/v1/namespaces;a=b", "/v1/namespaces#a", "/" + strings.Repeat("n", 64<<10), strings.Repeat("/a", 32<<10),
		"/v2/namespaces/a/b/query", "/v2/namespaces/a/query/b", "/v2/namespaces/a/query.json", "/a/b/c/d/e/f/g/h", "/a/b/c/d/e/f/g/h/i",
		// Writes and exports of the first version are not offered.
		"/v1/namespaces/a",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PATCH", ""} {
			tests = append(tests, readCase{method, target, read{Outcome: UnknownPath}})
		}
	}
	checkReads(t, tests)
}

func TestReadBadNamespace(t *testing.T) {
	t.Parallel()
	var tests []readCase
	for _, ns := range []string{".", "..", "%2e%2e", "%2E", "a%2Fb", "a%2fb", "a%20b", "a%", "%", "%00", "a%41"} {
		for _, r := range surface() {
			if strings.Contains(r.path, "{ns}") {
				tests = append(tests, readCase{r.method, filled(r.path, ns, "x"), read{Outcome: BadNamespace, Namespace: ns}})
			}
		}
		tests = append(tests, readCase{"BREW", "/v2/namespaces/" + ns + "/query?a=b", read{Outcome: BadNamespace, Namespace: ns}})
	}
	checkReads(t, tests)
}

// What a store may refuse is the store's to refuse.
func TestReadOddNamespace(t *testing.T) {
	t.Parallel()
	var tests []readCase
	for _, ns := range []string{"a\x00b", "a\\..\\b", "a b", "\xff", "ä", "a:b", ".a", "a..", strings.Repeat("n", 64<<10)} {
		tests = append(tests,
			readCase{"POST", "/v2/namespaces/" + ns + "/query", read{Operation: "query", Namespace: ns}},
			readCase{"DELETE", "/v2/namespaces/" + ns, read{Operation: "delete_namespace", Namespace: ns}})
	}
	checkReads(t, tests)
}

// Other variables are kept as sent for the gateway, and plain where they travel on to a store.
func TestReadVariable(t *testing.T) {
	t.Parallel()
	fetch := func(id string) read { return read{Operation: "fetch", Namespace: "a", Variable: id} }
	operation := func(token string) read { return read{Operation: "operation", Namespace: "a", Variable: token} }
	unknown := read{Outcome: UnknownPath}
	checkReads(t, []readCase{
		{"GET", "/v2/namespaces/a/documents/b%2Fc", fetch("b%2Fc")},
		{"GET", "/v2/namespaces/a/documents/%2e%2e", fetch("%2e%2e")},
		{"GET", "/v2/namespaces/a/documents/%zz", fetch("%zz")},
		{"HEAD", "/v2/namespaces/a/documents/b?include_attributes=c/d", fetch("b")},
		{"GET", "/v2/namespaces/a/documents/b/c", unknown},
		{"GET", "/v2/namespaces/a/documents/", unknown},
		{"GET", "/v2/namespaces/a/documents/.", unknown},
		{"GET", "/v2/namespaces/a/documents/..", unknown},
		{"GET", "/v1/namespaces/a/operations/x.Y-z_0~:=", operation("x.Y-z_0~:=")},
		{"GET", "/v1/namespaces/a/operations/...", operation("...")},
		{"GET", "/v1/namespaces/a/operations/.", unknown},
		{"GET", "/v1/namespaces/a/operations/..", unknown},
		{"GET", "/v1/namespaces/a/operations/b%2F..", unknown},
		{"GET", "/v1/namespaces/a/operations/%2e%2e", unknown},
		{"GET", "/v1/namespaces/a/operations/b;c", unknown},
		{"GET", "/v1/namespaces/a/operations/b\\c", unknown},
	})
}

func TestReadWrongMethod(t *testing.T) {
	t.Parallel()
	wrong := func(ns, allow string) read { return read{Outcome: WrongMethod, Namespace: ns, Allow: allow} }
	checkReads(t, []readCase{
		{"get", "/v1/namespaces", wrong("", "GET HEAD")},
		{"", "/v1/namespaces", wrong("", "GET HEAD")},
		{"OPTIONS", "/v1/namespaces", wrong("", "GET HEAD")},
		{"POST", "/v1/namespaces", wrong("", "GET HEAD")},
		{"GET", "/v2/namespaces/a", wrong("a", "DELETE POST")},
		{"HEAD", "/v2/namespaces/a", wrong("a", "DELETE POST")},
		{"PATCH", "/v2/namespaces/query", wrong("query", "DELETE POST")},
		{"PUT", "/v1/namespaces/scans/metadata", wrong("scans", "GET HEAD PATCH")},
		{"PUT", "/v1/namespaces/a/schema?b", wrong("a", "GET HEAD POST")},
		{"DELETE", "/v2/metrics/query", wrong("", "GET HEAD POST")},
		{"TRACE", "/health", wrong("", "GET HEAD")},
		{"GET", "/v2/keys/authenticate", wrong("", "POST")},
		{"DELETE", "/v2/namespaces/a/documents/b%2Fc", wrong("a", "GET HEAD")},
	})
}

func TestValidNamespace(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a": true, "A-Z_a.z-09": true, "...": true, "query": true, strings.Repeat("a", 128): true,
		"": false, ".": false, "..": false, "a b": false, "a/b": false, "a%2Fb": false, "ä": false, "a\x00": false, "a:b": false,
		strings.Repeat("a", 129): false,
	} {
		if got := ValidNamespace(name); got != want {
			t.Errorf("ValidNamespace(%.40q) = %v", name, got)
		}
	}
}
