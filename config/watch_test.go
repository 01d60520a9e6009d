package config

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hevlayer.com/layer/policy"
)

// patient is how long a test waits for an update that must come; it only bounds a failing test.
const patient = time.Minute

// until takes updates until one is as wanted.
func until(t *testing.T, updates <-chan Update, wanted func(Update) bool) {
	t.Helper()
	limit := time.After(patient)
	for {
		select {
		case u := <-updates:
			if wanted(u) {
				return
			}
			t.Logf("passed over: table %v, problems %v", u.Table != nil, u.Problems)
		case <-limit:
			t.Fatal("no such update came")
		}
	}
}

// serves wants a table that sends the namespaces shop... to the stores that are named.
func serves(routed map[string]string) func(Update) bool {
	return func(u Update) bool { return u.Table != nil && maps.Equal(routed, u.Table.Routed()) }
}

func refuses(file string) func(Update) bool {
	return func(u Update) bool {
		return u.Table == nil && len(u.Problems) > 0 && strings.HasSuffix(u.Problems[0].File, file)
	}
}

// stores are two stores and their Secret.
func stores() string {
	return strings.Replace(mainStore, "spec: {", "spec: {default: true, ", 1) + "---\n" + keysSecret + "---\n" +
		strings.NewReplacer("main", "second", "key: a", "key: b").Replace(mainStore)
}

func shop(store string) string {
	return indexHead + "spec: {backend: {storeRef: " + store + ", namespace: shop}}\n"
}

// change is an edit with the update before it and the one that it leads to.
type change struct {
	before func(t *testing.T, dir string)
	first  func(Update) bool
	edit   func(t *testing.T, dir string)
	then   func(Update) bool
}

func toStore(store string) func(Update) bool { return serves(map[string]string{"shop": store}) }

func TestWatchFiles(t *testing.T) {
	t.Parallel()
	checkChanges(t, map[string]change{
		"write in place": {
			first: toStore("second"),
			edit:  func(t *testing.T, dir string) { put(t, dir, map[string]string{"index.yaml": shop("third")}) },
			then:  toStore(""),
		},
		"rename over": {
			first: toStore("second"),
			edit: func(t *testing.T, dir string) {
				put(t, dir, map[string]string{".index.yaml.tmp": shop("third")})
				rename(t, dir+"/.index.yaml.tmp", dir+"/index.yaml")
			},
			then: toStore(""),
		},
		"delete": {first: toStore("second"), edit: func(t *testing.T, dir string) { remove(t, dir+"/index.yaml") }, then: serves(map[string]string{})},
		"new file in a new folder": {
			before: func(t *testing.T, dir string) { remove(t, dir+"/index.yaml") },
			first:  serves(map[string]string{}),
			edit:   func(t *testing.T, dir string) { put(t, dir, map[string]string{"a/b/c.yaml": shop("second")}) },
			then:   toStore("second"),
		},
		"file in a folder that was there": {
			before: func(t *testing.T, dir string) { put(t, dir, map[string]string{"a/b/c.yaml": ""}) },
			first:  toStore("second"),
			edit:   func(t *testing.T, dir string) { put(t, dir, map[string]string{"a/b/d.yaml": "["}) },
			then:   refuses("a/b/d.yaml"),
		},
		"folder renamed away": {
			before: func(t *testing.T, dir string) {
				put(t, dir, map[string]string{"a/index.yaml": shop("third")})
				remove(t, dir+"/index.yaml")
			},
			first: toStore(""),
			edit:  func(t *testing.T, dir string) { rename(t, dir+"/a", dir+"/.a") },
			then:  serves(map[string]string{}),
		},
		"broken file": {
			first: toStore("second"),
			edit:  func(t *testing.T, dir string) { put(t, dir, map[string]string{"index.yaml": "["}) },
			then:  refuses("index.yaml"),
		},
		"mended file": {
			before: func(t *testing.T, dir string) { put(t, dir, map[string]string{"index.yaml": "["}) },
			first:  refuses("index.yaml"),
			edit:   func(t *testing.T, dir string) { put(t, dir, map[string]string{"index.yaml": shop("second")}) },
			then:   toStore("second"),
		},
	})
}

