package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"hevlayer.com/layer/internal/testkit"
)

// TestDevEmbedded does what a person does first: start, copy the three commands, stop, start again.
func TestDevEmbedded(t *testing.T) {
	t.Parallel()
	g := testkit.Dev(t, testkit.DevOptions{})
	commands := regexp.MustCompile(`(?m)^  (curl .*)$`).FindAllStringSubmatch(g.Layer.Output(), -1)
	if len(commands) != 3 {
		t.Fatalf("the greeting has %d commands, want 3:\n%s", len(commands), g.Layer.Output())
	}
	for i, want := range []string{`"rows_upserted":2`, `"title":"east"`, `{"id":"demo"}`} {
		out, err := exec.Command("sh", "-c", commands[i][1]).CombinedOutput() // #nosec G204 -- the command under test
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v: %s, want %s in it", commands[i][1], err, out, want)
		}
	}
	key := g.Key(t)
	if strings.Contains(g.Layer.Output(), key) {
		t.Error("the greeting shows the key")
	}
	for _, http2 := range []bool{false, true} {
		r := testkit.Do(t, testkit.Request{URL: g.HTTPS + "/v1/namespaces", Key: key, Client: testkit.NewTLSClient(t, g.CA, http2)})
		if want := map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[http2]; r.Status != 200 || r.Proto != want {
			t.Errorf("over TLS: status %d by %s, want 200 by %s", r.Status, r.Proto, want)
		}
	}
	ca, err := os.ReadFile(g.CA)
	if err != nil {
		t.Fatal(err)
	}
	envoys := children(t, g.Layer.PID())
	g.Layer.Signal(t, syscall.SIGINT)
	if code := g.Layer.Wait(t); code != 0 {
		t.Errorf("exit code %d after Ctrl-C, want 0", code)
	}
	gone(t, envoys)

	again := testkit.Dev(t, testkit.DevOptions{Dir: g.Dir})
	if again.Key(t) != key {
		t.Error("a second start makes another key")
	}
	if now, err := os.ReadFile(again.CA); err != nil || string(now) != string(ca) {
		t.Errorf("a second start makes another CA (%v)", err)
	}
	r := testkit.Do(t, testkit.Request{URL: again.HTTP + "/v2/namespaces/demo/query", Key: key, Body: `{"rank_by":["id","asc"],"top_k":9,"include_attributes":true}`})
	if !strings.Contains(r.Body, `"title":"north"`) {
		t.Errorf("documents are not there after a restart: %+v", r)
	}
}

// TestDevEnds checks each way to stop: no process is left behind.
func TestDevEnds(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*testing.T, *testkit.Process, *os.File){
		"SIGTERM": func(t *testing.T, p *testkit.Process, _ *os.File) { p.Signal(t, syscall.SIGTERM) },
		"SIGKILL": func(t *testing.T, p *testkit.Process, _ *os.File) { p.Signal(t, syscall.SIGKILL) },
		"the terminal goes away": func(t *testing.T, _ *testkit.Process, terminal *os.File) {
			if err := terminal.Close(); err != nil {
				t.Fatal(err)
			}
		},
		"Ctrl-C at the terminal": func(t *testing.T, _ *testkit.Process, terminal *os.File) {
			if _, err := terminal.Write([]byte{3}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terminal, tty, err := pty.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = terminal.Close() }()
			plain := testkit.FreeAddress(t)
			p := testkit.Start(t, testkit.Command{
				Path: testkit.Layer(t), TTY: tty,
				Args:        []string{"dev", "--http", plain, "--https", testkit.FreeAddress(t), "--data", t.TempDir()},
				Env:         []string{"LAYER_ENVOY=" + testkit.Envoy(t)},
				SysProcAttr: &syscall.SysProcAttr{Setsid: true, Setctty: true},
			})
			_ = tty.Close()
			(&testkit.Gateway{HTTP: "http://" + plain}).WaitReady(t)
			envoys := children(t, p.PID())
			stop(t, p, terminal)
			p.Wait(t)
			gone(t, envoys)
		})
	}
}

