package config

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hevlayer.com/layer/policy"
)

func TestRead(t *testing.T) {
	t.Parallel()
	const (
		second = "apiVersion: hevlayer.com/v1alpha1\nkind: VectorStore\nmetadata: {name: second}\n" +
			"spec: {kind: turbopuffer, endpoint: {url: 'http://b', region: r}, credential: {secretRef: {name: keys, key: b}}}\n"
		toSecond = indexHead + "spec: {backend: {storeRef: second, namespace: Shop_1}}\n"
	)
	marked := strings.Replace(mainStore, "spec: {", "spec: {default: true, ", 1)
	tests := map[string]struct {
		files  map[string]string
		stores []string
		routed map[string]string
		want   []string
	}{
		"nothing":                     {nil, nil, nil, []string{"VectorStore , : MissingDefault: there is no VectorStore of kind turbopuffer"}},
		"one store":                   {map[string]string{"a.yaml": mainStore + "---\n" + keysSecret}, []string{"main"}, map[string]string{}, nil},
		"over files and folders":      {map[string]string{"a.yml": marked, "b/c/d.yaml": keysSecret + "---\n" + second, "e.yaml": toSecond}, []string{"main", "second"}, map[string]string{"Shop_1": "second"}, nil},
		"JSON":                        {map[string]string{"a.yaml": mainStore, "b.json": `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"keys"},` + "\n\t" + `"data":{"a":"dHB1Zl9h"}}`}, []string{"main"}, map[string]string{}, nil},
		"list":                        {map[string]string{"a.yaml": "apiVersion: v1\nkind: List\nitems:\n- " + indent(mainStore) + "- " + indent(keysSecret)}, []string{"main"}, map[string]string{}, nil},
		"stringData wins over data":   {map[string]string{"a.yaml": mainStore, "b.yaml": secretHead + "data: {a: AAAA}\nstringData: {a: tpuf_a}\n"}, []string{"main"}, map[string]string{}, nil},
		"other files":                 {map[string]string{"a.yaml": mainStore, "b.yaml": keysSecret, ".c.yaml": "[", "d.yaml~": "[", "#e.yaml": "[", "README.md": "[", ".git/f.yaml": "["}, []string{"main"}, map[string]string{}, nil},
		"other kinds":                 {map[string]string{"a.yaml": mainStore, "b.yaml": keysSecret, "c.yaml": "apiVersion: hevlayer.com/v1alpha1\nkind: Pipeline\n---\napiVersion: v1\nkind: ConfigMap\n"}, []string{"main"}, map[string]string{}, nil},
		"another namespace":           {map[string]string{"a.yaml": mainStore, "b.yaml": keysSecret, "c.yaml": strings.Replace(toSecond, "products", "products, namespace: other", 1)}, []string{"main"}, map[string]string{}, nil},
		"the namespace":               {map[string]string{"a.yaml": marked, "b.yaml": keysSecret + "---\n" + second, "c.yaml": strings.Replace(toSecond, "products", "products, namespace: default", 1)}, []string{"main", "second"}, map[string]string{"Shop_1": "second"}, nil},
		"empty documents":             {map[string]string{"a.yaml": "---\n# nothing\n---\n" + mainStore + "---\n", "b.yaml": keysSecret, "c.yaml": ""}, []string{"main"}, map[string]string{}, nil},
		"index to no store":           {map[string]string{"a.yaml": mainStore + "---\n" + keysSecret + "---\n" + toSecond}, []string{"main"}, map[string]string{"Shop_1": ""}, []string{"Index default/products (a.yaml), spec.backend.storeRef: StoreNotFound: there is no VectorStore second; requests for Shop_1 get 503"}},
		"secret is missing":           {map[string]string{"a.yaml": mainStore}, nil, nil, []string{"VectorStore default/main (a.yaml), spec.credential.secretRef: CredentialMissing: keys/a is missing or empty"}},
		"no YAML":                     {map[string]string{"a.yaml": mainStore + "---\n" + keysSecret, "b.yaml": "# one\n---\nb: [\n"}, nil, nil, []string{"File b.yaml (b.yaml), : Unreadable: line 3: is not YAML: did not find expected node content"}},
		"a key twice":                 {map[string]string{"a.yaml": "kind: Index\nkind: Index\n"}, nil, nil, []string{"File a.yaml (a.yaml), : Unreadable: line 2: a key is given twice"}},
		"a JSON field twice":          {map[string]string{"a.json": `{"kind":"Index","kind":"Index"}`}, nil, nil, []string{"File a.json (a.json), kind: Unreadable: line 1: a field is given twice"}},
		"no object":                   {map[string]string{"a.yaml": "- a\n"}, nil, nil, []string{"File a.yaml (a.yaml), : Unreadable: line 1: is not an object with apiVersion and kind"}},
		"no kind":                     {map[string]string{"a.yaml": "\n\nmetadata: {name: a}\n"}, nil, nil, []string{"File a.yaml (a.yaml), : Unreadable: line 1: an object needs apiVersion and kind"}},
		"unknown kind":                {map[string]string{"a.yaml": strings.Replace(indexHead, "Index", "Indx", 1)}, nil, nil, []string{"Indx products (a.yaml), apiVersion: Unreadable: there is no kind Indx in hevlayer.com/v1"}},
		"unknown core kind":           {map[string]string{"a.yaml": strings.Replace(secretHead, "Secret", "Secrets", 1)}, nil, nil, []string{"Secrets keys (a.yaml), apiVersion: Unreadable: there is no kind Secrets in v1"}},
		"unknown group":               {map[string]string{"a.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"}, nil, nil, []string{"Deployment a (a.yaml), apiVersion: Unreadable: there is no kind Deployment in apps/v1"}},
		"other version":               {map[string]string{"a.yaml": strings.Replace(indexHead, "v1", "v1alpha1", 1)}, nil, nil, []string{"Index products (a.yaml), apiVersion: Unreadable: there is no kind Index in hevlayer.com/v1alpha1; Index is of hevlayer.com/v1"}},
		"invalid field":               {map[string]string{"a.yaml": mainStore, "b.yaml": keysSecret + "---\n" + indexHead + "spec: {backend: {}, consistency: weak}\n"}, nil, nil, []string{`Index default/products (b.yaml), spec.consistency: InvalidSpec: Unsupported value: supported values: "eventual", "strong"`}},
		"two objects of one name":     {map[string]string{"a.yaml": mainStore, "b.yaml": keysSecret, "c.yaml": keysSecret}, nil, nil, []string{"Secret default/keys (c.yaml), metadata.name: InvalidSpec: b.yaml holds an object of this kind and name too"}},
		"two of one name in one file": {map[string]string{"a.yaml": mainStore + "---\n" + mainStore, "b.yaml": keysSecret}, nil, nil, []string{"VectorStore default/main (a.yaml), metadata.name: InvalidSpec: a.yaml holds an object of this kind and name too"}},
		"list without items":          {map[string]string{"a.yaml": "apiVersion: v1\nkind: List\n"}, nil, nil, []string{"File a.yaml (a.yaml), : Unreadable: line 1: a List needs items"}},
		"list of no objects":          {map[string]string{"a.yaml": "apiVersion: v1\nkind: List\nitems: [7]\n"}, nil, nil, []string{"File a.yaml (a.yaml), : Unreadable: line 1: items[0] is not an object"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, tt.files)
			got := newTestFolder(t, FolderConfig{Dir: dir}).Read(t.Context())
			if diff := cmp.Diff(tt.want, lines(dir, got.Problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if (got.Table == nil) != (tt.stores == nil) {
				t.Fatalf("table %v", got.Table)
			}
			if got.Table == nil {
				return
			}
			if diff := cmp.Diff(tt.stores, got.Table.StoreNames()); diff != "" {
				t.Errorf("stores (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.routed, got.Table.Routed()); diff != "" {
				t.Errorf("routed (-want +got):\n%s", diff)
			}
			if s := got.Table.Default(); s.Credential.Reveal() != "tpuf_a" {
				t.Errorf("credential is not that of the Secret")
			}
		})
	}
}

// indent makes an object the item of a list.
func indent(object string) string {
	return strings.ReplaceAll(strings.TrimSuffix(object, "\n"), "\n", "\n  ") + "\n"
}

func TestSecretsFromElsewhere(t *testing.T) {
	t.Parallel()
	env := map[string]string{"LAYER_SECRET_KEYS_A": "tpuf_env", "LAYER_SECRET_KEYS_B": "tpuf_env_b"}
	elsewhere := EnvironSecrets(func(name string) string { return env[name] })
	base := []policy.StoreInput{{
		Object: policy.Object{Kind: "VectorStore", Name: "base"}, Kind: policy.KindTurbopuffer, URL: "http://base",
		Credential: policy.SecretInput{Ref: "keys/b"},
	}}
	tests := map[string]struct {
		files map[string]string
		want  string
	}{
		"folder wins":             {map[string]string{"a.yaml": mainStore, "b.yaml": keysSecret}, "tpuf_a"},
		"folder has no such one":  {map[string]string{"a.yaml": mainStore}, "tpuf_env"},
		"folder has another key":  {map[string]string{"a.yaml": mainStore, "b.yaml": secretHead + "stringData: {c: tpuf_c}\n"}, "tpuf_env"},
		"base, folder's secret":   {map[string]string{"b.yaml": keysSecret}, "tpuf_b"},
		"base, elsewhere":         {nil, "tpuf_env_b"},
		"index alone keeps base":  {map[string]string{"a.yaml": indexHead + "spec: {backend: {}}\n"}, "tpuf_env_b"},
		"empty value is no value": {map[string]string{"a.yaml": mainStore, "b.yaml": secretHead + "stringData: {a: ' '}\n"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, tt.files)
			got := newTestFolder(t, FolderConfig{Dir: dir, Base: base, Secrets: elsewhere}).Read(t.Context())
			if tt.want == "" {
				if got.Table != nil || len(got.Problems) != 1 || got.Problems[0].Reason != policy.ReasonCredentialMissing {
					t.Errorf("problems %v", got.Problems)
				}
				return
			}
			if got.Table == nil {
				t.Fatal(got.Problems)
			}
			if credential := got.Table.Default().Credential.Reveal(); credential != tt.want {
				t.Errorf("credential %q, want %q", credential, tt.want)
			}
		})
	}
}

// A reading with a fatal problem has no table, and the table after it builds on the last good one.
func TestBadFileKeepsLastGood(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, map[string]string{
		"a.yaml": strings.Replace(mainStore, "spec: {", "spec: {default: true, ", 1), "b.yaml": keysSecret,
		"c.yaml": strings.NewReplacer("main", "second", "key: a", "key: b").Replace(mainStore),
		"d.yaml": indexHead + "spec: {backend: {storeRef: second, namespace: shop}}\n",
	})
	f := newTestFolder(t, FolderConfig{Dir: dir})
	if u := f.Read(t.Context()); u.Table == nil || len(u.Problems) != 0 {
		t.Fatal(u.Problems)
	}
	put(t, dir, map[string]string{"e.yaml": "["})
	if u := f.Read(t.Context()); u.Table != nil || len(u.Problems) != 1 {
		t.Fatalf("table %v, problems %v", u.Table, u.Problems)
	}
	// Two claims of one namespace: the mapping last in force stays, which only the last good table knows.
	put(t, dir, map[string]string{"e.yaml": strings.Replace(indexHead, "products", "shop", 1) + "spec: {backend: {}}\n"})
	u := f.Read(t.Context())
	if u.Table == nil || len(u.Problems) != 2 {
		t.Fatalf("table %v, problems %v", u.Table, u.Problems)
	}
	if diff := cmp.Diff(map[string]string{"shop": "second"}, u.Table.Routed()); diff != "" {
		t.Errorf("routed (-want +got):\n%s", diff)
	}
}

