package devstore

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// answersOf is everything that a client can read of the namespaces that makeData makes.
func answersOf(c *client) map[string]string {
	c.t.Helper()
	out := map[string]string{}
	get := func(path string) { out[path] = c.do("GET", path, "").body }
	get("/v1/namespaces")
	for _, ns := range []string{"zoo", "text-ids", "copied", "pinned", "gone", "empty"} {
		get("/v1/namespaces/" + ns + "/metadata")
		get("/v1/namespaces/" + ns + "/schema")
		for _, q := range []string{
			`{"rank_by":["id","asc"],"limit":1000,"include_attributes":true}`,
			`{"rank_by":["vector","ANN",[0.3,0.4]],"limit":5,"include_attributes":["vector"]}`,
			`{"rank_by":["text","BM25","black cat"],"limit":5}`,
			`{"rank_by":["age","desc"],"limit":5,"filters":["kind","In",["cat","dog"]]}`,
			`{"aggregate_by":{"n":["Count"],"s":["Sum","age"]},"group_by":["kind"]}`,
		} {
			a := c.query(ns, q)
			out[ns+q] = fmt.Sprint(a.status, a.member("rows"), a.member("aggregation_groups"), a.member("error"), a.member("billing"))
		}
	}
	return out
}

func makeData(t *testing.T, dir string) (*client, *Store) {
	t.Helper()
	s, err := Open(Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c := clientOf(t, s)
	c.write("zoo", `{"distance_metric":"euclidean_squared","schema":{"text":{"type":"string","full_text_search":{"stemming":true,"k1":1.5}}},
		"upsert_rows":[
		{"id":1,"vector":[0.1,0.2],"kind":"cat","age":3,"text":"black cats","float":1.10e+2,"s":"a\u0041é\"\\","list":[1, 2.50,9007199254740993]},
		{"id":18446744073709551615,"vector":[3,-3.3333333],"kind":"owl","text":"grey owl","big":9007199254740993},
		{"id":5,"kind":"dog","age":1}]}`).ok()
	c.write("zoo", `{"upsert_rows":[{"id":6,"kind":"x"}],"deletes":[5],"schema":{"half":"[2]f16"}}`).ok()
	c.write("zoo", `{"patch_rows":[{"id":6,"kind":"dog","half":[0.1,0.2]}]}`).ok()
	c.write("text-ids", `{"upsert_columns":{"id":["b","a","ü"],"kind":["cat","dog",null]}}`).ok()
	c.write("copied", `{"copy_from_namespace":"zoo"}`).ok()
	c.write("pinned", `{"sharding":{"num_shards":2},"schema":{"id":"uuid","x":{"type":"string","glob":true,"filterable":false}}}`).ok()
	c.do("PATCH", "/v1/namespaces/pinned/metadata", `{"pinning":{"replicas":2},"read_only":true}`).ok()
	c.write("gone", `{"upsert_rows":[{"id":1}]}`).ok()
	c.do("DELETE", "/v2/namespaces/gone", "").ok()
	c.write("empty", `{"upsert_rows":[{"id":1,"a":"x"}]}`).ok()
	c.write("empty", `{"deletes":[1]}`).ok()
	return c, s
}

func TestReopenGivesTheSameAnswers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, s := makeData(t, dir)
	before := answersOf(c)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, "answers", answersOf(newClient(t, Config{DataDir: dir})), before)
}

// TestCrashKeepsAcknowledgedWrites copies the file while the store is open, as it is when the process dies.
func TestCrashKeepsAcknowledgedWrites(t *testing.T) {
	t.Parallel()
	dir, copied := t.TempDir(), t.TempDir()
	c, s := makeData(t, dir)
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	same(t, "answers", answersOf(newClient(t, Config{DataDir: copied})), answersOf(c))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestClosedStoreRefusesWrites(t *testing.T) {
	t.Parallel()
	c, s := makeData(t, t.TempDir())
	before := c.rows("zoo")
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	c.write("zoo", `{"deletes":[1]}`).refused(503, "the store is closed")
	c.write("new", `{"upsert_rows":[{"id":1}]}`).refused(503, "the store is closed")
	c.do("DELETE", "/v2/namespaces/zoo", "").refused(503, "the store is closed")
	same(t, "rows", c.rows("zoo"), before)
	same(t, "new", c.query("new", `{}`).status, 404)
}

func TestDirectoryInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = Open(Config{DataDir: dir})
	if err == nil || !strings.Contains(err.Error(), "in use by another process") || !strings.Contains(err.Error(), filepath.Join(dir, diskFile)) {
		t.Errorf("got %v", err)
	}
}

// TestBadFiles wants an error that names the file, whatever is wrong with it.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, s := makeData(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, diskFile))
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	files := map[string][]byte{
		"text":        []byte(strings.Repeat("not a database\n", 5000)),
		"short text":  []byte("not a database"),
		"overwritten": append(append([]byte{}, good[:2*page]...), make([]byte, len(good)-2*page)...),
	}
	for _, size := range []int{page / 2, page, 2 * page, 3 * page, 5 * page} {
		files[fmt.Sprintf("cut at %d", size)] = good[:size]
	}
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), diskFile)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(Config{DataDir: filepath.Dir(path)})
			if err == nil {
				t.Errorf("opened; close: %v", s.Close())
			} else if !strings.Contains(err.Error(), path) {
				t.Errorf("error does not name the file: %v", err)
			}
		})
	}
}

func TestForeignDatabases(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fill func(*bolt.Tx) error
		want string
	}{
		"another program's": {func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("etcd")); return err }, "not a development store's file"},
		"another format": {func(tx *bolt.Tx) error {
			if err := prepare(tx); err != nil {
				return err
			}
			return tx.Bucket(bucketFormat).Put(keyFormat, []byte("layer-devstore-9"))
		}, `format is "layer-devstore-9"`},
		"bad metadata": {namespaceOf(`{`, `{"id":1}`), "namespace n: metadata"},
		"bad type":     {namespaceOf(`{"schema":{"a":{"type":"blob"}}}`, `{"id":1}`), "invalid type `blob`"},
		"bad row":      {namespaceOf(`{}`, `{"id":1`), "namespace n: row"},
		"no id":        {namespaceOf(`{}`, `{}`), "invalid document id"},
		"bad vector":   {namespaceOf(`{"schema":{"v":{"type":"[2]f32"}}}`, `{"id":1,"v":"AAAA"}`), "bad vector"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), diskFile)
			db, err := bolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Update(tc.fill); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			_, err = Open(Config{DataDir: filepath.Dir(path)})
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %q and the path", err, tc.want)
			}
		})
	}
}

func namespaceOf(meta, row string) func(*bolt.Tx) error {
	return func(tx *bolt.Tx) error {
		if err := prepare(tx); err != nil {
			return err
		}
		b, err := tx.Bucket(bucketNamespaces).CreateBucket([]byte("n"))
		if err != nil {
			return err
		}
		if err := b.Put(keyMeta, []byte(meta)); err != nil {
			return err
		}
		rows, err := b.CreateBucket(bucketRows)
		if err != nil {
			return err
		}
		return rows.Put(diskKey(docID{n: 1}), []byte(row))
	}
}

func TestUnusableDirectory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{DataDir: file}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
}
