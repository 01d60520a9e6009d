package main

import (
	"testing"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/file/v3" // types that the bootstrap names
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_proc/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"sigs.k8s.io/yaml"
)

func TestBootstrapDiffersOnlyWhereAsked(t *testing.T) {
	t.Parallel()
	type want struct {
		Filters, Clusters []string
		Logs              int
	}
	router, extProc := "envoy.filters.http.router", "envoy.filters.http.ext_proc"
	tests := map[string]struct {
		extProc, accessLog string
		want               want
	}{
		"bare":         {"", "", want{[]string{router}, []string{"store"}, 0}},
		"ext_proc":     {"/run/p.sock", "", want{[]string{extProc, router}, []string{"store", "ext_proc"}, 0}},
		"ext_proc+log": {"/run/p.sock", "/run/log", want{[]string{extProc, router}, []string{"store", "ext_proc"}, 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := parseBootstrap(t, bootstrap{"127.0.0.1:1", "127.0.0.1:2", tt.extProc, tt.accessLog})
			var hcm hcmv3.HttpConnectionManager
			chain := b.GetStaticResources().GetListeners()[0].GetFilterChains()[0]
			if err := chain.GetFilters()[0].GetTypedConfig().UnmarshalTo(&hcm); err != nil {
				t.Fatal(err)
			}
			got := want{Logs: len(hcm.GetAccessLog())}
			for _, f := range hcm.GetHttpFilters() {
				got.Filters = append(got.Filters, f.GetName())
			}
			for _, c := range b.GetStaticResources().GetClusters() {
				got.Clusters = append(got.Clusters, c.GetName())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// parseBootstrap renders and reads back a bootstrap, which must pass the rules of its protobuf types.
func parseBootstrap(t *testing.T, b bootstrap) *bootstrapv3.Bootstrap {
	t.Helper()
	text, err := b.yaml()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	var out bootstrapv3.Bootstrap
	if err := protojson.Unmarshal(doc, &out); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if err := out.ValidateAll(); err != nil {
		t.Fatal(err)
	}
	return &out
}

func TestBootstrapRefusesAddressesWithoutPort(t *testing.T) {
	t.Parallel()
	for _, b := range []bootstrap{{Listen: "x", Store: "127.0.0.1:1"}, {Listen: "127.0.0.1:1", Store: "x"}} {
		if _, err := b.yaml(); err == nil {
			t.Errorf("%+v is accepted", b)
		}
	}
}
