package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// objects reads a resource file as "kind name storeRef" lines.
func objects(t *testing.T, r resources, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for doc := range strings.SplitSeq(string(text), "---\n") {
		if doc == "" {
			continue
		}
		var o struct {
			Kind     string
			Metadata struct{ Name string }
			Spec     struct {
				Backend  struct{ StoreRef string }
				Endpoint struct{ URL string }
			}
		}
		if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		out = append(out, strings.TrimSpace(o.Kind+" "+o.Metadata.Name+" "+o.Spec.Backend.StoreRef+o.Spec.Endpoint.URL))
	}
	return out
}

func TestResources(t *testing.T) {
	t.Parallel()
	first, second := &upstream{addr: "127.0.0.1:1", key: firstKey}, &upstream{addr: "127.0.0.1:2", key: secondKey}
	r, err := testLab(t).newResources(first, second, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"stores.yaml": {
			"Secret first-key", "VectorStore first http://127.0.0.1:1",
			"Secret second-key", "VectorStore second http://127.0.0.1:2",
		},
		"indexes.yaml": {"Index indexed-000000 second", "Index indexed-000001 second"},
		"edited.yaml":  {"Index edited first"},
	}
	got := map[string][]string{}
	for name := range want {
		got[name] = objects(t, r, name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := r.editIndex(secondStore); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Index edited second"}, objects(t, r, "edited.yaml")); diff != "" {
		t.Error(diff)
	}
	files, err := os.ReadDir(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(want) {
		t.Errorf("%d files in the folder, want %d: an edit leaves something behind", len(files), len(want))
	}
}

func TestResourcesWithoutIndexes(t *testing.T) {
	t.Parallel()
	u := &upstream{addr: "127.0.0.1:1", key: firstKey}
	r, err := testLab(t).newResources(u, u, 0)
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 || files[0].Name() != "stores.yaml" {
		t.Errorf("files %v", files)
	}
}
