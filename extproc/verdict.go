package extproc

import (
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/apierror"
	"hevlayer.com/layer/policy"
)

// response turns a verdict into the message for Envoy.
func (v verdict) response() *extprocv3.ProcessingResponse {
	out := &extprocv3.ProcessingResponse{DynamicMetadata: v.logged()}
	if v.reply != nil {
		out.Response = &extprocv3.ProcessingResponse_ImmediateResponse{ImmediateResponse: immediate(v.reply)}
		return out
	}
	out.Response = &extprocv3.ProcessingResponse_RequestHeaders{RequestHeaders: &extprocv3.HeadersResponse{
		Response: &extprocv3.CommonResponse{HeaderMutation: v.mutation(), ClearRouteCache: v.cluster != ""},
	}}
	return out
}

// logged is what the access log shows of the verdict. It travels as metadata, since the headers of a request to a store carry
// nothing of Layer's.
func (v verdict) logged() *structpb.Struct {
	fields := make(map[string]*structpb.Value, 3)
	if v.grant.Key != "" {
		fields[envoy.MetadataKey] = structpb.NewStringValue(v.grant.Key)
	}
	if v.store != nil {
		fields[envoy.MetadataStore] = structpb.NewStringValue(v.store.Name)
	}
	fields[envoy.MetadataOperation] = structpb.NewStringValue(v.operation())
	return &structpb.Struct{Fields: map[string]*structpb.Value{
		envoy.MetadataNamespace: structpb.NewStructValue(&structpb.Struct{Fields: fields}),
	}}
}

// operation names the operation, for logs and metrics; what is none has one name.
func (v verdict) operation() string {
	if v.match.Operation == nil {
		return "none"
	}
	return v.match.Operation.Name
}

// outcome is what became of the request, for metrics.
func (v verdict) outcome() string {
	if v.reply == nil {
		return "continue"
	}
	return v.reply.Code
}

// mutation carries the trusted facts to the gateway; a store only gets a minted traceparent, and Envoy the store's cluster.
func (v verdict) mutation() *extprocv3.HeaderMutation {
	m := &extprocv3.HeaderMutation{}
	if v.traceparent != "" {
		m.SetHeaders = append(m.SetHeaders, header("traceparent", v.traceparent))
	}
	if v.cluster != "" {
		m.SetHeaders = append(m.SetHeaders, header(envoy.HeaderCluster, v.cluster))
	}
	if v.match.Operation.Class == policy.Passthrough {
		return m
	}
	m.SetHeaders = append(m.SetHeaders, header(envoy.HeaderOperation, v.match.Operation.Name))
	if v.match.Namespace != "" {
		m.SetHeaders = append(m.SetHeaders, header(envoy.HeaderNamespace, v.match.Namespace))
	}
	if v.store == nil {
		return m
	}
	m.SetHeaders = append(m.SetHeaders,
		header(envoy.HeaderStore, v.store.Name), header(envoy.HeaderKey, v.grant.Key), header(envoy.HeaderScopes, v.grant.Scope.String()))
	if !v.store.PassesBearer() {
		m.RemoveHeaders = []string{"authorization"}
	}
	return m
}

// header sets one header; Envoy reads RawValue only, and appends unless told otherwise.
func header(name, value string) *corev3.HeaderValueOption {
	return &corev3.HeaderValueOption{
		Header:       &corev3.HeaderValue{Key: name, RawValue: []byte(value)},
		AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
	}
}

func immediate(e *apierror.Error) *extprocv3.ImmediateResponse {
	m := &extprocv3.HeaderMutation{SetHeaders: []*corev3.HeaderValueOption{header("content-type", apierror.ContentType)}}
	for name, value := range e.Header {
		m.SetHeaders = append(m.SetHeaders, header(name, value))
	}
	return &extprocv3.ImmediateResponse{
		Status:  &typev3.HttpStatus{Code: typev3.StatusCode(e.Status)}, // #nosec G115 -- a three-digit constant
		Headers: m,
		Body:    e.Body,
		Details: envoy.DetailsPrefix + e.Code,
	}
}
