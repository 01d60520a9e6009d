package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hevlayer.com/layer/internal/testkit"
)

// fleet is a gateway in front of a store for each way to judge a caller: main is the default one and has keys of its own, as
// has other; derived takes its upstream credential, and free takes everybody. A namespace of the same name as a store leads
// to it, and lost leads to a store that does not exist.
type fleet struct {
	*testkit.Gateway
	stores map[string]*testkit.Upstream
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{stores: map[string]*testkit.Upstream{}}
	dir := t.TempDir()
	yaml := indexYAML("lost", "gone")
	for name, auth := range map[string]string{
		"main":    keysYAML("read", "write", "admin"),
		"other":   keysYAML("other-read", "other-admin"),
		"derived": "{mode: deriveFromStore}",
		"free":    "{mode: open}",
	} {
		f.stores[name] = testkit.NewUpstream(t, credential(name))
		yaml += storeYAML(name, f.stores[name].URL, name == "main") + "  inboundAuth: " + auth + "\n" + secretYAML(name, credential(name))
		if name != "main" {
			yaml += indexYAML(name, name)
		}
	}
	for _, key := range []string{"read", "write", "admin", "other-read", "other-admin"} {
		yaml += secretYAML("key-"+key, inbound(key))
	}
	writeFile(t, dir, "all.yaml", yaml)
	f.Gateway = testkit.Dev(t, testkit.DevOptions{Resources: dir})
	return f
}

// credential is the upstream key of a store, inbound the text of a client's key.
func credential(store string) string { return "tpuf_credential_of_" + store }
func inbound(key string) string      { return "layer_" + key }

// keysYAML lists keys that grant what the last part of their name says.
func keysYAML(names ...string) string {
	out := "{mode: keys, keys: ["
	for _, name := range names {
		out += fmt.Sprintf("{name: %[1]s, scopes: [%[2]s], secretRef: {name: key-%[1]s, key: key}}, ", name, name[strings.LastIndex(name, "-")+1:])
	}
	return out + "]}"
}

// forget clears what the stores have received.
func (f *fleet) forget() {
	for _, u := range f.stores {
		u.Forget()
	}
}

// received are the requests that reached the stores since the last forget, in the stores' names.
func (f *fleet) received() map[string][]testkit.Received {
	out := map[string][]testkit.Received{}
	for name, u := range f.stores {
		if all := u.Received(); len(all) > 0 {
			out[name] = all
		}
	}
	return out
}

// expectAt checks that the requests since the last forget reached one store ("" for none), and in what number.
func (f *fleet) expectAt(t *testing.T, what, store string, n int) {
	t.Helper()
	got := map[string]int{}
	for name, all := range f.received() {
		got[name] = len(all)
		for _, r := range all {
			if want := []string{"Bearer " + credential(name)}; !slices.Equal(r.Header["Authorization"], want) {
				t.Errorf("%s: store %s received the credential %q, want %q", what, name, r.Header["Authorization"], want)
			}
		}
	}
	want := map[string]int{}
	if store != "" {
		want[store] = n
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: requests at the stores (-want +got):\n%s", what, diff)
	}
}
