package config

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hevlayer.com/layer/policy"
)

// spec fills in what the stores of the tests have in common.
func spec(in policy.StoreInput) policy.StoreInput {
	in.Kind, in.Mode = policy.KindTurbopuffer, policy.DeriveFromStore
	return in
}

// standard is the one store of TPUF_URL or the region.
func standard(url, region, key string) []policy.StoreInput {
	in := spec(policy.StoreInput{
		Object: policy.Object{Kind: "VectorStore", Name: "turbopuffer-default"}, Default: true, URL: url, Region: region,
	})
	if !strings.HasSuffix(url, ".turbopuffer.com") {
		in.File = "TPUF_URL"
	}
	if key != "" {
		in.Credential = policy.SecretInput{Ref: "TURBOPUFFER_API_KEY", Value: policy.NewSecret(key)}
	}
	return []policy.StoreInput{in}
}

func TestStandalone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, map[string]string{"store.yaml": mainStore, "two.yaml": mainStore + "---\n" + mainStore, "bad.yaml": "["})
	file := func(name string) string { return filepath.Join(dir, name) }
	object := func(name, source string) policy.Object {
		return policy.Object{Kind: "VectorStore", Name: name, File: source}
	}
	const specJSON = `{"kind":"turbopuffer","endpoint":{"url":"http://a","region":"r"}}`
	plain := func(name, source string) policy.StoreInput {
		return spec(policy.StoreInput{Object: object(name, source), URL: "http://a", Region: "r"})
	}
	mainOf := func(source, key string) []policy.StoreInput {
		return []policy.StoreInput{spec(policy.StoreInput{
			Object: object("main", source), URL: "https://a.example", Region: "r",
			Credential: policy.SecretInput{Ref: "keys/a", Value: policy.NewSecret(key)},
		})}
	}
	tests := map[string]struct {
		env   map[string]string
		want  []policy.StoreInput
		fault string
		named bool
		warns bool
	}{
		"nothing":            {env: nil, want: standard("https://aws-us-east-1.turbopuffer.com", "aws-us-east-1", "")},
		"region":             {env: map[string]string{"TURBOPUFFER_REGION": " gcp-us-central1 "}, want: standard("https://gcp-us-central1.turbopuffer.com", "gcp-us-central1", "")},
		"key":                {env: map[string]string{"TURBOPUFFER_API_KEY": " tpuf_k\n"}, want: standard("https://aws-us-east-1.turbopuffer.com", "aws-us-east-1", "tpuf_k"), named: true},
		"url":                {env: map[string]string{"TPUF_URL": " http://127.0.0.1:1 "}, want: standard("http://127.0.0.1:1", "aws-us-east-1", ""), named: true},
		"blank url":          {env: map[string]string{"TPUF_URL": " "}, want: standard("https://aws-us-east-1.turbopuffer.com", "aws-us-east-1", "")},
		"url, region, key":   {env: map[string]string{"TPUF_URL": "http://a", "TURBOPUFFER_REGION": "r", "TURBOPUFFER_API_KEY": "k"}, want: standard("http://a", "r", "k"), named: true},
		"file":               {env: map[string]string{"LAYER_STORE_FILE": file("store.yaml")}, want: mainOf(file("store.yaml"), ""), named: true},
		"file with a secret": {env: map[string]string{"LAYER_STORE_FILE": file("store.yaml"), "LAYER_SECRET_KEYS_A": " tpuf_a "}, want: mainOf(file("store.yaml"), "tpuf_a"), named: true},
		"file wins":          {env: map[string]string{"LAYER_STORE_FILE": file("store.yaml"), "LAYER_STORE_JSON": "{", "TPUF_URL": "http://b"}, want: mainOf(file("store.yaml"), ""), named: true},
		"map":                {env: map[string]string{"LAYER_STORE_JSON": `{"b":` + specJSON + `,"a":` + specJSON + `}`, "TPUF_URL": "http://b"}, want: []policy.StoreInput{plain("a", "LAYER_STORE_JSON"), plain("b", "LAYER_STORE_JSON")}, named: true},
		"list":               {env: map[string]string{"LAYER_STORE_JSON": `{"items":[{"metadata":{"name":"a"},"spec":` + specJSON + `}]}`}, want: []policy.StoreInput{plain("a", "LAYER_STORE_JSON")}, named: true},
		"deprecated name":    {env: map[string]string{"LAYER_STORES_JSON": `{"a":` + specJSON + `}`}, want: []policy.StoreInput{plain("a", "LAYER_STORES_JSON")}, named: true, warns: true},
		"new name wins":      {env: map[string]string{"LAYER_STORES_JSON": `{"a":` + specJSON + `}`, "LAYER_STORE_JSON": `{"b":` + specJSON + `}`}, want: []policy.StoreInput{plain("b", "LAYER_STORE_JSON")}, named: true},
		"bad url":            {env: map[string]string{"TPUF_URL": "127.0.0.1:1"}, fault: "VectorStore turbopuffer-default (TPUF_URL): spec.endpoint.url: InvalidSpec", named: true},
		"no store":           {env: map[string]string{"LAYER_STORE_JSON": `{}`}, fault: "read LAYER_STORE_JSON: holds no VectorStore", named: true},
		"no items":           {env: map[string]string{"LAYER_STORE_JSON": `{"items":[]}`}, fault: "holds no VectorStore", named: true},
		"no such file":       {env: map[string]string{"LAYER_STORE_FILE": file("none.yaml")}, fault: "read LAYER_STORE_FILE: open " + file("none.yaml"), named: true},
		"bad file":           {env: map[string]string{"LAYER_STORE_FILE": file("bad.yaml")}, fault: "Unreadable: line 1: is not YAML", named: true},
		"two documents":      {env: map[string]string{"LAYER_STORE_FILE": file("two.yaml")}, fault: "holds 2 documents, wanted one", named: true},
		"bad JSON":           {env: map[string]string{"LAYER_STORE_JSON": `{"a":`}, fault: "File LAYER_STORE_JSON (LAYER_STORE_JSON)", named: true},
		"no object":          {env: map[string]string{"LAYER_STORE_JSON": `[]`}, fault: "is not an object", named: true},
		"no spec":            {env: map[string]string{"LAYER_STORE_JSON": `{"a":7}`}, fault: "VectorStore a (LAYER_STORE_JSON): spec: InvalidSpec", named: true},
		"bad spec":           {env: map[string]string{"LAYER_STORE_JSON": `{"a":{"kind":"turbopuffer"}}`}, fault: "VectorStore a (LAYER_STORE_JSON): spec.endpoint: InvalidSpec: Required value", named: true},
		"unknown field":      {env: map[string]string{"LAYER_STORE_JSON": `{"a":{"kind":"turbopuffer","endpoint":{"url":"http://a","region":"r"},"x":1}}`}, fault: "spec.x: InvalidSpec: there is no such field", named: true},
		"other kind":         {env: map[string]string{"LAYER_STORE_JSON": `{"kind":"Index"}`}, fault: "kind: Unreadable: must be VectorStore", named: true},
		"items of no object": {env: map[string]string{"LAYER_STORE_JSON": `{"items":[7]}`}, fault: "is not a VectorStore", named: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			getenv := func(name string) string { return tt.env[name] }
			var log bytes.Buffer
			got, err := Standalone(t.Context(), getenv, slog.New(slog.NewTextHandler(&log, nil)))
			if tt.fault == "" && err != nil || tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault)) {
				t.Fatalf("error %v, want %q", err, tt.fault)
			}
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(equalSecrets), cmp.Transformer("keys", noKeys)); diff != "" {
				t.Errorf("stores (-want +got):\n%s", diff)
			}
			if StoresNamed(getenv) != tt.named {
				t.Errorf("StoresNamed is %v", !tt.named)
			}
			if warned := strings.Contains(log.String(), "deprecated"); warned != tt.warns {
				t.Errorf("log %q", log.String())
			}
		})
	}
}

func equalSecrets(a, b policy.Secret) bool { return a.Reveal() == b.Reveal() }

// noKeys makes nil and empty key lists equal.
func noKeys(keys []policy.KeyInput) int { return len(keys) }

func TestEnvironSecrets(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ variable, name, key string }{
		"letters":     {"LAYER_SECRET_LAYER_KEY", "layer", "key"},
		"signs":       {"LAYER_SECRET_LAYER_KEYS_API_KEY_TXT", "layer-keys", "api-key.txt"},
		"digits":      {"LAYER_SECRET_A1_B2", "a1", "b2"},
		"underscores": {"LAYER_SECRET_A_B_C", "a", "b_c"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			find := EnvironSecrets(func(name string) string {
				if name == tt.variable {
					return " value\n"
				}
				return ""
			})
			if got, ok := find(tt.name, tt.key); !ok || got.Reveal() != "value" {
				t.Errorf("found %v", ok)
			}
			if _, ok := find(tt.name, "other"); ok {
				t.Error("found another key")
			}
		})
	}
}
