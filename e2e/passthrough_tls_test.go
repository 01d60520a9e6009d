package e2e

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hevlayer.com/layer/internal/testkit"
)

// TestPassthroughTLS puts stores behind TLS: the given CA and the host's name are what is believed, and HTTP/2 is spoken.
func TestPassthroughTLS(t *testing.T) {
	t.Parallel()
	ours, theirs := testkit.NewAuthority(t), testkit.NewAuthority(t)
	dir, yaml := t.TempDir(), ""
	stores := map[string]*testkit.Upstream{}
	for name, cert := range map[string]tls.Certificate{
		"good":     ours.Issue(t, "127.0.0.1"),
		"named":    ours.Issue(t, "localhost"),
		"foreign":  theirs.Issue(t, "127.0.0.1"),
		"another":  ours.Issue(t, "another.example"),
		"other-ip": ours.Issue(t, "127.0.0.2"),
		"roots":    ours.Issue(t, "127.0.0.1"),
	} {
		u := testkit.NewUpstreamTLS(t, cert, credential(name))
		stores[name] = u
		url := u.URL
		if name == "named" {
			url = strings.Replace(url, "127.0.0.1", "localhost", 1)
		}
		store := storeYAML(name, url, name == "good")
		if name != "roots" {
			store = trusting(store)
		}
		yaml += store + secretYAML(name, credential(name)) + indexYAML(name, name)
	}
	writeFile(t, dir, "all.yaml", yaml+authorityYAML(ours))
	g := testkit.Dev(t, testkit.DevOptions{Resources: dir})
	for name, u := range stores {
		throughTLS(t, g, u, name)
	}
}

// throughTLS writes to one of the stores.
func throughTLS(t *testing.T, g *testkit.Gateway, u *testkit.Upstream, name string) {
	const body = `{"upsert_rows":[{"id":1}]}`
	r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/v2/namespaces/" + name, Key: credential("good"), Body: body})
	received := u.Received()
	host, trusted := map[string]string{"good": "127.0.0.1:", "named": "localhost:"}[name]
	if !trusted {
		if r.Status != 502 || r.Code() != "upstream_error" || r.Header.Get("Content-Type") != "application/json" || len(received) > 0 {
			t.Errorf("%s: %+v, and the store received %+v, want 502 upstream_error and nothing", name, r, received)
		}
		return
	}
	if r.Status != 200 || len(received) != 1 {
		t.Fatalf("%s: %+v, and the store received %+v", name, r, received)
	}
	got := received[0]
	if got.Proto != "HTTP/2.0" || got.Body != body || got.Header.Get("Authorization") != "Bearer "+credential(name) || !strings.HasPrefix(got.Host, host) {
		t.Errorf("%s: the store received %+v", name, got)
	}
}

// TestPassthroughTrailers sends trailers by HTTP/2 all the way: those that are a client's own arrive.
func TestPassthroughTrailers(t *testing.T) {
	t.Parallel()
	received := make(chan http.Header, 1)
	store := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		received <- r.Trailer
		w.Header().Set("Trailer", "X-Checksum")
		_, _ = io.WriteString(w, "{}")
		w.Header().Set("X-Checksum", "1")
	}))
	ca, dir := testkit.NewAuthority(t), t.TempDir()
	store.TLS, store.EnableHTTP2 = &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, "127.0.0.1")}, MinVersion: tls.VersionTLS12}, true
	store.StartTLS()
	t.Cleanup(store.Close)
	writeFile(t, dir, "all.yaml", trusting(storeYAML("main", store.URL, true))+secretYAML("main", testkit.StoreKey)+authorityYAML(ca))
	g := testkit.Dev(t, testkit.DevOptions{Resources: dir})
	for proto, via := range clientsOf(t, g) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, via.URL+"/v2/namespaces/a", io.NopCloser(strings.NewReader("{}")))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+testkit.StoreKey)
		req.Trailer = http.Header{
			"X-Checksum": {"2"}, "X-Layer-Store": {"a"}, "X-Hevlayer-A": {"a"}, "X-Envoy-A": {"a"}, "Cookie": {"a=b"}, "Authorization": {"Bearer a"},
		}
		resp, err := via.Client.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", proto, err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != 200 || string(body) != "{}" {
			t.Errorf("%s: %d %s, %v", proto, resp.StatusCode, body, err)
		}
		got := <-received
		for name, values := range got {
			if len(values) == 0 { // announced, as Go's client does in a header, and not sent
				delete(got, name)
			}
		}
		want := http.Header{}
		// Envoy carries trailers by HTTP/2 only.
		if strings.HasPrefix(proto, "HTTP/2") {
			want["X-Checksum"] = []string{"2"}
			if checksum := resp.Trailer.Get("X-Checksum"); checksum != "1" {
				t.Errorf("%s: the client got the trailers %v", proto, resp.Trailer)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: trailers at the store (-want +got):\n%s", proto, diff)
		}
	}
}

// trusting makes a store verified against the authority of authorityYAML.
func trusting(store string) string {
	return strings.Replace(store, "region: test", "region: test, caSecretRef: {name: ca, key: pem}", 1)
}

func authorityYAML(ca *testkit.Authority) string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Secret\nmetadata: {name: ca}\nstringData: {pem: %q}\n", ca.PEM)
}
