package policy

import (
	"net/http"
	"slices"
	"strings"
)

// Outcome says what a request target turned out to be.
type Outcome uint8

// The outcomes.
const (
	// Matched: the target is an operation.
	Matched Outcome = iota
	// UnknownPath: no operation has this path.
	UnknownPath
	// WrongMethod: the path is known, under other methods.
	WrongMethod
	// BadNamespace: the namespace segment is one that no namespace can have.
	BadNamespace
)

// Match is a request target read against the table of operations.
type Match struct {
	Outcome Outcome
	// Operation is set when Outcome is Matched.
	Operation *Operation
	// Namespace is the namespace that the path names, "" if none. It is set for WrongMethod too, and as sent for BadNamespace.
	Namespace string
	// Variable is the last variable segment other than the namespace, as sent (percent-encoded).
	Variable string
	// Allow lists the methods that the path knows, for WrongMethod.
	Allow []string
}

// byShape finds the operations of a path by its number of segments.
var byShape = func() map[int][]*Operation {
	m := map[int][]*Operation{}
	for _, o := range operations {
		m[len(o.segments)] = append(m[len(o.segments)], o)
	}
	return m
}()

func index(ops []*Operation) []*Operation {
	for _, o := range ops {
		o.segments = strings.Split(o.Template[1:], "/")
	}
	return ops
}

// Read parses a method and a request target (a path with an optional query string) strictly: nothing is normalised, merged
// or decoded, so what is judged is what is sent. A HEAD request is judged as a GET.
func Read(method, target string) Match {
	path, _, _ := strings.Cut(target, "?")
	var buf [8]string
	segs, ok := split(path, buf[:0])
	if !ok {
		return Match{Outcome: UnknownPath}
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	found := Match{Outcome: UnknownPath}
	for _, o := range byShape[len(segs)] {
		if !o.matches(segs) {
			continue
		}
		ns, variable := o.variables(segs)
		switch {
		case !plausibleNamespace(o, ns):
			return Match{Outcome: BadNamespace, Namespace: ns}
		case o.Method == method:
			return Match{Outcome: Matched, Operation: o, Namespace: ns, Variable: variable}
		}
		found.Outcome, found.Namespace = WrongMethod, ns
		found.Allow = append(found.Allow, o.Method)
	}
	if slices.Contains(found.Allow, http.MethodGet) {
		found.Allow = append(found.Allow, http.MethodHead)
	}
	slices.Sort(found.Allow)
	return found
}

// split cuts a path into its segments, appended to segs; ok is false for a path with an empty one or more than the table has.
func split(path string, segs []string) (_ []string, ok bool) {
	if path == "" || path[0] != '/' {
		return nil, false
	}
	for rest, more := path[1:], true; more; {
		var seg string
		seg, rest, more = strings.Cut(rest, "/")
		if seg == "" || len(segs) == cap(segs) {
			return nil, false
		}
		segs = append(segs, seg)
	}
	return segs, true
}

func (o *Operation) matches(segs []string) bool {
	for i, want := range o.segments {
		switch {
		case want == segNamespace:
		case want[0] == '{':
			if segs[i] == "." || segs[i] == ".." || o.Class == Passthrough && !plainToken(segs[i]) {
				return false
			}
		case segs[i] != want:
			return false
		}
	}
	return true
}

func (o *Operation) variables(segs []string) (ns, variable string) {
	for i, want := range o.segments {
		switch {
		case want == segNamespace:
			ns = segs[i]
		case want[0] == '{':
			variable = segs[i]
		}
	}
	return ns, variable
}

// plausibleNamespace refuses the names that could make two readers of one path disagree. Which other characters a name may
// have is for the store to say.
func plausibleNamespace(o *Operation, ns string) bool {
	return !o.Namespaced() || ns != "." && ns != ".." && !strings.Contains(ns, "%")
}

// plainToken reports whether a variable segment that travels on to a store is made of unreserved characters only.
func plainToken(s string) bool {
	for i := range len(s) {
		if !unreserved(s[i]) {
			return false
		}
	}
	return true
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~:=", c) >= 0
}

// PathRegex gives the RE2 expression that matches the operation's path (without the query string) exactly where Read does.
func (o *Operation) PathRegex() string {
	var b strings.Builder
	for _, s := range o.segments {
		b.WriteByte('/')
		switch {
		case s == segNamespace:
			b.WriteString(namespaceRegex)
		case s[0] != '{':
			b.WriteString(s)
		case o.Class == Passthrough:
			b.WriteString(tokenRegex)
		default:
			b.WriteString(segmentRegex)
		}
	}
	return b.String()
}

// Any segment but "", "." and ".."; the same without a percent sign; and the same over unreserved characters.
const (
	segmentRegex   = `(?:[^/.?][^/?]*|\.[^/.?][^/?]*|\.\.[^/?]+)`
	namespaceRegex = `(?:[^/%.?][^/%?]*|\.[^/%.?][^/%?]*|\.\.[^/%?]+)`
	tokenRegex     = `(?:[A-Za-z0-9_~:=-][A-Za-z0-9._~:=-]*|\.[A-Za-z0-9_~:=-][A-Za-z0-9._~:=-]*|\.\.[A-Za-z0-9._~:=-]+)`
)

// ValidNamespace reports whether a namespace can have this name. Only operations that Layer answers itself ask; for the others
// that is the store's word.
func ValidNamespace(name string) bool {
	if name == "" || len(name) > 128 || name == "." || name == ".." {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}
