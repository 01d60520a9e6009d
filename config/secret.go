package config

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"

	"hevlayer.com/layer/policy"
)

// secretData are the values of a Secret.
type secretData map[string]policy.Secret

// readSecret judges a core Secret by hand where a library's error could quote a value, and takes its values.
func readSecret(id policy.Object, object map[string]any) (resource, []finding) {
	data := secretData{}
	errs := data.take(object, "data", decodeBase64)
	errs = append(errs, data.take(object, "stringData", func(s string) (string, bool) { return s, true })...)
	if len(errs) == 0 {
		errs = judgeSecret(object)
	}
	if size := data.size(); size > corev1.MaxSecretSize {
		errs = append(errs, field.TooLong(field.NewPath("data"), nil, corev1.MaxSecretSize))
	}
	return resource{id, data}, refused(id, errs)
}

// take reads one of the two maps of a Secret. Later ones win, as stringData does on a server.
func (d secretData) take(object map[string]any, name string, decode func(string) (string, bool)) field.ErrorList {
	path := field.NewPath(name)
	if object[name] == nil {
		return nil
	}
	values, ok := object[name].(map[string]any)
	if !ok {
		return field.ErrorList{field.TypeInvalid(path, nil, "must be a map of strings")}
	}
	var errs field.ErrorList
	for _, key := range slices.Sorted(maps.Keys(values)) {
		for _, reason := range validation.IsConfigMapKey(key) {
			errs = append(errs, field.Invalid(path.Key(key), nil, reason))
		}
		text, ok := values[key].(string)
		if !ok && values[key] != nil {
			errs = append(errs, field.TypeInvalid(path.Key(key), nil, "must be a string"))
			continue
		}
		text, ok = decode(text)
		if !ok {
			errs = append(errs, field.Invalid(path.Key(key), nil, "must be base64"))
		}
		d[key] = policy.NewSecret(text)
	}
	return errs
}

func decodeBase64(s string) (string, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	return string(b), err == nil
}

func (d secretData) size() int {
	n := 0
	for _, v := range d {
		n += len(v.Reveal())
	}
	return n
}

// judgeSecret judges all of a Secret but its values.
func judgeSecret(object map[string]any) field.ErrorList {
	rest := maps.Clone(object)
	delete(rest, "data")
	delete(rest, "stringData")
	text, err := json.Marshal(rest)
	if err != nil {
		return field.ErrorList{field.Invalid(nil, nil, "can't be read")}
	}
	var s corev1.Secret
	strict, err := kjson.UnmarshalStrict(text, &s)
	if err != nil {
		return field.ErrorList{mistyped(nil, err)}
	}
	return append(judgeMeta(&s.ObjectMeta), unknownFields(fieldPaths(strict))...)
}

func fieldPaths(errs []error) []string {
	var out []string
	for _, err := range errs {
		if named, ok := err.(kjson.FieldError); ok { //nolint:errorlint // the reader returns these unwrapped
			out = append(out, named.FieldPath())
		}
	}
	return out
}
