package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"hevlayer.com/layer/internal/testkit"
)

// problem is a line of /v2/config/problems.
type problem struct{ Kind, Name, File, Field, Reason, Message string }

func problems(t *testing.T, g *testkit.Gateway, key string) []problem {
	t.Helper()
	r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/v2/config/problems", Key: key})
	var body struct{ Problems []problem }
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil || r.Status != 200 {
		t.Fatalf("problems: %v: %+v", err, r)
	}
	return body.Problems
}

// TestReload edits stores, Index objects and Secrets under load: each edit is live without a restart, and no request fails.
func TestReload(t *testing.T) {
	t.Parallel()
	a, b := testkit.NewUpstream(t, "key-a", "key-a2"), testkit.NewUpstream(t, "key-b")
	dir := t.TempDir()
	writeFile(t, dir, "stores.yaml", storeYAML("a", a.URL, true)+storeYAML("b", b.URL, false))
	writeFile(t, dir, "secrets.yaml", secretYAML("a", "key-a")+secretYAML("b", "key-b"))
	g := testkit.Dev(t, testkit.DevOptions{Resources: dir})
	ask := func(namespace, key string) testkit.Response {
		return testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces/" + namespace + "/metadata", Key: key})
	}
	for _, u := range []*testkit.Upstream{a, b} {
		u.Fail(testkit.Fault{Method: "GET", PathContains: "/metadata", Status: 200, Body: u.URL})
	}
	// An answer that takes longer than all the edits below.
	a.Fail(testkit.Fault{PathContains: "/slow/", DelayMS: 3000, Status: 200, Body: "slow"}, testkit.Fault{Method: "GET", PathContains: "/metadata", Status: 200, Body: a.URL})
	slow := make(chan testkit.Response, 1)
	go func() {
		r, _ := testkit.Try(t, testkit.Request{URL: g.HTTP + "/v1/namespaces/slow/metadata", Key: "key-a"})
		slow <- r
	}()
	load := testkit.StartLoad(t, 4, testkit.Request{URL: g.HTTP + "/v1/namespaces/other/metadata", Key: "key-a"}, func(r testkit.Response) bool {
		return r.Status == 200 && r.Body == a.URL
	})

	writeFile(t, dir, "index.yaml", indexYAML("docs", "b"))
	testkit.Eventually(t, "namespace docs is at store b", func() bool { return ask("docs", "key-b").Body == b.URL })
	if r := ask("docs", "key-b"); r.Status != 200 {
		t.Errorf("store b by its own key: %+v", r)
	}
	writeFile(t, dir, "index.yaml", indexYAML("docs", "a"))
	testkit.Eventually(t, "namespace docs is at store a again", func() bool { return ask("docs", "key-a").Body == a.URL })
	if bad := load.Stop(); len(bad) > 0 {
		t.Errorf("requests failed during edits: %v", bad)
	}

	writeFile(t, dir, "secrets.yaml", secretYAML("a", "key-a2")+secretYAML("b", "key-b"))
	testkit.Eventually(t, "the new key is good", func() bool { return ask("other", "key-a2").Status == 200 })
	if r := ask("other", "key-a"); r.Status != 403 {
		t.Errorf("the old key: status %d, want 403", r.Status)
	}
	testkit.Eventually(t, "the store gets the new key", func() bool {
		ask("other", "key-a2")
		return a.Last().Header.Get("Authorization") == "Bearer key-a2"
	})
	moved := storeYAML("a", b.URL, true) + storeYAML("b", b.URL, false)
	writeFile(t, dir, "stores.yaml", moved)
	testkit.Eventually(t, "store a is at its new address", func() bool { return ask("other", "key-a2").Body == b.URL })
	if r := <-slow; r.Status != 200 || r.Body != "slow" {
		t.Errorf("the request in flight during the edits: %+v", r)
	}
}

// TestReloadBad makes mistakes in the folder: each is named, and what was good stays in force.
func TestReloadBad(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t, "key-a")
	dir := t.TempDir()
	good := storeYAML("a", u.URL, true) + secretYAML("a", "key-a")
	writeFile(t, dir, "store.yaml", good)
	g := testkit.Dev(t, testkit.DevOptions{Resources: dir})
	for name, c := range map[string]struct{ text, field, reason string }{
		"no YAML":            {"{", "", "Unreadable"},
		"an unknown field":   {strings.Replace(good, "region: test", "region: test, regoin: x", 1), "spec.endpoint.regoin", ""},
		"a bad URL":          {strings.Replace(good, u.URL, "ftp://example.com", 1), "spec.endpoint.url", ""},
		"no such Secret":     {strings.Replace(good, "name: a, key: key", "name: zz, key: key", 1), "spec.credential.secretRef", "CredentialMissing"},
		"two default stores": {good + storeYAML("b", u.URL, true) + secretYAML("b", "x"), "spec.default", "DuplicateDefault"},
	} {
		writeFile(t, dir, "store.yaml", c.text)
		testkit.Eventually(t, "the problem is reported: "+name, func() bool {
			for _, p := range problems(t, g, "key-a") {
				if strings.HasSuffix(p.File, "store.yaml") && p.Field == c.field && (c.reason == "" || p.Reason == c.reason) && p.Message != "" {
					return true
				}
			}
			return false
		})
		if r := testkit.Do(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: "key-a"}); r.Status != 200 {
			t.Errorf("%s: the last good configuration is gone: %+v", name, r)
		}
	}
	writeFile(t, dir, "store.yaml", good)
	testkit.Eventually(t, "no problem is left", func() bool { return len(problems(t, g, "key-a")) == 0 })
}

// TestDevWaitsForResources starts on a folder that is wrong: the gateway is not ready until it is mended.
func TestDevWaitsForResources(t *testing.T) {
	t.Parallel()
	u := testkit.NewUpstream(t, "key-a")
	dir := t.TempDir()
	writeFile(t, dir, "store.yaml", storeYAML("a", u.URL, true))
	g := testkit.Dev(t, testkit.DevOptions{Resources: dir, NotReady: true})
	testkit.Eventually(t, "the missing Secret is logged", func() bool { return strings.Contains(g.Layer.Output(), "CredentialMissing") })
	if _, err := testkit.Try(t, testkit.Request{URL: g.HTTP + "/v1/namespaces", Key: "key-a"}); err == nil {
		t.Error("a gateway without configuration answers")
	}
	writeFile(t, dir, "secret.yaml", secretYAML("a", "key-a"))
	g.WaitReady(t)
}
