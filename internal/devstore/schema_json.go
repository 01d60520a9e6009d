package devstore

import (
	"maps"
	"slices"
	"strconv"
)

// appendSchema writes the schema as GET schema shows it (every member, nulls included) or, with brief, as metadata does.
func (sc *scope) appendSchema(b []byte, brief bool) []byte {
	idType := sc.idType
	if idType == "" {
		idType = "uint"
	}
	b = append(b, `{"id":{"type":`...)
	b = appendStr(b, idType)
	if !brief {
		b = append(b, `,"filterable":null,"full_text_search":null`...)
	}
	b = append(b, '}')
	for _, name := range slices.Sorted(maps.Keys(sc.schema)) {
		b = appendKey(append(b, ','), name)
		b = appendStr(append(b, `{"type":`...), sc.schema[name].Type)
		if a := sc.schema[name]; a.dims > 0 {
			b = sc.appendVectorSchema(b, name, a, brief)
		} else {
			b = a.appendOptions(b, brief)
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

func (sc *scope) appendVectorSchema(b []byte, name string, a *attrSchema, brief bool) []byte {
	if !brief {
		b = strconv.AppendBool(append(b, `,"ann":`...), a.ANN)
		return append(b, `,"filterable":null,"full_text_search":null`...)
	}
	if a.ANN {
		b = appendStr(append(b, `,"ann":{"distance_metric":`...), sc.distanceMetric(name))
		b = append(b, '}')
	}
	return b
}

func (s *attrSchema) appendOptions(b []byte, brief bool) []byte {
	b = strconv.AppendBool(append(b, `,"filterable":`...), s.filterable())
	switch {
	case s.FTS != nil:
		b = s.FTS.appendJSON(append(b, `,"full_text_search":`...))
	case !brief:
		b = append(b, `,"full_text_search":null`...)
	}
	if s.Glob {
		b = append(b, `,"glob":true`...)
	}
	if s.Regex {
		b = append(b, `,"regex":true`...)
	}
	if s.Fuzzy {
		b = append(b, `,"fuzzy":true`...)
	}
	return b
}
