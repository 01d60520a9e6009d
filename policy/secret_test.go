package policy

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const hidden = "tpuf_hunter2"

// carriers are the ways in which a credential sits in something that is printed.
func carriers() map[string]any {
	s := NewSecret(hidden)
	return map[string]any{
		"value":            s,
		"pointer":          &s,
		"field":            SecretInput{Ref: "keys/a", Value: s},
		"pointer to field": &StoreInput{URL: "https://a.example", Credential: SecretInput{Value: s}},
		"unexported field": struct{ s Secret }{s},
		"slice":            []Secret{s},
		"map":              map[string]Secret{"a": s},
		"unexported slice": struct{ s []Secret }{[]Secret{s}},
		"store":            Store{Name: "a", Credential: s},
		"inside a store":   struct{ s Store }{Store{Name: "a", Credential: s}},
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	t.Parallel()
	encoded := []string{hidden, fmt.Sprintf("%x", hidden), fmt.Sprintf("%X", hidden), fmt.Sprint([]byte(hidden)), hidden[2:8]}
	for name, v := range carriers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%t", "%p", "%T", "%10s", "%z"} {
				shows(t, verb, fmt.Sprintf(verb, v), encoded)
			}
			var log bytes.Buffer
			slog.New(slog.NewJSONHandler(&log, nil)).Info("a", "v", v)
			slog.New(slog.NewTextHandler(&log, nil)).With("v", v).Info("a")
			shows(t, "slog", log.String(), encoded)
			for format, marshal := range map[string]func(any) ([]byte, error){"json": json.Marshal, "yaml": marshalYAML, "xml": xml.Marshal} {
				text, _ := marshal(v)
				shows(t, format, string(text), encoded)
			}
		})
	}
}

func marshalYAML(v any) ([]byte, error) { return yaml.Marshal(v) }

func shows(t *testing.T, how, text string, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("%s shows the credential: %s", how, text)
		}
	}
}

// Where a format asks the credential itself, it answers with the mask rather than with nothing.
func TestSecretMask(t *testing.T) {
	t.Parallel()
	s := NewSecret(hidden)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, s); got != "[redacted]" {
			t.Errorf("%s gives %q", verb, got)
		}
	}
	text, err := json.Marshal(map[string]Secret{"a": s})
	if err != nil || string(text) != `{"a":"[redacted]"}` {
		t.Errorf("JSON: %s, %v", text, err)
	}
	text, err = yaml.Marshal(map[string]Secret{"a": s})
	if err != nil || string(text) != "a: '[redacted]'\n" {
		t.Errorf("YAML: %s, %v", text, err)
	}
	if s.String() != "[redacted]" || s.GoString() != "[redacted]" || s.LogValue().String() != "[redacted]" {
		t.Error("a method shows more than the mask")
	}
}

func TestSecretReveal(t *testing.T) {
	t.Parallel()
	if s := NewSecret(hidden); s.Reveal() != hidden || s.Empty() {
		t.Errorf("Reveal = %q, Empty = %v", s.Reveal(), s.Empty())
	}
	for _, s := range []Secret{{}, NewSecret("")} {
		if s.Reveal() != "" || !s.Empty() {
			t.Errorf("of nothing: Reveal = %q, Empty = %v", s.Reveal(), s.Empty())
		}
	}
}
