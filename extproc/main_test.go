package extproc

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hevlayer.com/layer/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Tokens of the tables below.
const (
	upstreamA = "tpuf_a"
	upstreamB = "tpuf_b"
	reader    = "layer_reader"
	writer    = "layer_writer"
	admin     = "layer_admin"
)

// store makes a store that the table accepts.
func store(name, credential string) policy.StoreInput {
	return policy.StoreInput{
		Object: policy.Object{Kind: "VectorStore", Name: name}, Kind: policy.KindTurbopuffer, URL: "https://" + name + ".example",
		Credential: policy.SecretInput{Ref: "keys/" + name, Value: policy.NewSecret(credential)},
	}
}

func compile(t testing.TB, stores []policy.StoreInput, indexes ...policy.IndexInput) *policy.Table {
	t.Helper()
	table, problems := policy.Compile(policy.Input{Stores: stores, Indexes: indexes}, nil)
	if table == nil {
		t.Fatalf("compile: %v", problems)
	}
	return table
}

func entry(name, token, scope string) policy.KeyInput {
	return policy.KeyInput{Name: name, Scopes: []string{scope}, Secret: policy.SecretInput{Ref: "keys/" + name, Value: policy.NewSecret(token)}}
}

func routed(ns, store string) policy.IndexInput {
	return policy.IndexInput{Object: policy.Object{Kind: "Index", Name: ns}, Upstream: ns, Store: store}
}

// mixed is a default store with keys, one that derives them and an open one, each with a namespace, and a namespace whose store
// does not exist.
func mixed(t testing.TB) *policy.Table {
	a, b, open := store("a", upstreamA), store("b", upstreamB), store("open", "tpuf_open")
	a.Default, a.Mode, open.Mode = true, policy.Keys, policy.Open
	a.Keys = []policy.KeyInput{entry("the-reader", reader, "read"), entry("the-writer", writer, "write"), entry("the-admin", admin, "admin")}
	return compile(t, []policy.StoreInput{a, b, open}, routed("in-b", "b"), routed("in-open", "open"), routed("lost", "nowhere"))
}

// passing is a default store without a credential.
func passing(t testing.TB) *policy.Table {
	a := store("a", "")
	a.Credential.Ref = ""
	return compile(t, []policy.StoreInput{a})
}

// watcher is an Observer that remembers.
type watcher struct {
	mu     sync.Mutex
	open   int
	judged []string
}

func (w *watcher) FilterStarted() (done func()) {
	w.add(1)
	return func() { w.add(-1) }
}

func (w *watcher) add(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open += n
}

func (w *watcher) FilterJudged(operation, outcome string, took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if took < 0 {
		outcome += " in less than no time"
	}
	w.judged = append(w.judged, operation+" "+outcome)
}

// filter makes a filter with a table in force, which may be nil.
func filter(table *policy.Table, change ...func(*Config)) (*Server, *watcher) {
	w := &watcher{}
	cfg := Config{
		Live: &policy.Live{}, Draining: func() bool { return false }, MaxBody: 1000,
		Logger: slog.New(slog.DiscardHandler), Observer: w,
	}
	if table != nil {
		cfg.Live.Put(table)
	}
	for _, c := range change {
		c(&cfg)
	}
	return New(cfg), w
}

func draining(c *Config) { c.Draining = func() bool { return true } }
