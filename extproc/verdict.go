package extproc

import (
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/apierror"
	"hevlayer.com/layer/policy"
)

// response turns a verdict into the message for Envoy.
func (s *Server) response(v verdict) *extprocv3.ProcessingResponse {
	out := &extprocv3.ProcessingResponse{}
	if v.reply != nil {
		out.Response = &extprocv3.ProcessingResponse_ImmediateResponse{ImmediateResponse: immediate(v.reply)}
	} else {
		// Choosing the route again after the verdict is safe here: no filter is configured by route, the path stays as it was
		// judged, and the cluster is the one that it was judged for.
		out.Response = &extprocv3.ProcessingResponse_RequestHeaders{RequestHeaders: &extprocv3.HeadersResponse{
			Response: &extprocv3.CommonResponse{HeaderMutation: v.mutation(), ClearRouteCache: v.cluster != ""},
		}}
	}
	// Bytes of fields that a message does not hold otherwise are sent as they are, so the metadata is encoded once and not for
	// each request.
	out.ProtoReflect().SetUnknown(s.logged(v))
	return out
}

// logEntry is what the access log shows of a verdict.
type logEntry struct{ key, store, operation string }

// logged gives what the access log shows, encoded as a part of the response. It travels as metadata, since the headers of a
// request to a store carry nothing of Layer's. There are as many entries as names in the configuration.
func (s *Server) logged(v verdict) []byte {
	e := logEntry{key: v.grant.Key, operation: v.operation()}
	if v.store != nil {
		e.store = v.store.Name
	}
	if known, ok := s.entries.Load(e); ok {
		b, _ := known.([]byte)
		return b
	}
	b := e.encode()
	s.entries.Store(e, b)
	return b
}

func (e logEntry) encode() []byte {
	fields := map[string]*structpb.Value{}
	for name, value := range map[string]string{envoy.MetadataKey: e.key, envoy.MetadataStore: e.store, envoy.MetadataOperation: e.operation} {
		if value != "" {
			fields[name] = structpb.NewStringValue(value)
		}
	}
	metadata := &structpb.Struct{Fields: map[string]*structpb.Value{
		envoy.MetadataNamespace: structpb.NewStructValue(&structpb.Struct{Fields: fields}),
	}}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(&extprocv3.ProcessingResponse{DynamicMetadata: metadata})
	if err != nil {
		// A name that is no UTF-8 has no place in the log either.
		return nil
	}
	return b
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
