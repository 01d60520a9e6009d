package config

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"hevlayer.com/layer/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	indexHead  = "apiVersion: hevlayer.com/v1\nkind: Index\nmetadata: {name: products}\n"
	storeHead  = "apiVersion: hevlayer.com/v1alpha1\nkind: VectorStore\nmetadata: {name: main}\n"
	secretHead = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\n"
	mainStore  = storeHead + "spec: {kind: turbopuffer, endpoint: {url: 'https://a.example', region: r}, credential: {secretRef: {name: keys, key: a}}}\n"
	keysSecret = secretHead + "stringData: {a: tpuf_a, b: tpuf_b}\n"
)

func newTestDecoder(t testing.TB) *decoder {
	t.Helper()
	d, err := newDecoder("default", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newTestFolder(t testing.TB, cfg FolderConfig) *Folder {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	f, err := NewFolder(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// put writes files below dir; the names may hold folders.
func put(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// lines gives problems in short, with their paths below dir.
func lines(dir string, problems []policy.Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, strings.ReplaceAll(fmt.Sprintf("%s, %s: %s: %s", p.Object, p.Field, p.Reason, p.Message), dir+"/", ""))
	}
	return out
}

// running runs a folder until the test ends and gives its updates.
func running(t *testing.T, f *Folder) <-chan Update {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	updates, done := make(chan Update), make(chan struct{})
	go func() {
		defer close(done)
		_ = f.Run(ctx, func(u Update) {
			select {
			case updates <- u:
			case <-ctx.Done():
			}
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	return updates
}
