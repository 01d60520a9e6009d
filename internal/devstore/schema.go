package devstore

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// attrSchema is the schema of one attribute. It is replaced, never changed, once a namespace holds it.
type attrSchema struct {
	Type       string     `json:"type"`
	Filterable *bool      `json:"filterable,omitempty"`
	FTS        *ftsConfig `json:"full_text_search,omitempty"`
	ANN        bool       `json:"ann,omitempty"`
	Glob       bool       `json:"glob,omitempty"`
	Regex      bool       `json:"regex,omitempty"`
	Fuzzy      bool       `json:"fuzzy,omitempty"`
	Metric     string     `json:"metric,omitempty"`

	dims int // of a vector; 0 for any other type
}

var (
	scalarTypes = regexp.MustCompile(`^(\[\])?(string|int|uint|float|uuid|datetime|bool)$`)
	vectorTypes = regexp.MustCompile(`^\[([1-9][0-9]{0,4})\]f(16|32)$`)
)

// setType checks the type's name and notes the dimensions of a vector.
func (s *attrSchema) setType(name, typ string) error {
	s.Type, s.dims = typ, 0
	if m := vectorTypes.FindStringSubmatch(typ); m != nil {
		s.dims, _ = strconv.Atoi(m[1]) // the pattern allows digits only
		return nil
	}
	if !scalarTypes.MatchString(typ) {
		return fail(400, "schema of attribute `%s` has an invalid type `%s`", name, typ)
	}
	return nil
}

func (s *attrSchema) filterable() bool {
	if s.Filterable != nil {
		return *s.Filterable
	}
	return s.FTS == nil && s.dims == 0
}

func vectorSchema(dims int) *attrSchema {
	return &attrSchema{Type: "[" + strconv.Itoa(dims) + "]f32", ANN: true, dims: dims}
}

// scope is what queries and filters need to know of a namespace: types and the default distance.
type scope struct {
	schema map[string]*attrSchema
	idType string
	metric string
	empty  bool // without rows an unknown attribute is no error
}

func (sc *scope) clone() scope {
	c := *sc
	c.schema = maps.Clone(sc.schema)
	return c
}

// distanceMetric is the metric of one vector attribute.
func (sc *scope) distanceMetric(name string) string {
	if s := sc.schema[name]; s != nil && s.Metric != "" {
		return s.Metric
	}
	if sc.metric != "" {
		return sc.metric
	}
	return "cosine_distance"
}

func checkMetric(m string) error {
	switch m {
	case "cosine_distance", "euclidean_squared", "dot_product":
		return nil
	}
	return fail(422, "unknown variant `%s`, expected `cosine_distance` or `euclidean_squared`", m)
}

// parseAttrSchema reads the schema of one attribute; what it does not name is kept from old.
func parseAttrSchema(name string, old *attrSchema, c value) (*attrSchema, error) {
	s := &attrSchema{}
	if old != nil {
		*s = *old
	}
	typ := s.Type
	switch c.k {
	case kStr:
		typ = c.s
	case kObj:
		if t, ok := c.get("type"); ok {
			typ = t.s
		}
	default:
		return nil, fail(422, "invalid schema for attribute `%s`", name)
	}
	if typ == "" {
		return nil, fail(422, "schema of attribute `%s` has no type", name)
	}
	if err := s.setType(name, strings.Clone(typ)); err != nil {
		return nil, err
	}
	if old != nil && old.Type != s.Type && (old.dims == 0 || old.dims != s.dims) {
		return nil, fail(400, "cannot change the type of attribute `%s` from %s to %s", name, old.Type, s.Type)
	}
	return s, s.options(c)
}

func (s *attrSchema) options(c value) error {
	if f, ok := c.get("filterable"); ok {
		s.Filterable = &f.b
	}
	if a, ok := c.get("ann"); ok {
		s.ANN = a.b || a.k == kObj
		if m, ok := a.get("distance_metric"); ok {
			if err := checkMetric(m.s); err != nil {
				return err
			}
			s.Metric = strings.Clone(m.s)
		}
	}
	for name, to := range map[string]*bool{"glob": &s.Glob, "regex": &s.Regex, "fuzzy": &s.Fuzzy} {
		if f, ok := c.get(name); ok {
			*to = f.b
		}
	}
	f, ok := c.get("full_text_search")
	if !ok {
		return nil
	}
	var err error
	s.FTS, err = parseFTS(f)
	return err
}

func parseFTS(f value) (*ftsConfig, error) {
	if f.k == kBool && !f.b {
		return nil, nil //nolint:nilnil // no full-text search is a configuration too
	}
	c := defaultFTS()
	if f.k == kBool {
		return c, nil
	}
	if err := json.Unmarshal([]byte(f.raw), c); err != nil {
		return nil, fail(422, "invalid full_text_search: %v", err)
	}
	if c.MaxTokenLength < 1 || c.MaxTokenLength > 254 {
		return nil, fail(400, "invalid full_text_search: max_token_length must be between 1 and 254, got %d", c.MaxTokenLength)
	}
	if c.K1 < 0 || c.B < 0 || c.B > 1 {
		return nil, fail(400, "invalid full_text_search: k1 must not be negative and b must be between 0 and 1")
	}
	return c, nil
}

// inferType is the type of an attribute that the schema does not name.
func inferType(v value) string {
	switch v.k {
	case kStr:
		return "string"
	case kBool:
		return "bool"
	case kNum:
		if isInteger(v.raw) {
			return "int"
		}
		return "float"
	case kArr:
		if v.count > 0 {
			return "[]" + inferType(value{k: kNum, raw: v.raw})
		}
		if e := v.elems(); len(e) > 0 {
			return "[]" + inferType(e[0])
		}
		return "[]string"
	}
	return ""
}

// checkType refuses a value that does not fit the type of its attribute.
func checkType(name, typ string, v value) error {
	if list, ok := strings.CutPrefix(typ, "[]"); ok {
		if v.k != kArr {
			return typeError(name, typ, v)
		}
		return checkElements(name, typ, list, v)
	}
	if !fits(typ, v) {
		return typeError(name, typ, v)
	}
	return nil
}

func checkElements(name, typ, elem string, v value) error {
	for _, e := range v.elems() {
		if !fits(elem, e) {
			return typeError(name, typ, v)
		}
	}
	if v.count > 0 && !fits(elem, value{k: kNum, raw: v.raw, n: slices.Min(v.nums())}) {
		return typeError(name, typ, v)
	}
	return nil
}

func fits(typ string, v value) bool {
	switch typ {
	case "string", "uuid", "datetime":
		return v.k == kStr
	case "bool":
		return v.k == kBool
	case "int":
		return v.k == kNum && isInteger(v.raw)
	case "uint":
		return v.k == kNum && isInteger(v.raw) && v.n >= 0
	case "float":
		return v.k == kNum
	}
	return false
}

func typeError(name, typ string, v value) error {
	return fail(400, "attribute `%s` has type %s, but got %s", name, typ, cut(v.raw, 200))
}

// cut bounds what an error message repeats of a request.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
