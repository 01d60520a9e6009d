package translate

import (
	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	celv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/filters/cel/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/apierror"
)

// reply is what the client gets in place of an answer that Envoy made itself.
type reply struct {
	// when is a CEL expression over Envoy's attributes; the first reply that is true is taken.
	when    string
	status  uint32 // 0 keeps Envoy's
	code    string
	message string
	header  string // an additional header, "name: value" apart
	value   string
}

// What failed is told by the cluster that the route leads to: a store's on passthrough, else the gateway. The filter's own
// answers come through here as well and stay as they are.
var (
	toStore  = `xds.cluster_name.startsWith("` + envoy.StoreClusterPrefix + `")`
	byFilter = `response.code_details.startsWith("ext_proc")`

	replies = []reply{
		{when: `response.code_details.startsWith("` + envoy.DetailsPrefix + `")`},
		{when: `response.code == 413`, code: apierror.PayloadTooLarge, message: apierror.BodyOverLimit},
		{when: `response.code_details == "overload"`, status: 503, code: apierror.ServiceUnavailable, message: "the gateway is at its limit of connections"},
		{when: byFilter, status: 503, code: apierror.GatewayUnavailable, message: "the gateway can't judge requests at the moment"},
		// Envoy's 501 is for a transfer coding, its 403 for an upgrade or a scheme that it doesn't take, its 404 for the target *.
		{when: `response.code == 501 || response.code == 403`, status: 400, code: apierror.BadRequest, message: "the request is not valid HTTP"},
		{when: `response.code == 404`, code: apierror.NotFound, message: apierror.NoSuchRoute},
		{when: `response.code == 401 && ` + toStore, status: 503, code: apierror.ServiceUnavailable, message: "the credential of the store is not there yet"},
		{when: `response.code_details == "cluster_not_found"`, status: 503, code: apierror.ServiceUnavailable, message: "the store of this request is not configured"},
		{
			when: `response.code == 503 && response.code_details == "overflow" && ` + toStore, status: 429, code: apierror.RateLimited,
			message: "too many requests to the store are in flight", header: "retry-after", value: "1",
		},
		{when: `response.code == 504 && ` + toStore, status: 504, code: apierror.GatewayTimeout, message: "the store did not answer in time"},
		{when: `response.code >= 500 && ` + toStore, status: 502, code: apierror.UpstreamError, message: "the store can't be reached or broke off its answer"},
		{when: `response.code >= 500`, status: 503, code: apierror.GatewayUnavailable, message: "the gateway is not available at the moment"},
		{when: `response.code == 431`, code: apierror.BadRequest, message: "the request line and headers are over the limit"},
		{when: `response.code == 408`, code: apierror.BadRequest, message: "the request did not arrive in time"},
		{when: `response.code >= 400`, code: apierror.BadRequest, message: "the request is not valid HTTP"},
	}
)

func (b *builder) localReplies() *hcmv3.LocalReplyConfig {
	c := &hcmv3.LocalReplyConfig{}
	for _, r := range replies {
		c.Mappers = append(c.Mappers, b.mapper(r))
	}
	return c
}

func (b *builder) mapper(r reply) *hcmv3.ResponseMapper {
	m := &hcmv3.ResponseMapper{Filter: b.cel(r.when)}
	if r.code == "" {
		return m
	}
	m.BodyFormatOverride = &corev3.SubstitutionFormatString{
		Format: &corev3.SubstitutionFormatString_TextFormatSource{
			TextFormatSource: inlineString(`{"error":"` + r.code + `","message":"` + r.message + `"}`),
		},
		ContentType: apierror.ContentType,
	}
	if r.status != 0 {
		m.StatusCode = wrapperspb.UInt32(r.status)
	}
	if r.header != "" {
		m.HeadersToAdd = []*corev3.HeaderValueOption{{
			Header:       &corev3.HeaderValue{Key: r.header, Value: r.value},
			AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
		}}
	}
	return m
}

func (b *builder) cel(expression string) *accesslogv3.AccessLogFilter {
	return &accesslogv3.AccessLogFilter{FilterSpecifier: &accesslogv3.AccessLogFilter_ExtensionFilter{
		ExtensionFilter: &accesslogv3.ExtensionFilter{
			Name:       "envoy.access_loggers.extension_filters.cel",
			ConfigType: &accesslogv3.ExtensionFilter_TypedConfig{TypedConfig: b.pack(&celv3.ExpressionFilter{Expression: expression})},
		},
	}}
}
