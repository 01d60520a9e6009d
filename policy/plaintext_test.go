package policy

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// Inbound keys are kept as hashes: whatever gets hold of a table finds no key in it. Only a store's own credential is there, and
// only inside a Secret.
func TestTableHoldsNoKey(t *testing.T) {
	t.Parallel()
	const inbound, upstream = "layer_inbound_key", "tpuf_upstream_key"
	credential := func(s *StoreInput) { s.Credential.Value = NewSecret(upstream) }
	table := compiled(t, Input{
		Stores: []StoreInput{
			storeInput("a", isDefault, credential, keys([]string{"k", inbound, "read"}, []string{"l", inbound + "2", "admin"})),
			storeInput("b", credential),
		},
		Indexes: []IndexInput{indexInput("x", "x", "b")},
	})
	var live Live
	live.Put(table)
	live.Put(table)
	w := walk{seen: map[uintptr]bool{}}
	w.value(reflect.ValueOf(&live), "live")
	if w.found(inbound) != nil {
		t.Errorf("an inbound key is in %s", w.found(inbound))
	}
	at := w.found(upstream)
	if len(at) != 2 {
		t.Errorf("the upstream credential is in %s, want the two stores", at)
	}
	for _, path := range at {
		if !strings.HasSuffix(path, "/Credential(policy.Secret)/text") {
			t.Errorf("an upstream credential is in %s", path)
		}
	}
}

// walk collects all text that is reachable from a value, unexported fields and raw bytes included.
type walk struct {
	seen  map[uintptr]bool
	texts [][2]string
}

// found lists the places that hold a text.
func (w *walk) found(text string) (paths []string) {
	for _, at := range w.texts {
		if strings.Contains(at[1], text) {
			paths = append(paths, at[0])
		}
	}
	return paths
}

func (w *walk) value(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.String:
		w.texts = append(w.texts, [2]string{path, v.String()})
	case reflect.Pointer:
		if !v.IsNil() && !w.seen[v.Pointer()] {
			w.seen[v.Pointer()] = true
			w.value(v.Elem(), path)
		}
	case reflect.UnsafePointer:
		// What an atomic.Pointer holds.
		if p := v.UnsafePointer(); p != nil {
			w.value(reflect.NewAt(reflect.TypeFor[state](), p), path)
		}
	case reflect.Interface:
		w.value(v.Elem(), path)
	case reflect.Struct:
		w.fields(v, path)
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			w.value(it.Key(), path+"[]")
			w.value(it.Value(), fmt.Sprintf("%s[%v]", path, it.Key()))
		}
	case reflect.Slice, reflect.Array:
		w.elements(v, path)
	default:
	}
}

func (w *walk) fields(v reflect.Value, path string) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := field.Name
		if field.Type == reflect.TypeFor[Secret]() {
			name += "(policy.Secret)"
		}
		w.value(v.Field(i), path+"/"+name)
	}
}

func (w *walk) elements(v reflect.Value, path string) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		var text strings.Builder
		for i := range v.Len() {
			fmt.Fprintf(&text, "%c", v.Index(i).Uint())
		}
		w.texts = append(w.texts, [2]string{path, text.String()})
		return
	}
	for i := range v.Len() {
		w.value(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}