func TestWatchLinksAndFolders(t *testing.T) {
	t.Parallel()
	checkChanges(t, map[string]change{
		"mounted ConfigMap": {
			before: func(t *testing.T, dir string) {
				remove(t, dir+"/index.yaml")
				mount(t, dir, "..1", shop("second"))
				link(t, "..data/index.yaml", dir+"/index.yaml")
			},
			first: toStore("second"),
			edit:  func(t *testing.T, dir string) { mount(t, dir, "..2", shop("third")); remove(t, dir+"/..1") },
			then:  toStore(""),
		},
		"mounted ConfigMap with folders": {
			before: func(t *testing.T, dir string) {
				remove(t, dir+"/index.yaml")
				mount(t, dir, "..1", shop("second"))
				link(t, "..data", dir+"/sub")
			},
			first: toStore("second"),
			edit:  func(t *testing.T, dir string) { mount(t, dir, "..2", shop("third")); remove(t, dir+"/..1") },
			then:  toStore(""),
		},
		"link to a file elsewhere": {
			before: func(t *testing.T, dir string) {
				put(t, dir+"-far", map[string]string{"x": shop("second")})
				remove(t, dir+"/index.yaml")
				link(t, dir+"-far/x", dir+"/index.yaml")
			},
			first: toStore("second"),
			edit:  func(t *testing.T, dir string) { put(t, dir+"-far", map[string]string{"x": shop("third")}) },
			then:  toStore(""),
		},
		"folder removed": {
			first: toStore("second"),
			edit:  func(t *testing.T, dir string) { remove(t, dir) },
			then:  func(u Update) bool { return u.Table == nil && len(u.Problems) == 1 && u.Problems[0].Kind == kindFolder },
		},
		"folder replaced": {
			first: toStore("second"),
			edit: func(t *testing.T, dir string) {
				put(t, dir+".new", map[string]string{"stores.yaml": stores(), "index.yaml": shop("third")})
				rename(t, dir, dir+".old")
				rename(t, dir+".new", dir)
			},
			then: toStore(""),
		},
	})
}

func checkChanges(t *testing.T, changes map[string]change) {
	t.Helper()
	for name, tt := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "resources")
			put(t, dir, map[string]string{"stores.yaml": stores(), "index.yaml": shop("second")})
			if tt.before != nil {
				tt.before(t, dir)
			}
			updates := running(t, newTestFolder(t, FolderConfig{Dir: dir}))
			until(t, updates, tt.first)
			tt.edit(t, dir)
			until(t, updates, tt.then)
		})
	}
}

// mount swaps in a generation of files the way a kubelet does it.
func mount(t *testing.T, dir, generation, index string) {
	t.Helper()
	put(t, dir, map[string]string{generation + "/index.yaml": index})
	link(t, generation, dir+"/..data_tmp")
	rename(t, dir+"/..data_tmp", dir+"/..data")
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestFolderComesLaterAndAgain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b", "resources")
	base := []policy.StoreInput{{Object: policy.Object{Kind: "VectorStore", Name: "base"}, Kind: policy.KindTurbopuffer, URL: "http://base"}}
	updates := running(t, newTestFolder(t, FolderConfig{Dir: dir, Base: base}))
	until(t, updates, func(u Update) bool { return u.Table != nil && u.Table.Default().Name == "base" })
	for range 2 {
		put(t, dir, map[string]string{"stores.yaml": stores(), "index.yaml": shop("second")})
		until(t, updates, serves(map[string]string{"shop": "second"}))
		remove(t, filepath.Dir(dir))
		until(t, updates, func(u Update) bool { return u.Table == nil })
	}
}

func TestRunWithoutFolder(t *testing.T) {
	t.Parallel()
	base := []policy.StoreInput{{Object: policy.Object{Kind: "VectorStore", Name: "base"}, Kind: policy.KindTurbopuffer, URL: "http://base"}}
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	err := newTestFolder(t, FolderConfig{Base: base}).Run(ctx, func(u Update) {
		if u.Table == nil {
			t.Error(u.Problems)
		}
		cancel(stop)
	})
	if !errors.Is(err, stop) {
		t.Errorf("Run gave %v", err)
	}
}

func TestUnchangedIsNotPublished(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, map[string]string{"stores.yaml": stores()})
	f := newTestFolder(t, FolderConfig{Dir: dir})
	steps := []struct {
		name  string
		files map[string]string
		want  bool
	}{
		{"first", nil, true},
		{"again", nil, false},
		{"same text", map[string]string{"stores.yaml": stores()}, false},
		{"not read", map[string]string{"README.md": "x"}, false},
		{"new file", map[string]string{"index.yaml": shop("second")}, true},
		{"broken file", map[string]string{"index.yaml": "["}, true},
		{"still broken", nil, false},
		{"mended file", map[string]string{"index.yaml": shop("second")}, true},
	}
	for _, step := range steps {
		put(t, dir, step.files)
		if _, changed := f.read(t.Context()); changed != step.want {
			t.Errorf("%s: changed is %v", step.name, changed)
		}
	}
}
