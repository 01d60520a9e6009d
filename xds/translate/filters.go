package translate

import (
	mutationv3 "github.com/envoyproxy/go-control-plane/envoy/config/common/mutation_rules/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	bodysizev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/body_size_limit/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_proc/v3"
	headermutationv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/header_mutation/v3"
	routerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"hevlayer.com/layer/envoy"
)

// filterHeaders are the request headers that ext_proc reads; Envoy sends it no others.
var filterHeaders = []string{":method", ":path", "authorization", "content-length", "traceparent", envoy.HeaderRouted}

// publicFilters is the order of the HTTP filters of the public listeners, with the reason for each place.
func (b *builder) publicFilters() []*hcmv3.HttpFilter {
	return []*hcmv3.HttpFilter{
		// First, so that nobody after it can mistake a client's word for the gateway's or for Envoy's own controls. Then the filter
		// is told where the route leads, whatever made Envoy choose it.
		b.filter("envoy.filters.http.header_mutation", &headermutationv3.HeaderMutation{Mutations: &headermutationv3.Mutations{
			RequestMutations: []*mutationv3.HeaderMutation{
				removePrefix(envoy.HeaderPrefix), removePrefix("x-envoy-"), set(envoy.HeaderRouted, "%UPSTREAM_CLUSTER_RAW%"),
			},
		}}),
		// Judges the request; nothing of it has moved on yet.
		b.filter("envoy.filters.http.ext_proc", b.extProc()),
		// After the judgement, since the answer to a stranger is 401 however long the body. A declared length is checked by
		// the filter above; this one counts the bytes of a body that declares none.
		b.filter("envoy.filters.http.body_size_limit", &bodysizev3.BodySizeLimit{MaxRequestBytes: wrapperspb.UInt64(b.opts.MaxBody)}),
		b.router(),
	}
}

// extProc sends the request's headers and the cluster that the route leads to, and waits for one answer. It fails closed.
func (b *builder) extProc() *extprocv3.ExternalProcessor {
	return &extprocv3.ExternalProcessor{
		GrpcService: &corev3.GrpcService{TargetSpecifier: &corev3.GrpcService_EnvoyGrpc_{
			EnvoyGrpc: &corev3.GrpcService_EnvoyGrpc{ClusterName: envoy.ClusterExtProc},
		}},
		FailureModeAllow: false,
		StatusOnError:    &typev3.HttpStatus{Code: typev3.StatusCode_ServiceUnavailable},
		MessageTimeout:   durationpb.New(b.opts.Timeouts.Filter),
		ProcessingMode: &extprocv3.ProcessingMode{
			RequestHeaderMode:   extprocv3.ProcessingMode_SEND,
			ResponseHeaderMode:  extprocv3.ProcessingMode_SKIP,
			RequestBodyMode:     extprocv3.ProcessingMode_NONE,
			ResponseBodyMode:    extprocv3.ProcessingMode_NONE,
			RequestTrailerMode:  extprocv3.ProcessingMode_SKIP,
			ResponseTrailerMode: extprocv3.ProcessingMode_SKIP,
		},
		ForwardRules: &extprocv3.HeaderForwardingRules{AllowedHeaders: allowed(filterHeaders)},
		MetadataOptions: &extprocv3.MetadataOptions{ReceivingNamespaces: &extprocv3.MetadataOptions_MetadataNamespaces{
			Untyped: []string{envoy.MetadataNamespace},
		}},
		// The filter may have Envoy choose the route again, after naming the cluster that the request has to go to.
		RouteCacheAction: extprocv3.ExternalProcessor_DEFAULT,
	}
}

func allowed(names []string) *matcherv3.ListStringMatcher {
	list := &matcherv3.ListStringMatcher{}
	for _, name := range names {
		list.Patterns = append(list.Patterns, exact(name))
	}
	return list
}

func (b *builder) router() *hcmv3.HttpFilter {
	return b.filter("envoy.filters.http.router", &routerv3.Router{SuppressEnvoyHeaders: true})
}

func (b *builder) filter(name string, config message) *hcmv3.HttpFilter {
	return &hcmv3.HttpFilter{Name: name, ConfigType: &hcmv3.HttpFilter_TypedConfig{TypedConfig: b.pack(config)}}
}
