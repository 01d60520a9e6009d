package config

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

func TestHasStores(t *testing.T) {
	t.Parallel()
	const store = "apiVersion: hevlayer.com/v1alpha1\nkind: VectorStore\nmetadata: {name: a}\n"
	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"nothing":       {"", false},
		"an Index":      {"apiVersion: hevlayer.com/v1\nkind: Index\nmetadata: {name: a}\nspec: {backend: {}}\n", false},
		"no YAML":       {"{", false},
		"a right store": {store + "spec: {kind: turbopuffer, endpoint: {url: http://a, region: b}}\n", true},
		"a wrong store": {store + "spec: {}\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := NewFolder(FolderConfig{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			if got := f.HasStores(t.Context()); got != c.want {
				t.Errorf("HasStores() = %v, want %v", got, c.want)
			}
		})
	}
}
