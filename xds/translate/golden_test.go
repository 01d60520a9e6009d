package translate_test

import (
	"bytes"
	"encoding/base64"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"sigs.k8s.io/yaml"

	"hevlayer.com/layer/xds/translate"
)

var update = flag.Bool("update", false, "rewrite the golden files and delete those that belong to no case")

func compare(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, name := range caseNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := readCase(t, name)
			r := c.translated(t)
			files := rendered(t, r)
			dir := filepath.Join("testdata", name, "out")
			if *update {
				rewrite(t, dir, files)
			}
			compare(t, "golden files (go test ./xds/translate -update rewrites them)", readDir(t, dir), files)
			private(t, c, files)
			validate(t, r)
		})
	}
}

// rendered gives the resources as the golden files' text, by file name.
func rendered(t *testing.T, r translate.Resources) map[string]string {
	t.Helper()
	return map[string]string{
		"listeners.yaml": asYAML(t, r.Listeners),
		"routes.yaml":    asYAML(t, r.Routes),
		"clusters.yaml":  asYAML(t, r.Clusters),
		"secrets.yaml":   asYAML(t, r.Secrets),
	}
}

// asYAML goes through a decoder, since protojson varies its white space on purpose.
func asYAML[M proto.Message](t *testing.T, resources []M) string {
	t.Helper()
	var out bytes.Buffer
	for _, r := range resources {
		text, err := protojson.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err = yaml.JSONToYAML(text)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("---\n")
		out.Write(text)
	}
	return out.String()
}

func rewrite(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func readDir(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		out[e.Name()] = string(readFile(t, filepath.Join(dir, e.Name())))
	}
	return out
}

// Every folder is a case's, so that the files of one that was renamed or removed don't stay behind unread.
func TestGoldenHasNoStaleFolders(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path := filepath.Join("testdata", e.Name())
		if _, err := os.Stat(filepath.Join(path, "in.yaml")); err == nil || !e.IsDir() {
			continue
		}
		if !*update {
			t.Errorf("%s holds no in.yaml", path)
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			t.Error(err)
		}
	}
}

// private checks that a private value shows only where Envoy needs it.
func private(t *testing.T, c testCase, files map[string]string) {
	t.Helper()
	inbound, upstream, spans := c.secrets(t)
	for _, kind := range []struct {
		name   string
		values []string
		in     string
	}{
		{"inbound key", inbound, ""},
		{"upstream secret", upstream, "secrets.yaml"},
		{"header of spans", spans, "listeners.yaml"},
	} {
		for _, value := range kind.values {
			for file, text := range files {
				if shown := shows(text, value); shown != (file == kind.in) {
					t.Errorf("%s shows an %s: %t", file, kind.name, shown)
				}
			}
		}
	}
}

// shows looks for a value as text, also broken into lines, and in base64.
func shows(text, value string) bool {
	squeeze := func(s string) string {
		return strings.NewReplacer(`\n`, "", "\n", "", " ", "").Replace(s)
	}
	return strings.Contains(squeeze(text), squeeze(value)) ||
		strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(value)))
}
