package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The two stores of the Index measurements. Requests carry the key of the first, which is the default store.
const (
	firstStore  = "first"
	secondStore = "second"
	firstKey    = "tpuf_first"
	secondKey   = "tpuf_second"
)

const storeResources = `apiVersion: v1
kind: Secret
metadata: {name: %[1]s-key, namespace: default}
stringData: {key: %[2]s}
---
apiVersion: hevlayer.com/v1alpha1
kind: VectorStore
metadata: {name: %[1]s, namespace: default}
spec:
  kind: turbopuffer
  default: %[4]t
  endpoint: {url: "%[3]s", region: local}
  credential: {secretRef: {name: %[1]s-key, key: key}}
---
`

const indexResource = `apiVersion: hevlayer.com/v1
kind: Index
metadata: {name: %[1]s, namespace: default}
spec: {backend: {storeRef: %[2]s, namespace: %[1]s}}
---
`

// resources is a folder of YAML files that `layer dev` watches.
type resources struct {
	dir     string
	staging string // beside the folder, so that a file appears in it complete
}

func (l *lab) newResources(first, second *upstream, indexes int) (resources, error) {
	name := filepath.Join(l.dir, fmt.Sprintf("resources-%d", l.serial()))
	r := resources{dir: name, staging: name + ".staging"}
	if err := os.Mkdir(r.dir, 0o700); err != nil {
		return r, fmt.Errorf("create the resource folder: %w", err)
	}
	err := r.write("stores.yaml", func(w io.Writer) error {
		if _, err := fmt.Fprintf(w, storeResources, firstStore, first.key, first.url(), true); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, storeResources, secondStore, second.key, second.url(), false)
		return err
	})
	if err != nil || indexes == 0 {
		return r, err
	}
	err = r.write("indexes.yaml", func(w io.Writer) error { return writeIndexes(w, indexes) })
	if err != nil {
		return r, err
	}
	return r, r.editIndex(firstStore)
}

// writeIndexes writes n Index objects that each send a namespace to the second store.
func writeIndexes(w io.Writer, n int) error {
	for i := range n {
		if _, err := fmt.Fprintf(w, indexResource, indexedNamespace(i), secondStore); err != nil {
			return err
		}
	}
	return nil
}

func indexedNamespace(i int) string { return fmt.Sprintf("indexed-%06d", i) }

// editedNamespace is routed by the Index that is edited. It has a file of its own, as a person's edit would
// touch one small file and not rewrite all of them.
const editedNamespace = "edited"

// editIndex makes the store that the edited namespace is sent to.
func (r resources) editIndex(store string) error {
	return r.write("edited.yaml", func(w io.Writer) error {
		_, err := fmt.Fprintf(w, indexResource, editedNamespace, store)
		return err
	})
}

// write replaces a file of the folder in one step.
func (r resources) write(name string, fill func(io.Writer) error) error {
	f, err := os.Create(r.staging)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	w := bufio.NewWriter(f)
	if err := fill(w); err != nil {
		_ = f.Close() // the write error is the one to report
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := w.Flush(); err != nil {
		_ = f.Close() // the write error is the one to report
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("close %s: %w", name, err)
	}
	if err := os.Rename(r.staging, filepath.Join(r.dir, name)); err != nil {
		return fmt.Errorf("put %s in place: %w", name, err)
	}
	return nil
}
