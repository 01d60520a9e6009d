package testkit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Gateway is a running gateway with its Envoy.
type Gateway struct {
	// HTTP and HTTPS are its base URLs, CA the file to verify the latter with ("" without TLS).
	HTTP, HTTPS, CA string
	// Dir is its data folder, AccessLog the file of its access log.
	Dir, AccessLog string
	// Layer is the program; Envoy is its own process only for Split.
	Layer, Envoy *Process
	// Args are what Layer was started with.
	Args []string
	env  []string
}

// DevOptions are what a test wants of "layer dev".
type DevOptions struct {
	Env       []string
	Resources string
	Dir       string
	// NotReady does not wait for the ready line.
	NotReady bool
}

// ReadyLine is what the program says when it is ready.
const ReadyLine = "layer: ready on"

// Dev starts "layer dev" on free ports.
func Dev(t *testing.T, o DevOptions) *Gateway {
	t.Helper()
	g := &Gateway{Dir: o.Dir}
	if g.Dir == "" {
		g.Dir = filepath.Join(t.TempDir(), "data")
	}
	plain, secure := FreeAddress(t), FreeAddress(t)
	g.HTTP, g.HTTPS = "http://"+plain, "https://"+secure
	g.CA, g.AccessLog = filepath.Join(g.Dir, "ca", "ca.pem"), filepath.Join(g.Dir, "logs", "access.jsonl")
	g.Args = []string{"dev", "--http", plain, "--https", secure, "--data", g.Dir}
	if o.Resources != "" {
		g.Args = append(g.Args, "--resources", o.Resources)
	}
	ready := ReadyLine
	if o.NotReady {
		ready = ""
	}
	t.Cleanup(func() { showLog(t, filepath.Join(g.Dir, "logs", "envoy.log")) })
	g.Layer = Start(t, Command{Path: Layer(t), Args: g.Args, Env: append([]string{"LAYER_ENVOY=" + Envoy(t)}, o.Env...), Ready: ready})
	return g
}

// InFront starts "layer dev" in front of a store, with the store's key as the inbound one.
func InFront(t *testing.T, u *Upstream, env ...string) *Gateway {
	t.Helper()
	return Dev(t, DevOptions{Env: append([]string{"TPUF_URL=" + u.URL, "TURBOPUFFER_API_KEY=" + StoreKey}, env...)})
}

// Key reads the key of the embedded store.
func (g *Gateway) Key(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(g.Dir, "api-key"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// Split starts "layer gateway" and an Envoy as two processes, so that a test can end one of them.
func Split(t *testing.T, u *Upstream, env ...string) *Gateway {
	t.Helper()
	dir := shortDir(t)
	plain := FreeAddress(t)
	g := &Gateway{HTTP: "http://" + plain, Dir: dir, AccessLog: filepath.Join(dir, "access.jsonl")}
	g.Args = []string{"gateway", "--socket-dir", dir, "--http", plain, "--access-log", g.AccessLog}
	env = append([]string{"TPUF_URL=" + u.URL, "TURBOPUFFER_API_KEY=" + StoreKey, "LAYER_DRAIN_MARKER_PATH=" + filepath.Join(dir, "draining")}, env...)
	bootstrap := Start(t, Command{Path: Layer(t), Args: []string{"bootstrap", "--socket-dir", dir, "--node-id", "test"}})
	if code := bootstrap.Wait(t); code != 0 {
		t.Fatalf("layer bootstrap: exit code %d: %s", code, bootstrap.Output())
	}
	config := filepath.Join(dir, "envoy.json")
	if err := os.WriteFile(config, []byte(bootstrap.Output()), 0o600); err != nil {
		t.Fatal(err)
	}
	g.Layer = Start(t, Command{Path: Layer(t), Args: g.Args, Env: env})
	g.Envoy = Start(t, Command{Path: Envoy(t), Args: []string{
		"--config-path", config, "--use-dynamic-base-id", "--concurrency", "2", "--log-level", "warning", "--component-log-level", "ext_proc:error", "--file-flush-interval-msec", "100",
	}})
	g.env = env
	g.WaitReady(t)
	return g
}

// Restart starts Layer again after it has ended, with the same settings.
func (g *Gateway) Restart(t *testing.T) {
	t.Helper()
	g.Layer = Start(t, Command{Path: Layer(t), Args: g.Args, Env: g.env})
	g.WaitReady(t)
}

// WaitReady waits until the gateway says that it is ready.
func (g *Gateway) WaitReady(t *testing.T) {
	t.Helper()
	Eventually(t, "the gateway is ready", func() bool {
		resp, err := Try(t, Request{URL: g.HTTP + "/ready"})
		return err == nil && resp.Status == 200
	})
}

// shortDir is a temporary folder whose path leaves room for the name of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lyr")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func showLog(t *testing.T, path string) {
	if !t.Failed() {
		return
	}
	if text, err := os.ReadFile(path); err == nil { // #nosec G304
		t.Logf("%s:\n%s", filepath.Base(path), tail(string(text)))
	}
}
