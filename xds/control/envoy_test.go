package control

import (
	"context"
	"net"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	resourcev3 "github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	statusv3 "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"hevlayer.com/layer/envoy"
)

// fakeEnvoy takes everything over delta ADS but clusters whose name holds "bad".
type fakeEnvoy struct {
	stream discoveryv3.AggregatedDiscoveryService_DeltaAggregatedResourcesClient
	done   chan struct{}
	close  func()
}

// listen registers the plane at a gRPC server until the test is over; dial reaches it.
func listen(t *testing.T, p *Plane) (dial func(context.Context, string) (net.Conn, error)) {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	g := grpc.NewServer()
	p.Server().Register(t.Context(), g)
	done := make(chan error, 1)
	go func() { done <- g.Serve(l) }()
	t.Cleanup(func() {
		g.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }
}

func startEnvoy(t *testing.T, dial func(context.Context, string) (net.Conn, error)) *fakeEnvoy {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///plane", grpc.WithContextDialer(dial), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := discoveryv3.NewAggregatedDiscoveryServiceClient(conn).DeltaAggregatedResources(ctx)
	if err != nil {
		t.Fatal(err)
	}
	e := &fakeEnvoy{stream: stream, done: make(chan struct{}), close: func() {
		cancel()
		_ = conn.Close()
	}}
	go e.run()
	t.Cleanup(func() {
		e.close()
		<-e.done
	})
	return e
}

func (e *fakeEnvoy) run() {
	defer close(e.done)
	e.send(&discoveryv3.DeltaDiscoveryRequest{TypeUrl: resourcev3.ClusterType})
	e.send(&discoveryv3.DeltaDiscoveryRequest{TypeUrl: resourcev3.ListenerType})
	e.send(&discoveryv3.DeltaDiscoveryRequest{
		TypeUrl: resourcev3.RouteType, ResourceNamesSubscribe: []string{envoy.RoutesEgress, envoy.RoutesPublic},
	})
	for {
		resp, err := e.stream.Recv()
		if err != nil {
			return
		}
		e.send(answer(resp))
		for _, r := range resp.GetResources() {
			if resp.GetTypeUrl() == resourcev3.ClusterType && !strings.Contains(r.GetName(), "bad") {
				e.send(&discoveryv3.DeltaDiscoveryRequest{
					TypeUrl: resourcev3.SecretType, ResourceNamesSubscribe: []string{r.GetName() + envoy.SuffixCredential},
				})
			}
		}
	}
}

// send ignores that the stream may be over; Recv says so.
func (e *fakeEnvoy) send(req *discoveryv3.DeltaDiscoveryRequest) {
	req.Node = &corev3.Node{Id: "test", Cluster: envoy.NodeCluster}
	_ = e.stream.Send(req)
}

func answer(resp *discoveryv3.DeltaDiscoveryResponse) *discoveryv3.DeltaDiscoveryRequest {
	req := &discoveryv3.DeltaDiscoveryRequest{TypeUrl: resp.GetTypeUrl(), ResponseNonce: resp.GetNonce()}
	for _, r := range resp.GetResources() {
		if resp.GetTypeUrl() == resourcev3.ClusterType && strings.Contains(r.GetName(), "bad") {
			req.ErrorDetail = &statusv3.Status{Code: 13, Message: "Error adding/updating cluster(s) " + r.GetName() + ": it is bad"}
		}
	}
	return req
}
