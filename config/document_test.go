package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file string
		want []string
	}{
		"empty":                  {"", nil},
		"blank":                  {"\n \n---\n", []string{"3:---\n"}},
		"one":                    {"a: 1\n", []string{"1:a: 1\n"}},
		"two":                    {"a: 1\n---\nb: 2\n", []string{"1:a: 1\n", "2:---\nb: 2\n"}},
		"no newline at the end":  {"a: 1\n---\nb: 2", []string{"1:a: 1\n", "2:---\nb: 2"}},
		"content on the marker":  {"--- {a: 1}\n--- {b: 2}\n", []string{"1:--- {a: 1}\n", "2:--- {b: 2}\n"}},
		"marker as text":         {"a: |\n  ---\n  x\n----\n", []string{"1:a: |\n  ---\n  x\n----\n"}},
		"carriage returns":       {"a: 1\r\n---\r\nb: 2\r\n", []string{"1:a: 1\r\n", "2:---\r\nb: 2\r\n"}},
		"end markers":            {"a: 1\n...\n# bye\n---\nb: 2\n...\n", []string{"1:a: 1\n", "3:# bye\n", "4:---\nb: 2\n"}},
		"directives":             {"%YAML 1.1\n---\na: 1\n...\n%YAML 1.1\n---\nb: 2\n", []string{"1:%YAML 1.1\n---\na: 1\n", "5:%YAML 1.1\n---\nb: 2\n"}},
		"percent sign in text":   {"a: |2\n%x\n---\nb: 2\n", []string{"1:a: |2\n%x\n", "3:---\nb: 2\n"}},
		"mark of the byte order": {"\ufeffa: 1\n", []string{"1:a: 1\n"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, c := range split([]byte(tt.file)) {
				got = append(got, fmt.Sprintf("%d:%s", c.line, c.text))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("chunks (-want +got):\n%s", diff)
			}
		})
	}
}

// What parsers and judges say about a Secret holds none of its values, however broken it is.
func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	const secret = "tpuf_S3CRET"
	tests := map[string]string{
		"alias without anchor":      secretHead + "stringData: {a: *" + secret + "}\n",
		"tag that does not fit":     secretHead + "stringData: {a: !!int " + secret + "}\n",
		"handle":                    secretHead + "stringData: {a: !e!" + secret + " x}\n",
		"open quote":                secretHead + "stringData: {a: \"" + secret + "}\n",
		"escape":                    secretHead + "stringData: {a: \"" + secret + "\\q\"}\n",
		"no base64":                 secretHead + "data: {a: '" + secret + "'}\n",
		"value under data":          secretHead + "data: " + secret + "\n",
		"list of values":            secretHead + "stringData: [" + secret + "]\n",
		"value in a map":            secretHead + "stringData: {a: {b: " + secret + "}}\n",
		"value as type":             secretHead + "type: [" + secret + "]\n",
		"value as label":            "apiVersion: v1\nkind: Secret\nmetadata: {name: a, labels: {b: '" + secret + " !'}}\n",
		"value as time":             "apiVersion: v1\nkind: Secret\nmetadata: {name: a, creationTimestamp: " + secret + "}\n",
		"key given twice":           secretHead + "stringData:\n  " + secret + ": a\n  " + secret + ": b\n",
		"tab":                       secretHead + "stringData:\n\ta: " + secret + "\n",
		"no colon":                  secretHead + "stringData:\n  a: b\n  " + secret + "\n",
		"no colon on the last line": secretHead + secret,
		"JSON cut short":            `{"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "` + secret,
		"merge":                     secretHead + "stringData: {<<: " + secret + "}\n",
		"store: value as url":       storeHead + "spec: {kind: turbopuffer, endpoint: {url: " + secret + ", region: r}}\n",
		"store: value as kind":      storeHead + "spec: {kind: " + secret + ", endpoint: {url: 'http://a', region: r}}\n",
		"store: value as reference": storeHead + "spec: {kind: search, endpoint: {url: 'http://a', region: r}, credential: {secretRef: " + secret + "}}\n",
		"store: value as a default": storeHead + "spec: {kind: search, endpoint: {url: 'http://a', region: r}, default: " + secret + "}\n",
	}
	d := newTestDecoder(t)
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := d.decode(t.Context(), []byte(text))
			if len(doc.findings) == 0 {
				t.Error("nothing was found")
			}
			for _, f := range doc.findings {
				if p := f.in("f.yaml", 1); strings.Contains(p.Error(), secret) {
					t.Errorf("the secret is in %q", p.Error())
				}
			}
		})
	}
	t.Run("read well", func(t *testing.T) {
		t.Parallel()
		doc := d.decode(t.Context(), []byte(secretHead+"stringData: {a: "+secret+"}\n"))
		if len(doc.resources) != 1 {
			t.Fatalf("findings %v", doc.findings)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if got := fmt.Sprintf(verb, doc.resources[0]); strings.Contains(got, secret) {
				t.Errorf("%s prints %s", verb, got)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		mainStore, keysSecret, indexHead + "spec: {backend: {}}\n", mainStore + "---\n" + keysSecret, "%YAML 1.1\n---\na: 1\n...\n", "[", "- a\n",
		"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: a}}\n- 7\n", "a: &a [*a]\n", "\x00", "\ufeff---\n",
		`{"apiVersion":"hevlayer.com/v1","kind":"Index","metadata":{"name":"a"},"spec":{"backend":{"a":1e999}}}`, "? [a]: b\n", "null\n", "1: 2\n",
		"apiVersion: hevlayer.com/v1\nkind: Index\nmetadata: {name: a, namespace: [1]}\nspec: 7\n", "apiVersion: [v1]\nkind: {}\n",
	} {
		f.Add(seed)
	}
	d := newTestDecoder(f)
	f.Fuzz(func(t *testing.T, text string) {
		file := d.file(t.Context(), []byte(text), nil)
		again := d.file(t.Context(), []byte(text), file)
		if again != file {
			t.Error("the same text was read twice")
		}
		for _, doc := range file.documents {
			for _, r := range doc.resources {
				if r.Name == "" || r.Namespace != "default" || r.content == nil {
					t.Errorf("resource %+v", r)
				}
			}
			for _, finding := range doc.findings {
				p := finding.in("f.yaml", doc.line)
				if p.File != "f.yaml" || p.Reason == "" || p.Message == "" || !p.Fatal {
					t.Errorf("problem %#v", p)
				}
			}
		}
	})
}

// A value on one line of a Secret is in no message, whatever stands around it.
func FuzzSecretsStayHidden(f *testing.F) {
	const secret = "tpuf_S3CRET"
	for _, seed := range [][2]string{{"", ""}, {"*", "!"}, {"!", " x"}, {"!!int ", ""}, {"\"", "\\q\""}, {"{a: ", "}"}, {"[", ""}, {"&a ", "*b"}, {"|", ""}, {"'", ""}} {
		f.Add(seed[0], seed[1])
	}
	d := newTestDecoder(f)
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.ContainsAny(before+after, "\n\r\u0085\u2028\u2029") {
			t.Skip("more than one line")
		}
		for _, form := range []string{"stringData:\n  a: %s\n", "data: %s\n", "data: {a: %s}\n"} {
			doc := d.decode(t.Context(), []byte(secretHead+fmt.Sprintf(form, before+secret+after)))
			for _, finding := range doc.findings {
				if strings.Contains(finding.Message, secret) {
					t.Errorf("the secret is in %q", finding.Message)
				}
			}
		}
	})
}
