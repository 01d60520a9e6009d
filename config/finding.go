package config

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"

	"hevlayer.com/layer/policy"
)

// Kinds that problems about no resource carry.
const (
	kindFile   = "File"
	kindFolder = "Folder"
)

// finding is a problem in a document. Neither its file nor the document's place in it is known yet.
type finding struct {
	policy.Problem
	// line is counted from the document's first, 0 if the finding has none.
	line int
}

// in gives the finding as a problem of a file, in which the document starts at a line.
func (f finding) in(path string, start int) policy.Problem {
	p := f.Problem
	p.File = path
	if p.Kind == kindFile {
		p.Name = filepath.Base(path)
	}
	if f.line > 0 {
		p.Message = fmt.Sprintf("line %d: %s", start+f.line-1, p.Message)
	}
	return p
}

func fatal(o policy.Object, path, reason, format string, args ...any) finding {
	return finding{Problem: policy.Problem{Object: o, Field: path, Reason: reason, Message: fmt.Sprintf(format, args...), Fatal: true}}
}

// unreadable is the finding of a document that no object could be read from.
func unreadable(line int, format string, args ...any) finding {
	f := fatal(policy.Object{Kind: kindFile}, "", policy.ReasonUnreadable, format, args...)
	f.line = line
	return f
}

// refused makes findings of what a schema says about an object. The values are left out: one may be a key that was put into
// the wrong field.
func refused(o policy.Object, errs field.ErrorList) []finding {
	slices.SortStableFunc(errs, func(a, b *field.Error) int { return strings.Compare(a.Field, b.Field) })
	var out []finding
	for _, e := range errs {
		message := e.Type.String()
		switch {
		case e.Type == field.ErrorTypeForbidden:
			message = e.Detail
		case e.Detail != "":
			message += ": " + e.Detail
		}
		// The root has no path, which prints as <nil>.
		path := strings.TrimPrefix(e.Field, "<nil>")
		out = append(out, fatal(o, path, policy.ReasonInvalidSpec, "%s", message))
	}
	return out
}

var (
	yamlLine = regexp.MustCompile(`line (\d+): (.*)`)
	// A quoted sign is part of the parser's own text; anything longer may be text of the document.
	quotedSign = regexp.MustCompile(`'[^'\w]{1,2}'`)
)

// badYAML makes a finding of a parser's error, without the text of the document that some of them quote.
func badYAML(err error) finding {
	line, text := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	switch {
	case strings.HasSuffix(text, "already set in map"):
		return unreadable(line, "a key is given twice")
	case strings.ContainsAny(quotedSign.ReplaceAllString(text, ""), "'\"`"):
		return unreadable(line, "is not YAML")
	}
	return unreadable(line, "is not YAML: %s", text)
}

// badJSON makes findings of the strict JSON reader's errors: fields that are given twice.
func badJSON(errs []error) []finding {
	var out []finding
	for _, err := range errs {
		f := unreadable(1, "a field is given twice")
		if named, ok := err.(kjson.FieldError); ok { //nolint:errorlint // the reader returns these unwrapped
			f.Field = named.FieldPath()
		}
		out = append(out, f)
	}
	return out
}
