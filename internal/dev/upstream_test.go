package dev

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"hevlayer.com/layer/policy"
)

// Which store a gateway stands in front of: what the environment names, else what the folder holds, else its own.
func TestChooseUpstream(t *testing.T) {
	t.Parallel()
	empty, full := t.TempDir(), t.TempDir()
	write(t, filepath.Join(full, "store.yaml"), `apiVersion: hevlayer.com/v1alpha1
kind: VectorStore
metadata: {name: main}
spec: {kind: turbopuffer, endpoint: {url: 'https://a.example', region: r}}
`)
	tests := map[string]struct {
		vars      map[string]string
		resources string
		// url is that of the one store, "" where the folder brings its own; embedded says that the store is ours.
		url, bearer, name string
		embedded          bool
	}{
		"nothing said":   {bearer: "$(cat KEYFILE)", name: "the embedded store in DATA/store", embedded: true},
		"empty folder":   {resources: empty, bearer: "$(cat KEYFILE)", name: "the embedded store in DATA/store", embedded: true},
		"folder":         {resources: full, bearer: "$LAYER_API_KEY", name: "the stores in " + full},
		"no such folder": {resources: filepath.Join(empty, "none"), bearer: "$(cat KEYFILE)", name: "the embedded store in DATA/store", embedded: true},
		"URL":            {vars: map[string]string{"TPUF_URL": "http://b.example"}, url: "http://b.example", bearer: "$TURBOPUFFER_API_KEY", name: "http://b.example"},
		"URL and folder": {vars: map[string]string{"TPUF_URL": "http://b.example"}, resources: full, url: "http://b.example", bearer: "$TURBOPUFFER_API_KEY", name: "http://b.example"},
		"key for a region": {
			vars: map[string]string{"TURBOPUFFER_API_KEY": "k", "TURBOPUFFER_REGION": "x"}, url: "https://x.turbopuffer.com", bearer: "$TURBOPUFFER_API_KEY",
			name: "https://x.turbopuffer.com",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := opened(t, shortDir(t))
			up, err := chooseUpstream(t.Context(), f, tt.resources, getenv(tt.vars), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			checkUpstream(t, f, up, tt.embedded, tt.url)
			if want := replaced(f, tt.name); up.name != want || up.bearer != replaced(f, tt.bearer) {
				t.Errorf("called %q, bearer %q", up.name, up.bearer)
			}
		})
	}
}

func checkUpstream(t *testing.T, f *folder, up *upstream, embedded bool, url string) {
	t.Helper()
	if (up.serve != nil) != embedded {
		t.Errorf("an embedded store: %v, want %v", up.serve != nil, embedded)
	}
	switch {
	case embedded:
		key, err := f.key()
		if err != nil {
			t.Fatal(err)
		}
		table, problems := policy.Compile(policy.Input{Stores: up.stores}, nil)
		if table == nil || table.Default().Credential.Reveal() != key.Reveal() {
			t.Errorf("the embedded store compiles to %v, %v", table, problems)
		}
	case url == "" && len(up.stores) > 0, url != "" && (len(up.stores) != 1 || up.stores[0].URL != url):
		t.Errorf("stores %v", up.stores)
	}
}

// replaced puts a folder's paths into what a test expects.
func replaced(f *folder, text string) string {
	return strings.NewReplacer("KEYFILE", f.keyFile(), "DATA", f.path).Replace(text)
}
