package translate

import (
	"fmt"

	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/config/accesslog/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	filelogv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/file/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"hevlayer.com/layer/envoy"
)

// logFields are the fields of a line in the access log: no header that could hold a key, and of the path only what routes.
var logFields = map[string]string{
	"time":           "%START_TIME%",
	"request_id":     "%REQ(X-REQUEST-ID)%",
	"traceparent":    "%REQ(TRACEPARENT)%",
	"method":         "%REQ(:METHOD)%",
	"path":           "%PATH(NQ:ORIG_OR_PATH):512%",
	"client":         "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%",
	"status":         "%RESPONSE_CODE%",
	"details":        "%RESPONSE_CODE_DETAILS%",
	"bytes_received": "%BYTES_RECEIVED%",
	"bytes_sent":     "%BYTES_SENT%",
	"duration_ms":    "%DURATION%",
	"upstream_ms":    "%COMMON_DURATION(US_TX_BEG:US_RX_BEG:ms)%",
	"upstream_tries": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
	"key":            fromFilter(envoy.MetadataKey),
	"store":          fromFilter(envoy.MetadataStore),
	"operation":      fromFilter(envoy.MetadataOperation),
}

func fromFilter(key string) string {
	return fmt.Sprintf("%%DYNAMIC_METADATA(%s:%s)%%", envoy.MetadataNamespace, key)
}

func (b *builder) accessLog() []*accesslogv3.AccessLog {
	if b.opts.AccessLog == "" {
		return nil
	}
	format := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for name, value := range logFields {
		format.Fields[name] = structpb.NewStringValue(value)
	}
	return []*accesslogv3.AccessLog{{
		Name: "envoy.access_loggers.file",
		ConfigType: &accesslogv3.AccessLog_TypedConfig{TypedConfig: b.pack(&filelogv3.FileAccessLog{
			Path: b.opts.AccessLog,
			AccessLogFormat: &filelogv3.FileAccessLog_LogFormat{LogFormat: &corev3.SubstitutionFormatString{
				Format:          &corev3.SubstitutionFormatString_JsonFormat{JsonFormat: format},
				OmitEmptyValues: true,
			}},
		})},
	}}
}
