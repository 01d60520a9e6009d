package translate

import (
	"fmt"
	"net"
	"strconv"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"hevlayer.com/layer/envoy"
)

const (
	headersTimeout = 10 * time.Second
	// A client's connection may rest for as long as client libraries keep theirs.
	clientIdle      = time.Hour
	maxHeadersKB    = 60
	maxStreams      = 1024
	socketMode      = 0o660
	handshakeExpiry = 10 * time.Second
)

func (b *builder) listeners() {
	b.listen(envoy.ListenerEgress, b.socket(b.opts.Egress), b.egressConnections(), nil)
	if b.opts.HTTP != "" {
		b.listen(envoy.ListenerHTTP, b.address(b.opts.HTTP), b.publicConnections(), nil)
	}
	if b.opts.HTTPS != "" {
		b.serverCertificate()
		b.listen(envoy.ListenerTLS, b.address(b.opts.HTTPS), b.publicConnections(), b.downstreamTLS())
	}
}

func (b *builder) listen(name string, at *corev3.Address, connections *hcmv3.HttpConnectionManager, tls *corev3.TransportSocket) {
	l := &listenerv3.Listener{
		Name:                          name,
		Address:                       at,
		PerConnectionBufferLimitBytes: wrapperspb.UInt32(bufferBytes),
		FilterChains: []*listenerv3.FilterChain{{
			TransportSocket:               tls,
			TransportSocketConnectTimeout: durationpb.New(handshakeExpiry),
			Filters: []*listenerv3.Filter{{
				Name:       "envoy.filters.network.http_connection_manager",
				ConfigType: &listenerv3.Filter_TypedConfig{TypedConfig: b.pack(connections)},
			}},
		}},
	}
	if b.valid(own(name), l) {
		b.out.Listeners = append(b.out.Listeners, l)
	}
}

// publicConnections takes every path as it is written: what the filter judges is what a store gets.
func (b *builder) publicConnections() *hcmv3.HttpConnectionManager {
	m := b.connections(envoy.RoutesPublic)
	m.HttpFilters = b.publicFilters()
	m.LocalReplyConfig = b.localReplies()
	m.AccessLog = b.accessLog()
	m.Tracing = b.tracing()
	m.UseRemoteAddress = wrapperspb.Bool(true)
	return m
}

// egressConnections serves the gateway's own calls to the stores. No access log: the call that caused them has its line.
func (b *builder) egressConnections() *hcmv3.HttpConnectionManager {
	m := b.connections(envoy.RoutesEgress)
	m.HttpFilters = []*hcmv3.HttpFilter{b.router()}
	return m
}

func (b *builder) connections(routes string) *hcmv3.HttpConnectionManager {
	return &hcmv3.HttpConnectionManager{
		CodecType:  hcmv3.HttpConnectionManager_AUTO,
		StatPrefix: routes,
		RouteSpecifier: &hcmv3.HttpConnectionManager_Rds{Rds: &hcmv3.Rds{
			ConfigSource: envoy.ADS(), RouteConfigName: routes,
		}},
		NormalizePath:                wrapperspb.Bool(false),
		MergeSlashes:                 false,
		PathWithEscapedSlashesAction: hcmv3.HttpConnectionManager_KEEP_UNCHANGED,
		SkipXffAppend:                true,
		PreserveExternalRequestId:    true,
		// The traceparent names a request; Envoy's own tracer samples by the id, so that it has to be there with it.
		GenerateRequestId:          wrapperspb.Bool(b.opts.Traces != nil),
		ServerHeaderTransformation: hcmv3.HttpConnectionManager_PASS_THROUGH,
		RequestHeadersTimeout:      durationpb.New(headersTimeout),
		MaxRequestHeadersKb:        wrapperspb.UInt32(maxHeadersKB),
		// A route sets its own; this one is for a request that has none yet.
		StreamIdleTimeout:   durationpb.New(b.opts.Timeouts.Idle),
		DelayedCloseTimeout: durationpb.New(time.Second),
		CommonHttpProtocolOptions: &corev3.HttpProtocolOptions{
			IdleTimeout: durationpb.New(clientIdle),
		},
		Http2ProtocolOptions: &corev3.Http2ProtocolOptions{
			MaxConcurrentStreams:        wrapperspb.UInt32(maxStreams),
			InitialStreamWindowSize:     wrapperspb.UInt32(streamWindow),
			InitialConnectionWindowSize: wrapperspb.UInt32(connectionWindow),
			// A request that is not valid ends alone; others on its connection, which may be a proxy's, go on.
			OverrideStreamErrorOnInvalidHttpMessage: wrapperspb.Bool(true),
		},
		InternalAddressConfig: &hcmv3.HttpConnectionManager_InternalAddressConfig{},
	}
}

func (b *builder) serverCertificate() {
	s := &tlsv3.Secret{
		Name: envoy.SecretServerCertificate,
		Type: &tlsv3.Secret_TlsCertificate{TlsCertificate: &tlsv3.TlsCertificate{
			CertificateChain: &corev3.DataSource{Specifier: &corev3.DataSource_InlineBytes{InlineBytes: b.opts.Certificate}},
			PrivateKey:       inlineString(b.opts.PrivateKey.Reveal()),
		}},
	}
	if b.valid(own(s.Name), s) {
		b.out.Secrets = append(b.out.Secrets, s)
	}
}

func (b *builder) downstreamTLS() *corev3.TransportSocket {
	config := &tlsv3.DownstreamTlsContext{CommonTlsContext: &tlsv3.CommonTlsContext{
		TlsParams:     &tlsv3.TlsParameters{TlsMinimumProtocolVersion: tlsv3.TlsParameters_TLSv1_2},
		AlpnProtocols: []string{"h2", "http/1.1"},
		TlsCertificateSdsSecretConfigs: []*tlsv3.SdsSecretConfig{{
			Name: envoy.SecretServerCertificate, SdsConfig: envoy.ADS(),
		}},
	}}
	return &corev3.TransportSocket{
		Name:       "envoy.transport_sockets.tls",
		ConfigType: &corev3.TransportSocket_TypedConfig{TypedConfig: b.pack(config)},
	}
}

func (b *builder) socket(path string) *corev3.Address {
	return &corev3.Address{Address: &corev3.Address_Pipe{Pipe: &corev3.Pipe{Path: path, Mode: socketMode}}}
}

func (b *builder) address(hostPort string) *corev3.Address {
	host, port, err := net.SplitHostPort(hostPort)
	n, numErr := strconv.ParseUint(port, 10, 16)
	if err != nil || numErr != nil {
		b.err = fmt.Errorf("address %q is not host:port", hostPort)
	}
	if host == "" {
		host = "0.0.0.0"
	}
	return &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Address:       host,
		PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: uint32(n)},
	}}}
}
