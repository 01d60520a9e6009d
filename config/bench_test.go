package config

import (
	"fmt"
	"strings"
	"testing"

	apiv1 "hevlayer.com/layer/api/v1"
)

// manyIndexes is a file of n Indexes that are all sent to the second store.
func manyIndexes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "apiVersion: %s\nkind: Index\nmetadata:\n  name: index-%06d\n  namespace: default\nspec:\n  backend:\n    storeRef: second\n    namespace: Shop/Products-%06d\n---\n",
			apiv1.GroupVersion, i, i)
	}
	return b.String()
}

func BenchmarkDecode(b *testing.B) {
	for _, kind := range []string{"Index", "VectorStore", "Secret"} {
		b.Run(kind, func(b *testing.B) {
			text := map[string]string{"Index": manyIndexes(1), "VectorStore": mainStore, "Secret": keysSecret}[kind]
			d := newTestDecoder(b)
			b.ReportAllocs()
			for b.Loop() {
				if doc := d.decode(b.Context(), []byte(text)); len(doc.resources) != 1 {
					b.Fatal(doc.findings)
				}
			}
		})
	}
}

// BenchmarkRead times the readings that an operator waits for: the first, and those after an edit beside and in a big file.
func BenchmarkRead(b *testing.B) {
	const n = 100_000
	dir := b.TempDir()
	big := manyIndexes(n)
	put(b, dir, map[string]string{"indexes.yaml": big, "stores.yaml": stores()})
	read := func(b *testing.B, f *Folder) {
		b.Helper()
		if u := f.Read(b.Context()); u.Table == nil || len(u.Table.Routed()) < n {
			b.Fatal(u.Problems)
		}
	}
	f := newTestFolder(b, FolderConfig{Dir: dir})
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			f = newTestFolder(b, FolderConfig{Dir: dir})
			read(b, f)
		}
	})
	edited := func(b *testing.B, edit func(i int) map[string]string) {
		b.Helper()
		read(b, f)
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			put(b, dir, edit(i))
			b.StartTimer()
			read(b, f)
		}
	}
	b.Run("edit of another file", func(b *testing.B) {
		edited(b, func(i int) map[string]string {
			return map[string]string{"one.yaml": shop("second") + fmt.Sprintf("# %d\n", i)}
		})
	})
	b.Run("edit in the big file", func(b *testing.B) {
		edited(b, func(i int) map[string]string {
			return map[string]string{"indexes.yaml": strings.Replace(big, "Products-000007", fmt.Sprintf("Edit-%d", i), 1)}
		})
	})
	b.Run("nothing new", func(b *testing.B) {
		for b.Loop() {
			read(b, f)
		}
	})
}
