package translate

import (
	"net"
	"net/url"
	"strconv"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	rawbufferv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/raw_buffer/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/policy"
)

// Sizes of a store's cluster. The breakers are there to bound memory when a store hangs, not to shape load: a store answers
// for its own limits with 429.
const (
	storeConnections = 8192
	storeRequests    = 32768
	storeRetries     = 256
	bufferBytes      = 1 << 20
	streamWindow     = 1 << 20
	connectionWindow = 4 << 20
)

// upstreamIdle closes a pooled connection before common servers and balancers do (60 s), since a request that meets the
// server's close can only be sent again if it may be repeated.
const upstreamIdle = 50 * time.Second

func (b *builder) storeCluster(s *policy.Store) *clusterv3.Cluster {
	name := envoy.StoreClusterPrefix + s.Name
	return &clusterv3.Cluster{
		Name:                          name,
		ClusterDiscoveryType:          &clusterv3.Cluster_Type{Type: clusterv3.Cluster_STRICT_DNS},
		DnsLookupFamily:               clusterv3.Cluster_ALL,
		ConnectTimeout:                durationpb.New(b.opts.Timeouts.Connect),
		PerConnectionBufferLimitBytes: wrapperspb.UInt32(bufferBytes),
		LoadAssignment:                assignment(name, s.URL),
		CircuitBreakers:               breakers(),
		OutlierDetection:              outlierDetection(),
		TransportSocket:               b.transportSocket(s),
		TypedExtensionProtocolOptions: map[string]*anypb.Any{envoy.HTTPOptionsKey: b.pack(b.storeProtocol(s))},
	}
}

// assignment is the store's host. STRICT_DNS resolves it and spreads over all addresses; the host name, with the port where
// the URL has one, is what the Host header is set to.
func assignment(cluster string, u *url.URL) *endpointv3.ClusterLoadAssignment {
	address := &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Address:       u.Hostname(),
		PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: port(u)},
	}}}
	return &endpointv3.ClusterLoadAssignment{
		ClusterName: cluster,
		Endpoints:   []*endpointv3.LocalityLbEndpoints{{LbEndpoints: []*endpointv3.LbEndpoint{envoy.Endpoint(address, u.Host)}}},
	}
}

func port(u *url.URL) uint32 {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint32(n)
	}
	if u.Scheme == "http" {
		return 80
	}
	return 443
}

func breakers() *clusterv3.CircuitBreakers {
	return &clusterv3.CircuitBreakers{Thresholds: []*clusterv3.CircuitBreakers_Thresholds{{
		MaxConnections:     wrapperspb.UInt32(storeConnections),
		MaxPendingRequests: wrapperspb.UInt32(storeRequests),
		MaxRequests:        wrapperspb.UInt32(storeRequests),
		MaxRetries:         wrapperspb.UInt32(storeRetries),
	}}}
}

// outlierDetection takes an address out of the rotation that can't be connected to; what a store answers, 5xx included, is
// the store's word and ejects nothing. At most half are taken out, so a store with one address is never cut off.
func outlierDetection() *clusterv3.OutlierDetection {
	return &clusterv3.OutlierDetection{
		SplitExternalLocalOriginErrors:     true,
		ConsecutiveLocalOriginFailure:      wrapperspb.UInt32(5),
		Consecutive_5Xx:                    wrapperspb.UInt32(1_000_000),
		EnforcingConsecutive_5Xx:           wrapperspb.UInt32(0),
		EnforcingConsecutiveGatewayFailure: wrapperspb.UInt32(0),
		EnforcingSuccessRate:               wrapperspb.UInt32(0),
		EnforcingLocalOriginSuccessRate:    wrapperspb.UInt32(0),
		Interval:                           durationpb.New(2 * time.Second),
		BaseEjectionTime:                   durationpb.New(10 * time.Second),
		MaxEjectionPercent:                 wrapperspb.UInt32(50),
		AlwaysEjectOneHost:                 wrapperspb.Bool(false),
	}
}

// storeProtocol lets ALPN choose HTTP/2 where TLS is spoken, and puts the credential on at the very last step.
func (b *builder) storeProtocol(s *policy.Store) *httpv3.HttpProtocolOptions {
	h2 := &corev3.Http2ProtocolOptions{
		InitialStreamWindowSize:     wrapperspb.UInt32(streamWindow),
		InitialConnectionWindowSize: wrapperspb.UInt32(connectionWindow),
	}
	p := &httpv3.HttpProtocolOptions{
		CommonHttpProtocolOptions: &corev3.HttpProtocolOptions{IdleTimeout: durationpb.New(upstreamIdle)},
		HttpFilters:               b.upstreamFilters(s),
	}
	if s.URL.Scheme == "https" {
		p.UpstreamProtocolOptions = &httpv3.HttpProtocolOptions_AutoConfig{
			AutoConfig: &httpv3.HttpProtocolOptions_AutoHttpConfig{Http2ProtocolOptions: h2},
		}
		return p
	}
	p.UpstreamProtocolOptions = &httpv3.HttpProtocolOptions_ExplicitHttpConfig_{
		ExplicitHttpConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig{
			ProtocolConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_HttpProtocolOptions{HttpProtocolOptions: &corev3.Http1ProtocolOptions{}},
		},
	}
	return p
}

// transportSocket verifies the store's certificate for its host name, against its own CA or the roots of the system.
func (b *builder) transportSocket(s *policy.Store) *corev3.TransportSocket {
	if s.URL.Scheme == "http" {
		return b.rawBuffer()
	}
	roots := &corev3.DataSource{Specifier: &corev3.DataSource_Filename{Filename: b.opts.SystemRoots}}
	if len(s.CA) > 0 {
		roots = &corev3.DataSource{Specifier: &corev3.DataSource_InlineBytes{InlineBytes: s.CA}}
	}
	return b.tlsSocket(s.URL.Hostname(), roots)
}

func (b *builder) rawBuffer() *corev3.TransportSocket {
	return &corev3.TransportSocket{
		Name:       "envoy.transport_sockets.raw_buffer",
		ConfigType: &corev3.TransportSocket_TypedConfig{TypedConfig: b.pack(&rawbufferv3.RawBuffer{})},
	}
}

func (b *builder) tlsSocket(host string, roots *corev3.DataSource) *corev3.TransportSocket {
	name := &tlsv3.SubjectAltNameMatcher{SanType: tlsv3.SubjectAltNameMatcher_DNS, Matcher: exact(host)}
	sni := host
	if net.ParseIP(host) != nil {
		name.SanType, sni = tlsv3.SubjectAltNameMatcher_IP_ADDRESS, ""
	}
	return &corev3.TransportSocket{
		Name: "envoy.transport_sockets.tls",
		ConfigType: &corev3.TransportSocket_TypedConfig{TypedConfig: b.pack(&tlsv3.UpstreamTlsContext{
			Sni: sni,
			CommonTlsContext: &tlsv3.CommonTlsContext{
				TlsParams: &tlsv3.TlsParameters{TlsMinimumProtocolVersion: tlsv3.TlsParameters_TLSv1_2},
				ValidationContextType: &tlsv3.CommonTlsContext_ValidationContext{ValidationContext: &tlsv3.CertificateValidationContext{
					TrustedCa:                 roots,
					MatchTypedSubjectAltNames: []*tlsv3.SubjectAltNameMatcher{name},
				}},
			},
		})},
	}
}
