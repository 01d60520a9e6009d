package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"

	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// chunk is the text of one document in a file.
type chunk struct {
	text []byte
	// line is where in the file the text starts, from 1.
	line int
	sum  [sha256.Size]byte
}

// split cuts a file at its document markers, which stand at the start of a line and nowhere else. Chunks that hold nothing but
// blanks are left out.
func split(file []byte) []chunk {
	var out []chunk
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	start, startLine, line, directives := 0, 1, 0, false
	cut := func(end int) {
		if text := file[start:end]; len(bytes.TrimSpace(text)) > 0 {
			out = append(out, chunk{text: text, line: startLine, sum: sha256.Sum256(text)})
		}
	}
	for at := 0; at < len(file); {
		end := lineEnd(file, at)
		line++
		switch text := file[at:end]; {
		case marker(text, "---"):
			// Directives belong to the document that the marker starts.
			if !directives {
				cut(at)
				start, startLine = at, line
			}
			directives = false
		case marker(text, "..."):
			cut(at)
			start, startLine, directives = end, line+1, false
		case text[0] == '%' && len(bytes.TrimSpace(file[start:at])) == 0:
			directives = true
		}
		at = end
	}
	cut(len(file))
	return out
}

func lineEnd(file []byte, at int) int {
	if n := bytes.IndexByte(file[at:], '\n'); n >= 0 {
		return at + n + 1
	}
	return len(file)
}

func marker(line []byte, sign string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(sign))
	return ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}

// unmarshal reads a document of JSON or YAML, with the types and the strictness that kubectl and an API server read it with.
func unmarshal(text []byte) (any, []finding) {
	if !json.Valid(text) {
		var err error
		if text, err = yaml.YAMLToJSONStrict(text); err != nil {
			return nil, []finding{badYAML(err)}
		}
	}
	var v any
	strict, err := kjson.UnmarshalStrict(text, &v)
	if err != nil {
		return nil, []finding{unreadable(1, "is not JSON")}
	}
	return v, badJSON(strict)
}
