package translate_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/xds/translate"
)

// envoyBinary is the Envoy that make fetches and names; without one nothing here proves anything, so that is a failure.
func envoyBinary(t testing.TB) string {
	t.Helper()
	path := os.Getenv("LAYER_ENVOY")
	if path == "" {
		t.Fatal("LAYER_ENVOY names no Envoy; run the tests through make, or set it to .bin/envoy of the checkout")
	}
	return path
}

// validate has Envoy look at the resources: in a bootstrap of their own, with everything that would come over ADS written in.
func validate(t *testing.T, r translate.Resources) {
	t.Helper()
	dir := socketDir(t)
	path := writeBootstrap(t, dir, static(t, dir, r))
	out, err := exec.CommandContext(t.Context(), envoyBinary(t), "--mode", "validate", "--config-path", path, "--log-level", "warning").CombinedOutput() // #nosec G204
	if err != nil {
		t.Errorf("envoy --mode validate: %v\n%s", err, out)
	}
}

// socketDir is a folder with a short name: the path of a Unix socket holds 107 bytes.
func socketDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "layer-xds-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func sockets(t testing.TB, dir string) envoy.Sockets {
	t.Helper()
	s, err := envoy.SocketsIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func writeBootstrap(t testing.TB, dir string, b *bootstrapv3.Bootstrap) string {
	t.Helper()
	text, err := protojson.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "envoy.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// static is Layer's bootstrap with the resources in it and no control plane.
func static(t testing.TB, dir string, r translate.Resources) *bootstrapv3.Bootstrap {
	t.Helper()
	b, err := envoy.Bootstrap(sockets(t, dir), "test")
	if err != nil {
		t.Fatal(err)
	}
	b.DynamicResources = nil
	routes := map[string]*routev3.RouteConfiguration{}
	for _, rc := range r.Routes {
		routes[rc.GetName()] = rc
	}
	for _, c := range r.Clusters {
		b.StaticResources.Clusters = append(b.StaticResources.Clusters, inlined(t, c, routes))
	}
	for _, l := range r.Listeners {
		b.StaticResources.Listeners = append(b.StaticResources.Listeners, inlined(t, l, routes))
	}
	b.StaticResources.Secrets = r.Secrets
	return b
}

// inlined is a copy of a resource in which routes are written out and secrets are those of the bootstrap.
func inlined[M proto.Message](t testing.TB, m M, routes map[string]*routev3.RouteConfiguration) M {
	t.Helper()
	out, ok := proto.Clone(m).(M)
	if !ok {
		t.Fatalf("clone of %T has another type", m)
	}
	visit(t, out.ProtoReflect(), func(m proto.Message) {
		switch m := m.(type) {
		case *tlsv3.SdsSecretConfig:
			m.SdsConfig = nil
		case *hcmv3.HttpConnectionManager:
			rc := routes[m.GetRds().GetRouteConfigName()]
			if rc == nil {
				t.Fatalf("there are no routes %q", m.GetRds().GetRouteConfigName())
			}
			m.RouteSpecifier = &hcmv3.HttpConnectionManager_RouteConfig{RouteConfig: rc}
		}
	})
	return out
}

// visit changes a message and all within it, also what is packed into an Any.
func visit(t testing.TB, m protoreflect.Message, change func(proto.Message)) {
	t.Helper()
	if packed, ok := m.Interface().(*anypb.Any); ok {
		inner, err := packed.UnmarshalNew()
		if err != nil {
			t.Fatal(err)
		}
		visit(t, inner.ProtoReflect(), change)
		if err := packed.MarshalFrom(inner); err != nil {
			t.Fatal(err)
		}
		return
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap() && f.MapValue().Message() != nil:
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				visit(t, v.Message(), change)
				return true
			})
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				visit(t, v.List().Get(i).Message(), change)
			}
		case !f.IsMap() && !f.IsList() && f.Message() != nil:
			visit(t, v.Message(), change)
		}
		return true
	})
	change(m.Interface())
}

// output keeps what Envoy prints and shows it when the test fails.
type output struct{ bytes.Buffer }

func newOutput(t testing.TB) *output {
	o := &output{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Envoy printed:\n%s", o.String())
		}
	})
	return o
}
