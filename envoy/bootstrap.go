package envoy

import (
	"fmt"
	"math"
	"time"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	overloadv3 "github.com/envoyproxy/go-control-plane/envoy/config/overload/v3"
	downstreamv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/resource_monitors/downstream_connections/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// maxDownstreamConnections bounds what all listeners together accept, well below the usual limits on open files.
const maxDownstreamConnections = 50_000

// Bootstrap is the static part of Envoy's configuration: where the control plane, the filter and the gateway listen. All else
// comes over delta ADS.
func Bootstrap(s Sockets, nodeID string) (*bootstrapv3.Bootstrap, error) {
	clusters, err := localClusters(s)
	if err != nil {
		return nil, err
	}
	overload, err := overloadManager()
	if err != nil {
		return nil, err
	}
	return &bootstrapv3.Bootstrap{
		Node: &corev3.Node{Id: nodeID, Cluster: NodeCluster},
		Admin: &bootstrapv3.Admin{
			Address: pipe(s.Admin),
		},
		DynamicResources: &bootstrapv3.Bootstrap_DynamicResources{
			AdsConfig: &corev3.ApiConfigSource{
				ApiType:             corev3.ApiConfigSource_DELTA_GRPC,
				TransportApiVersion: corev3.ApiVersion_V3,
				GrpcServices: []*corev3.GrpcService{{
					TargetSpecifier: &corev3.GrpcService_EnvoyGrpc_{
						EnvoyGrpc: &corev3.GrpcService_EnvoyGrpc{ClusterName: ClusterControlPlane},
					},
				}},
			},
			CdsConfig: ADS(),
			LdsConfig: ADS(),
		},
		StaticResources: &bootstrapv3.Bootstrap_StaticResources{Clusters: clusters},
		OverloadManager: overload,
	}, nil
}

// BootstrapJSON is Bootstrap as the text of a configuration file.
func BootstrapJSON(s Sockets, nodeID string) ([]byte, error) {
	b, err := Bootstrap(s, nodeID)
	if err != nil {
		return nil, err
	}
	text, err := protojson.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("marshal Envoy bootstrap: %w", err)
	}
	return text, nil
}

// ADS is the config source of everything that comes from the control plane.
func ADS() *corev3.ConfigSource {
	return &corev3.ConfigSource{
		ResourceApiVersion:    corev3.ApiVersion_V3,
		ConfigSourceSpecifier: &corev3.ConfigSource_Ads{Ads: &corev3.AggregatedConfigSource{}},
	}
}

func localClusters(s Sockets) ([]*clusterv3.Cluster, error) {
	h2, err := httpOptions(true)
	if err != nil {
		return nil, err
	}
	h1, err := httpOptions(false)
	if err != nil {
		return nil, err
	}
	return []*clusterv3.Cluster{
		unixCluster(ClusterControlPlane, s.ControlPlane, h2),
		unixCluster(ClusterExtProc, s.ExtProc, h2),
		unixCluster(ClusterGateway, s.Gateway, h1),
	}, nil
}

func httpOptions(http2 bool) (*anypb.Any, error) {
	explicit := &httpv3.HttpProtocolOptions_ExplicitHttpConfig{
		ProtocolConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_HttpProtocolOptions{HttpProtocolOptions: &corev3.Http1ProtocolOptions{}},
	}
	if http2 {
		explicit.ProtocolConfig = &httpv3.HttpProtocolOptions_ExplicitHttpConfig_Http2ProtocolOptions{Http2ProtocolOptions: &corev3.Http2ProtocolOptions{}}
	}
	return pack(&httpv3.HttpProtocolOptions{
		UpstreamProtocolOptions: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_{ExplicitHttpConfig: explicit},
	})
}

// HTTPOptionsKey is the extension key under which a cluster carries its HTTP protocol options.
const HTTPOptionsKey = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

func unixCluster(name, path string, options *anypb.Any) *clusterv3.Cluster {
	return &clusterv3.Cluster{
		Name:                          name,
		ClusterDiscoveryType:          &clusterv3.Cluster_Type{Type: clusterv3.Cluster_STATIC},
		ConnectTimeout:                durationpb.New(time.Second),
		TypedExtensionProtocolOptions: map[string]*anypb.Any{HTTPOptionsKey: options},
		CircuitBreakers:               unlimited(),
		LoadAssignment: &endpointv3.ClusterLoadAssignment{
			ClusterName: name,
			Endpoints:   []*endpointv3.LocalityLbEndpoints{{LbEndpoints: []*endpointv3.LbEndpoint{Endpoint(pipe(path), "")}}},
		},
	}
}

// unlimited takes the circuit breakers off a cluster whose load is bounded elsewhere.
func unlimited() *clusterv3.CircuitBreakers {
	most := wrapperspb.UInt32(math.MaxUint32)
	return &clusterv3.CircuitBreakers{Thresholds: []*clusterv3.CircuitBreakers_Thresholds{{
		MaxConnections: most, MaxPendingRequests: most, MaxRequests: most, MaxRetries: most,
	}}}
}

// Endpoint makes an endpoint of an address; hostname, if not empty, is what a Host header is rewritten to.
func Endpoint(address *corev3.Address, hostname string) *endpointv3.LbEndpoint {
	return &endpointv3.LbEndpoint{HostIdentifier: &endpointv3.LbEndpoint_Endpoint{
		Endpoint: &endpointv3.Endpoint{Address: address, Hostname: hostname},
	}}
}

func pipe(path string) *corev3.Address {
	return &corev3.Address{Address: &corev3.Address_Pipe{Pipe: &corev3.Pipe{Path: path, Mode: 0o660}}}
}

func overloadManager() (*overloadv3.OverloadManager, error) {
	limit, err := pack(&downstreamv3.DownstreamConnectionsConfig{MaxActiveDownstreamConnections: maxDownstreamConnections})
	if err != nil {
		return nil, err
	}
	return &overloadv3.OverloadManager{ResourceMonitors: []*overloadv3.ResourceMonitor{{
		Name:       "envoy.resource_monitors.global_downstream_max_connections",
		ConfigType: &overloadv3.ResourceMonitor_TypedConfig{TypedConfig: limit},
	}}}, nil
}

func pack(m proto.Message) (*anypb.Any, error) {
	a, err := anypb.New(m)
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", m.ProtoReflect().Descriptor().FullName(), err)
	}
	return a, nil
}
