package policy

import (
	"regexp"
	"strings"
	"testing"
)

// FuzzRead holds the expressions that Envoy matches paths with to the parser that judges them: for every operation and every
// path they say the same, whatever the method of the request is.
func FuzzRead(f *testing.F) {
	for _, r := range surface() {
		for _, ns := range []string{"products", "query", ".", "..", "...", ".a", "..a", "%2e", "a%", "a\\b", "a\x00b", "\n", "\xff", ""} {
			f.Add(r.method, filled(r.path, ns, "documents")+"?a=/b")
			f.Add("HEAD", filled(r.path, "products", ns))
		}
	}
	for _, target := range []string{"", "/", "//", "*", "?", "/v1", "/v1/namespaces/", "http://a/v1/namespaces", "/a/b/c/d/e/f/g/h/i"} {
		f.Add("GET", target)
	}
	var expressions []*regexp.Regexp
	for _, o := range Operations() {
		expressions = append(expressions, regexp.MustCompile(`\A(?:`+o.PathRegex()+`)\z`))
	}
	f.Fuzz(func(t *testing.T, method, target string) {
		checkMatch(t, method, target)
		path, _, _ := strings.Cut(target, "?")
		for i, o := range Operations() {
			m := Read(o.Method, target)
			want := m.Outcome == Matched && m.Operation == o
			if got := expressions[i].MatchString(path); got != want {
				t.Errorf("%s: the expression says %v of %q, the parser %v", o.Name, got, path, want)
			}
		}
	})
}

// checkMatch holds Read to what its callers rely on.
func checkMatch(t *testing.T, method, target string) {
	t.Helper()
	m := Read(method, target)
	if (m.Outcome == Matched) != (m.Operation != nil) || (m.Outcome == WrongMethod) != (len(m.Allow) > 0) {
		t.Errorf("%q %q: %+v does not hang together", method, target, m)
	}
	if m.Outcome == UnknownPath && (m.Namespace != "" || m.Variable != "") {
		t.Errorf("%q %q: an unknown path names %q", method, target, m.Namespace)
	}
	if strings.ContainsAny(m.Namespace, "/?") || m.Outcome != BadNamespace && (strings.Contains(m.Namespace, "%") || m.Namespace == "..") {
		t.Errorf("%q %q: namespace %q", method, target, m.Namespace)
	}
	for _, allowed := range m.Allow {
		if again := Read(allowed, target); again.Outcome != Matched || again.Namespace != m.Namespace {
			t.Errorf("%q is allowed on %q, but reads as %+v", allowed, target, again)
		}
	}
}