func TestOddFolders(t *testing.T) {
	t.Parallel()
	base := []policy.StoreInput{{Object: policy.Object{Kind: "VectorStore", Name: "base"}, Kind: policy.KindTurbopuffer, URL: "http://base"}}
	tests := map[string]struct {
		make func(t *testing.T, dir string)
		want []string
	}{
		"missing": {func(t *testing.T, dir string) { remove(t, dir) }, nil},
		"a file": {func(t *testing.T, dir string) {
			remove(t, dir)
			put(t, filepath.Dir(dir), map[string]string{filepath.Base(dir): ""})
		}, []string{"Folder folder (folder), : Unreadable: not a directory"}},
		"link to nothing": {func(t *testing.T, dir string) { link(t, "nowhere", dir+"/a.yaml") }, []string{"File a.yaml (folder/a.yaml), : Unreadable: no such file or directory"}},
		"link to itself": {func(t *testing.T, dir string) {
			link(t, ".", dir+"/loop")
			put(t, dir, map[string]string{"a.yaml": "["})
		}, []string{"File a.yaml (folder/a.yaml), : Unreadable: line 1: is not YAML: did not find expected node content"}},
		"folder with a file's name": {func(t *testing.T, dir string) { put(t, dir, map[string]string{"a.yaml/b.yaml": "["}) }, []string{"File b.yaml (folder/a.yaml/b.yaml), : Unreadable: line 1: is not YAML: did not find expected node content"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent := t.TempDir()
			dir := filepath.Join(parent, "folder")
			if err := os.Mkdir(dir, 0o750); err != nil {
				t.Fatal(err)
			}
			tt.make(t, dir)
			got := newTestFolder(t, FolderConfig{Dir: dir, Base: base}).Read(t.Context())
			if diff := cmp.Diff(tt.want, lines(parent, got.Problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if (got.Table == nil) != (tt.want != nil) {
				t.Errorf("table %v", got.Table)
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func TestIgnoredObjectsAreLoggedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, map[string]string{"a.yaml": "apiVersion: hevlayer.com/v1alpha1\nkind: Agent\nmetadata: {name: helper}\n"})
	var log bytes.Buffer
	f := newTestFolder(t, FolderConfig{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	f.Read(t.Context())
	f.Read(t.Context())
	if got := strings.Count(log.String(), "kind=Agent"); got != 1 || !strings.Contains(log.String(), "name=helper") {
		t.Errorf("%d lines in %s", got, log.String())
	}
}

// An edit of one document of a file leaves the others as they were read.
func TestUnchangedDocumentsAreKept(t *testing.T) {
	t.Parallel()
	d := newTestDecoder(t)
	first := d.file(t.Context(), []byte(mainStore+"---\n"+keysSecret+"---\n"+indexHead+"spec: {backend: {}}\n"), nil)
	second := d.file(t.Context(), []byte("# new\n"+mainStore+"---\n"+keysSecret+"---\n"+indexHead+"spec: {backend: {}}\n"), first)
	var kept []bool
	for i := range second.documents {
		kept = append(kept, second.documents[i].document == first.documents[i].document)
	}
	if diff := cmp.Diff([]bool{false, true, true}, kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if got := second.documents[2].line; got != 11 {
		t.Errorf("the third document starts at line %d", got)
	}
}