// TestMakeRun starts the gateway as the README says, and takes the terminal away: nothing that make started stays.
func TestMakeRun(t *testing.T) {
	t.Parallel()
	terminal, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	plain := testkit.FreeAddress(t)
	p := testkit.Start(t, testkit.Command{
		Path: "make", Dir: "..", TTY: tty,
		Args:        []string{"run", "ARGS=--http " + plain + " --https " + testkit.FreeAddress(t) + " --data " + t.TempDir()},
		Env:         []string{"LAYER_ENVOY=" + testkit.Envoy(t)},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true, Setctty: true},
	})
	_ = tty.Close()
	(&testkit.Gateway{HTTP: "http://" + plain}).WaitReady(t)
	started := children(t, p.PID())
	layer, err := strconv.Atoi(started[0])
	if err != nil {
		t.Fatal(err)
	}
	started = append(started, children(t, layer)...)
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	p.Wait(t)
	gone(t, started)
}

// TestDevTwice runs two gateways side by side, and refuses what they may not share.
func TestDevTwice(t *testing.T) {
	t.Parallel()
	one, two := testkit.Dev(t, testkit.DevOptions{}), testkit.Dev(t, testkit.DevOptions{})
	if one.Key(t) == two.Key(t) {
		t.Error("two data folders have one key")
	}
	if r := testkit.Do(t, testkit.Request{URL: two.HTTP + "/v1/namespaces", Key: one.Key(t)}); r.Status != 403 {
		t.Errorf("the key of one gateway at the other: status %d, want 403", r.Status)
	}
	for name, args := range map[string][]string{
		"--data: another layer is running":    {"--http", testkit.FreeAddress(t), "--https", testkit.FreeAddress(t), "--data", one.Dir},
		"choose another address with --http":  {"--http", strings.TrimPrefix(one.HTTP, "http://"), "--https", testkit.FreeAddress(t), "--data", t.TempDir()},
		"choose another address with --https": {"--http", testkit.FreeAddress(t), "--https", strings.TrimPrefix(one.HTTPS, "https://"), "--data", t.TempDir()},
	} {
		p := testkit.Start(t, testkit.Command{Path: testkit.Layer(t), Args: append([]string{"dev"}, args...), Env: []string{"LAYER_ENVOY=" + testkit.Envoy(t)}})
		if code := p.Wait(t); code != 1 || !strings.Contains(p.Output(), name) {
			t.Errorf("layer dev %v: exit code %d and %q, want 1 and %q", args, code, p.Output(), name)
		}
	}
}

// TestDevFronts checks what the environment and the resource folder put behind the gateway.
func TestDevFronts(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t, testkit.StoreKey, "tpuf_other")
	t.Run("with a key", func(t *testing.T) {
		t.Parallel()
		g := testkit.InFront(t, u)
		if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: testkit.StoreKey}); r.Status != 200 {
			t.Errorf("the store's key: %+v", r)
		}
		if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: "tpuf_other"}); r.Status != 403 {
			t.Errorf("another key: status %d, want 403", r.Status)
		}
	})
	t.Run("without a key", func(t *testing.T) {
		t.Parallel()
		g := testkit.Dev(t, testkit.DevOptions{Env: []string{"TPUF_URL=" + u.URL}})
		if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: "tpuf_other"}); r.Status != 200 {
			t.Errorf("the caller's key: %+v", r)
		}
		direct := testkit.Do(t, testkit.Request{URL: u.URL + "/v1/namespaces", Key: "nobody"})
		if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: "nobody"}); r.Status != 401 || r.Body != direct.Body {
			t.Errorf("a wrong key: %d %s, want the store's own %d %s", r.Status, r.Body, direct.Status, direct.Body)
		}
	})
	t.Run("resources", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		writeFile(t, dir, "store.yaml", storeYAML("main", u.URL, true)+secretYAML("main", testkit.StoreKey))
		g := testkit.Dev(t, testkit.DevOptions{Resources: dir})
		if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: testkit.StoreKey}); r.Status != 200 {
			t.Errorf("the store's key: %+v", r)
		}
		if _, err := os.Stat(filepath.Join(g.Dir, "store")); err == nil {
			t.Error("the embedded store runs although the folder has a store")
		}
	})
}

