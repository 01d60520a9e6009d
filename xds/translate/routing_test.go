package translate_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/proto"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/translate"
)

// arrival is what a server behind Envoy saw of a request.
type arrival struct{ Server, Method, Target, Authorization string }

// answering is a server that answers with what it saw.
func answering(t *testing.T, name string, l net.Listener) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		saw := arrival{name, r.Method, r.RequestURI, r.Header.Get("Authorization")}
		w.Header().Set("Saw", fmt.Sprintf("%s %s", saw.Server, saw.Target))
		_ = json.NewEncoder(w).Encode(saw)
	}))
	if l != nil {
		_ = s.Listener.Close()
		s.Listener = l
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// router is an Envoy that routes as the public listeners do, with nobody judging the requests.
type router struct {
	table  *policy.Table
	socket string
}

// newRouter runs an Envoy in front of the named stores, the first of which is the default, and the gateway.
func newRouter(t *testing.T, stores ...string) *router {
	t.Helper()
	dir := socketDir(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", sockets(t, dir).Gateway)
	if err != nil {
		t.Fatal(err)
	}
	answering(t, "gateway", l)
	c := testCase{Options: optionsCase{HTTP: "127.0.0.1:0"}}
	for i, name := range stores {
		c.Stores = append(c.Stores, storeCase{Name: name, URL: answering(t, name, nil).URL, Credential: "key-of-" + name, Default: i == 0})
	}
	table, _ := policy.Compile(c.input(), nil)
	r, _ := translate.Translate(table, c.options(t))
	rt := &router{table: table, socket: filepath.Join(dir, "http.sock")}
	b := static(t, dir, r)
	b.StaticResources.Listeners = slices.DeleteFunc(b.StaticResources.Listeners, func(l *listenerv3.Listener) bool {
		return l.GetName() != envoy.ListenerHTTP
	})
	public := b.StaticResources.Listeners[0]
	public.Address = &corev3.Address{Address: &corev3.Address_Pipe{Pipe: &corev3.Pipe{Path: rt.socket}}}
	visit(t, public.ProtoReflect(), func(m proto.Message) {
		if m, ok := m.(*hcmv3.HttpConnectionManager); ok {
			m.HttpFilters = slices.DeleteFunc(m.HttpFilters, func(f *hcmv3.HttpFilter) bool {
				return f.GetName() == "envoy.filters.http.ext_proc"
			})
		}
	})
	runEnvoy(t, writeBootstrap(t, dir, b))
	awaitSocket(t, rt.socket)
	return rt
}

// runEnvoy runs an Envoy until the test is over.
func runEnvoy(t testing.TB, bootstrap string) *envoy.Process {
	t.Helper()
	p, err := envoy.Start(envoy.ProcessConfig{Binary: envoyBinary(t), Bootstrap: bootstrap, Concurrency: 1, Output: newOutput(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return p
}

// awaitSocket returns when somebody listens on a Unix socket.
func awaitSocket(t testing.TB, path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("nobody listens on %s: %v", path, err)
		case <-tick.C:
		}
	}
}

// send writes a request line as it is and returns what the server saw, with the status as its name if that was Envoy. named is
// the cluster that the filter names, "" for none; without the filter here, the request itself does.
func (rt *router) send(t *testing.T, method, target, named string) arrival {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "unix", rt.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if named != "" {
		named = envoy.HeaderCluster + ": " + named + "\r\n"
	}
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer of-the-caller\r\n%sConnection: close\r\n\r\n", method, target, named)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	defer func() { _ = resp.Body.Close() }()
	saw := arrival{Server: resp.Status}
	if server, seen, ok := strings.Cut(resp.Header.Get("Saw"), " "); ok {
		saw = arrival{Server: server, Target: seen}
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if saw.Target != "" && len(text) > 0 {
		if err := json.Unmarshal(text, &saw); err != nil {
			t.Fatal(err)
		}
	}
	return saw
}

// want is where a request belongs: an operation that is passed on to the store that the filter names, else the default one.
func (rt *router) want(method, target, named string) string {
	m := policy.Read(method, target)
	if m.Outcome != policy.Matched || m.Operation.Class != policy.Passthrough {
		return "gateway"
	}
	if store, ok := strings.CutPrefix(named, envoy.StoreClusterPrefix); ok {
		return store
	}
	return rt.table.Default().Name
}

// Envoy's routes and the policy's reading of a path agree on every operation and every namespace, near misses included.
func TestEnvoyRoutesAsThePolicyReads(t *testing.T) {
	t.Parallel()
	rt := newRouter(t, "main", "other")
	names := []string{"foobar", "fo", "foo.", "foo-b", "FOO", ".foo", "..foo", "foo..", "scans", "documents", "v2", "query", "namespaces", "metadata", "a-very_long.name-" + strings.Repeat("x", 111)}
	seen := map[string]int{}
	for _, op := range policy.Operations() {
		for _, name := range names {
			path := strings.NewReplacer("{ns}", name, "{token}", "op_1~x", "{id}", "id%2Fwith", "{job}", "7", "{name}", "x").Replace(op.Template)
			for _, query := range []string{"", "?", "?a=b/c?d&prefix=/v2/namespaces/foo/"} {
				seen[rt.check(t, op.Method, path+query, "")]++
				seen[rt.check(t, op.Method, path+query, "store/other")]++
			}
			if !op.Namespaced() {
				break
			}
		}
	}
	for _, server := range []string{"main", "other", "gateway"} {
		if seen[server] == 0 {
			t.Errorf("no request was to go to %s", server)
		}
	}
}

// check sends a request and compares what arrives with what the policy says; it returns the server.
func (rt *router) check(t *testing.T, method, target, named string) string {
	t.Helper()
	want := arrival{Server: rt.want(method, target, named), Method: method, Target: target, Authorization: "Bearer of-the-caller"}
	if want.Server != "gateway" {
		want.Authorization = "Bearer key-of-" + want.Server
	}
	if op := policy.Read(method, target).Operation; op != nil && op.Upstream != "" {
		want.Target = "/v2/" + strings.TrimPrefix(target, "/v1/")
	}
	compare(t, method+" "+target, want, rt.send(t, method, target, named))
	return want.Server
}

// No spelling of a path gets a request to a store where the policy does not read the operation; Envoy may refuse it itself.
func TestTricksReachNoStore(t *testing.T) {
	t.Parallel()
	rt := newRouter(t, "main", "other")
	for _, target := range []string{
		"/", "//", "*", "/v1", "/v2/", "/v2/namespaces", "/v2/namespaces/", "/v2/namespaces//query", "/v2//namespaces/foo/query",
		"/v2/namespaces/foo/", "/v2/namespaces/foo//query", "/v2/namespaces/foo/query/", "/v2/namespaces/foo/query/x",
		"/v2/namespaces/./query", "/v2/namespaces/../query", "/v2/namespaces/foo/../bar/query", "/v2/namespaces/foo/./query",
		"/v2/namespaces/f%6fo/query", "/v2/namespaces/foo%2Fquery", "/v2/namespaces/foo%3F/query", "/v2/namespaces/foo/qu%65ry",
		"/V2/namespaces/foo/query", "/v2/Namespaces/foo/query", "/v1/namespaces/foo", "/v1/namespaces/foo?x=/metadata",
		"/v2/namespaces/foo;x/", "/v2/namespaces/foo#/query", "/v1/namespaces/foo/operations/..", "/v1/namespaces/foo/operations/a%2Fb",
		"/v3/namespaces/foo/query", "/v2/namespaces/foo/query;x", "/x/v2/namespaces/foo/query",
	} {
		for _, method := range []string{"GET", "POST", "DELETE", "PATCH", "PUT", "HEAD", "OPTIONS", "get", "post", "WRITE"} {
			// A fragment is a part of the path to the policy; Envoy lets none in.
			if want := rt.want(method, target, ""); want != "gateway" && !strings.Contains(target, "#") {
				t.Fatalf("%s %s is no trick: it belongs to %s", method, target, want)
			}
			if saw := rt.send(t, method, target, "store/other"); saw.Server != "gateway" && !strings.HasPrefix(saw.Server, "4") && !strings.HasPrefix(saw.Server, "501") {
				t.Errorf("%s %s reached %s", method, target, saw.Server)
			}
		}
	}
}

// A HEAD request goes where the GET would, and another method of the same path does not.
func TestHeadFollowsGet(t *testing.T) {
	t.Parallel()
	rt := newRouter(t, "main", "other")
	for _, target := range []string{"/v1/namespaces?prefix=a", "/v1/namespaces/foo/metadata", "/v2/namespaces/foo/metadata"} {
		for _, method := range []string{"GET", "HEAD", "PUT"} {
			for _, named := range []string{"", "store/other"} {
				compare(t, method+" "+target, rt.want(method, target, named), rt.send(t, method, target, named).Server)
			}
		}
	}
}
