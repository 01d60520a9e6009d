package translate

import (
	"maps"
	"net"
	"slices"
	"strconv"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	tracev3 "github.com/envoyproxy/go-control-plane/envoy/config/trace/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	"hevlayer.com/layer/envoy"
)

// traces adds the collector's cluster.
func (b *builder) traces() {
	t := b.opts.Traces
	if t == nil {
		return
	}
	cluster := &clusterv3.Cluster{
		Name:                          envoy.ClusterTraces,
		ClusterDiscoveryType:          &clusterv3.Cluster_Type{Type: clusterv3.Cluster_STRICT_DNS},
		ConnectTimeout:                durationpb.New(b.opts.Timeouts.Connect),
		TypedExtensionProtocolOptions: map[string]*anypb.Any{envoy.HTTPOptionsKey: b.pack(traceProtocol(t.GRPC))},
		LoadAssignment: &endpointv3.ClusterLoadAssignment{
			ClusterName: envoy.ClusterTraces,
			Endpoints: []*endpointv3.LocalityLbEndpoints{{LbEndpoints: []*endpointv3.LbEndpoint{envoy.Endpoint(
				&corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
					Address: t.Host, PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: t.Port},
				}}}, "")}}},
		},
		TransportSocket: b.rawBuffer(),
	}
	if t.TLS {
		cluster.TransportSocket = b.tlsSocket(t.Host, &corev3.DataSource{Specifier: &corev3.DataSource_Filename{Filename: b.opts.SystemRoots}})
	}
	if b.valid(own(cluster.Name), cluster) {
		b.out.Clusters = append(b.out.Clusters, cluster)
	}
}

func traceProtocol(grpc bool) *httpv3.HttpProtocolOptions {
	explicit := &httpv3.HttpProtocolOptions_ExplicitHttpConfig{
		ProtocolConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_HttpProtocolOptions{HttpProtocolOptions: &corev3.Http1ProtocolOptions{}},
	}
	if grpc {
		explicit.ProtocolConfig = &httpv3.HttpProtocolOptions_ExplicitHttpConfig_Http2ProtocolOptions{Http2ProtocolOptions: &corev3.Http2ProtocolOptions{}}
	}
	return &httpv3.HttpProtocolOptions{
		UpstreamProtocolOptions: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_{ExplicitHttpConfig: explicit},
	}
}

// tracing makes Envoy itself trace: it sees every request, also those that Go code never does.
func (b *builder) tracing() *hcmv3.HttpConnectionManager_Tracing {
	t := b.opts.Traces
	if t == nil {
		return nil
	}
	return &hcmv3.HttpConnectionManager_Tracing{
		RandomSampling: &typev3.Percent{Value: 100 * t.Ratio},
		Provider: &tracev3.Tracing_Http{
			Name:       "envoy.tracers.opentelemetry",
			ConfigType: &tracev3.Tracing_Http_TypedConfig{TypedConfig: b.pack(openTelemetry(t))},
		},
	}
}

func openTelemetry(t *Traces) *tracev3.OpenTelemetryConfig {
	c := &tracev3.OpenTelemetryConfig{ServiceName: t.ServiceName}
	if t.GRPC {
		c.GrpcService = &corev3.GrpcService{
			TargetSpecifier: &corev3.GrpcService_EnvoyGrpc_{EnvoyGrpc: &corev3.GrpcService_EnvoyGrpc{
				ClusterName: envoy.ClusterTraces, Authority: t.Host,
			}},
			InitialMetadata: exportHeaders(t),
		}
		return c
	}
	scheme := "http://"
	if t.TLS {
		scheme = "https://"
	}
	c.HttpService = &corev3.HttpService{HttpUri: &corev3.HttpUri{
		Uri:              scheme + net.JoinHostPort(t.Host, strconv.FormatUint(uint64(t.Port), 10)) + t.Path,
		HttpUpstreamType: &corev3.HttpUri_Cluster{Cluster: envoy.ClusterTraces},
		Timeout:          durationpb.New(DefaultTimeouts().Connect),
	}}
	for _, h := range exportHeaders(t) {
		c.HttpService.RequestHeadersToAdd = append(c.HttpService.RequestHeadersToAdd, &corev3.HeaderValueOption{
			Header: h, AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
		})
	}
	return c
}

func exportHeaders(t *Traces) []*corev3.HeaderValue {
	var out []*corev3.HeaderValue
	for _, name := range slices.Sorted(maps.Keys(t.Headers)) {
		out = append(out, &corev3.HeaderValue{Key: name, Value: t.Headers[name].Reveal()})
	}
	return out
}