// TestDevFrontsTheEnvironmentFirst has a store in the environment and one in the folder: the former is in front, as it says.
func TestDevFrontsTheEnvironmentFirst(t *testing.T) {
	t.Parallel()
	fromEnvironment, fromFolder := testkit.NewUpstream(t), testkit.NewUpstream(t, "key-a")
	dir := t.TempDir()
	writeFile(t, dir, "store.yaml", storeYAML("main", fromFolder.URL, true)+secretYAML("main", "key-a"))
	g := testkit.Dev(t, testkit.DevOptions{Resources: dir, Env: []string{"TPUF_URL=" + fromEnvironment.URL, "TURBOPUFFER_API_KEY=" + testkit.StoreKey}})
	if !strings.Contains(g.Layer.Output(), "in front of "+fromEnvironment.URL) {
		t.Errorf("the greeting names another store:\n%s", g.Layer.Output())
	}
	if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: testkit.StoreKey}); r.Status != 200 {
		t.Errorf("the key of the environment's store: %+v", r)
	}
	if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: "key-a"}); r.Status != 403 {
		t.Errorf("the key of the folder's store: status %d, want 403", r.Status)
	}
}

// TestDevRefusesToStart gives settings that can't work: each ends the start with a message that names it.
func TestDevRefusesToStart(t *testing.T) {
	t.Parallel()
	marked := t.TempDir()
	if err := os.WriteFile(filepath.Join(marked, "draining"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	one := testkit.FreeAddress(t)
	for name, c := range map[string]struct {
		args, env []string
		says      string
	}{
		"a URL without a scheme": {env: []string{"TPUF_URL=127.0.0.1:1"}, says: "TPUF_URL"},
		"one address twice":      {args: []string{"--http", one, "--https", one}, says: "--https"},
		"no address":             {args: []string{"--https="}, says: "--https"},
		"a drain marker":         {args: []string{"--data", marked}, says: filepath.Join(marked, "draining")},
		"no such folder":         {args: []string{"--resources", "nowhere"}, says: "--resources"},
		"no such Envoy":          {env: []string{"LAYER_ENVOY=/nowhere/envoy"}, says: "LAYER_ENVOY"},
		"no Envoy at all":        {env: []string{"LAYER_ENVOY=/bin/false"}, says: "envoy.log"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"dev", "--http", testkit.FreeAddress(t), "--https", testkit.FreeAddress(t), "--data", t.TempDir()}, c.args...)
			p := testkit.Start(t, testkit.Command{Path: testkit.Layer(t), Args: args, Env: append([]string{"LAYER_ENVOY=" + testkit.Envoy(t)}, c.env...)})
			if code := p.Wait(t); code == 0 || !strings.Contains(p.Output(), c.says) {
				t.Errorf("exit code %d and %q, want %q in it", code, p.Output(), c.says)
			}
		})
	}
}

// storeYAML is a VectorStore whose credential is the Secret of the same name.
func storeYAML(name, url string, isDefault bool) string {
	return fmt.Sprintf(`---
apiVersion: hevlayer.com/v1alpha1
kind: VectorStore
metadata: {name: %[1]s}
spec:
  kind: turbopuffer
  default: %[3]t
  endpoint: {url: "%[2]s", region: test}
  credential: {secretRef: {name: %[1]s, key: key}}
`, name, url, isDefault)
}

func secretYAML(name, key string) string {
	return fmt.Sprintf(`---
apiVersion: v1
kind: Secret
metadata: {name: %s}
stringData: {key: %q}
`, name, key)
}

func indexYAML(name, store string) string {
	return fmt.Sprintf(`---
apiVersion: hevlayer.com/v1
kind: Index
metadata: {name: %s}
spec: {backend: {storeRef: %s}}
`, name, store)
}

// writeFile replaces a file as editors do, so that no reader sees half of it.
func writeFile(t *testing.T, dir, name, text string) {
	t.Helper()
	temp := filepath.Join(dir, "."+name+".tmp")
	if err := os.WriteFile(temp, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temp, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// children lists the processes that a process has started.
func children(t *testing.T, pid int) []string {
	t.Helper()
	var out []string
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		if text, err := os.ReadFile(task); err == nil { // #nosec G304
			out = append(out, strings.Fields(string(text))...)
		}
	}
	if len(out) == 0 {
		t.Fatalf("process %d has no children", pid)
	}
	return out
}

// gone waits until processes have ended; one that init has yet to reap counts as ended.
func gone(t *testing.T, pids []string) {
	t.Helper()
	for _, pid := range pids {
		testkit.Eventually(t, "process "+pid+" has ended", func() bool {
			stat, err := os.ReadFile("/proc/" + pid + "/stat") // #nosec G304
			return err != nil || strings.Contains(string(stat), ") Z ")
		})
	}
}
