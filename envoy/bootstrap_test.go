package envoy_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/testkit"
)

// socketsIn names the sockets in a folder that a test made.
func socketsIn(t *testing.T, dir string) envoy.Sockets {
	t.Helper()
	s, err := envoy.SocketsIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shortDir makes a folder whose path leaves room for a socket's name.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "layer-envoy-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestSocketsIn(t *testing.T) {
	t.Parallel()
	want := envoy.Sockets{
		ControlPlane: "/run/layer/xds.sock", ExtProc: "/run/layer/extproc.sock", Gateway: "/run/layer/gateway.sock",
		Egress: "/run/layer/egress.sock", Admin: "/run/layer/admin.sock",
	}
	if diff := cmp.Diff(want, socketsIn(t, "/run/layer")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The longest path that a Unix socket can have is found where it is named, not where somebody binds it.
func TestSocketsInLongFolder(t *testing.T) {
	t.Parallel()
	const limit = 107
	longest := limit - len("/extproc.sock")
	s := socketsIn(t, "/"+strings.Repeat("a", longest-1))
	for _, path := range []string{s.ControlPlane, s.ExtProc, s.Gateway, s.Egress, s.Admin} {
		if len(path) > limit {
			t.Errorf("%s has %d bytes", path, len(path))
		}
	}
	_, err := envoy.SocketsIn("/" + strings.Repeat("a", longest))
	if err == nil || !strings.Contains(err.Error(), "too long for a Unix socket") {
		t.Errorf("error %v", err)
	}
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	s := socketsIn(t, "/run/layer")
	b, err := envoy.Bootstrap(s, "host-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.ValidateAll(); err != nil {
		t.Error(err)
	}
	if b.GetNode().GetId() != "host-1" || b.GetNode().GetCluster() != envoy.NodeCluster || b.GetAdmin().GetAddress().GetPipe().GetPath() != s.Admin {
		t.Errorf("node %v, admin %v", b.GetNode(), b.GetAdmin())
	}
	dynamic := b.GetDynamicResources()
	if dynamic.GetAdsConfig().GetApiType() != corev3.ApiConfigSource_DELTA_GRPC ||
		dynamic.GetAdsConfig().GetGrpcServices()[0].GetEnvoyGrpc().GetClusterName() != envoy.ClusterControlPlane ||
		dynamic.GetCdsConfig().GetAds() == nil || dynamic.GetLdsConfig().GetAds() == nil {
		t.Errorf("dynamic resources %v", dynamic)
	}
	got := map[string]string{}
	for _, c := range b.GetStaticResources().GetClusters() {
		got[c.GetName()] = describe(t, c)
	}
	want := map[string]string{
		envoy.ClusterControlPlane: s.ControlPlane + " 660 HTTP/2", envoy.ClusterExtProc: s.ExtProc + " 660 HTTP/2",
		envoy.ClusterGateway: s.Gateway + " 660 HTTP/1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("clusters (-want +got):\n%s", diff)
	}
	if n := len(b.GetOverloadManager().GetResourceMonitors()); n != 1 {
		t.Errorf("%d resource monitors", n)
	}
}

// describe gives a local cluster's socket, its mode and its protocol.
func describe(t *testing.T, c *clusterv3.Cluster) string {
	t.Helper()
	var options httpv3.HttpProtocolOptions
	if err := c.GetTypedExtensionProtocolOptions()[envoy.HTTPOptionsKey].UnmarshalTo(&options); err != nil {
		t.Fatal(err)
	}
	protocol := "HTTP/1"
	if options.GetExplicitHttpConfig().GetHttp2ProtocolOptions() != nil {
		protocol = "HTTP/2"
	}
	pipe := c.GetLoadAssignment().GetEndpoints()[0].GetLbEndpoints()[0].GetEndpoint().GetAddress().GetPipe()
	return fmt.Sprintf("%s %o %s", pipe.GetPath(), pipe.GetMode(), protocol)
}

func TestBootstrapJSON(t *testing.T) {
	t.Parallel()
	text, err := envoy.BootstrapJSON(socketsIn(t, "/run/layer"), `a "quoted" host`)
	if err != nil {
		t.Fatal(err)
	}
	var b bootstrapv3.Bootstrap
	if err := protojson.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if b.GetNode().GetId() != `a "quoted" host` || len(b.GetStaticResources().GetClusters()) != 3 {
		t.Errorf("read back: %v", &b)
	}
}

// Envoy takes the bootstrap as it is.
func TestEnvoyAcceptsBootstrap(t *testing.T) {
	t.Parallel()
	out, err := exec.Command(testkit.Envoy(t), "--mode", "validate", "--config-path", bootstrapFile(t, shortDir(t))).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "OK") {
		t.Errorf("%v\n%s", err, out)
	}
}

// bootstrapFile writes the bootstrap for the sockets of a folder into it.
func bootstrapFile(t *testing.T, dir string) string {
	t.Helper()
	text, err := envoy.BootstrapJSON(socketsIn(t, dir), "test")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "envoy.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What both sides call things is one list without doubles.
func TestNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, name := range []string{
		envoy.HeaderOperation, envoy.HeaderStore, envoy.HeaderKey, envoy.HeaderScopes, envoy.HeaderNamespace,
		envoy.ClusterControlPlane, envoy.ClusterExtProc, envoy.ClusterGateway, envoy.ClusterTraces,
		envoy.ListenerHTTP, envoy.ListenerTLS, envoy.ListenerEgress,
	} {
		if seen[name] || name != strings.ToLower(name) {
			t.Errorf("%s is there twice or not in lower case", name)
		}
		seen[name] = true
		// No cluster of Layer's own can be taken for a store's, whatever the store is called.
		if strings.HasPrefix(name, envoy.StoreClusterPrefix) {
			t.Errorf("%s looks like a store's cluster", name)
		}
	}
	for _, header := range []string{envoy.HeaderOperation, envoy.HeaderStore, envoy.HeaderKey, envoy.HeaderScopes, envoy.HeaderNamespace} {
		if !strings.HasPrefix(header, envoy.HeaderPrefix) {
			t.Errorf("a client's own %s would not be removed", header)
		}
	}
}
