package app

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/translate"
)

const (
	endpointVar = "OTEL_EXPORTER_OTLP_ENDPOINT"
	tracesVar   = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	protocolVar = "OTEL_EXPORTER_OTLP_PROTOCOL"
)

// collector is what plain settings ask for, with what a test changes.
func collector(change func(*translate.Traces)) *translate.Traces {
	t := &translate.Traces{Host: "collector", Port: 4318, Path: "/v1/traces", ServiceName: "layer", Ratio: 1}
	change(t)
	return t
}

// with adds variables to a plain endpoint.
func with(vars map[string]string) map[string]string {
	out := map[string]string{endpointVar: "http://collector:4318"}
	maps.Copy(out, vars)
	return out
}

func TestTraces(t *testing.T) {
	t.Parallel()
	plain := collector(func(*translate.Traces) {})
	tests := map[string]struct {
		vars map[string]string
		want *translate.Traces
	}{
		"nothing":          {nil, nil},
		"switched off":     {with(map[string]string{"OTEL_SDK_DISABLED": "TRUE"}), nil},
		"no exporter":      {with(map[string]string{"OTEL_TRACES_EXPORTER": "none"}), nil},
		"the exporter":     {with(map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "false"}), plain},
		"endpoint":         {with(nil), plain},
		"slash at the end": {map[string]string{endpointVar: "http://collector/"}, plain},
		"path below":       {map[string]string{endpointVar: "http://collector/otlp/"}, collector(func(t *translate.Traces) { t.Path = "/otlp/v1/traces" })},
		"TLS":              {map[string]string{endpointVar: "https://collector:443"}, collector(func(t *translate.Traces) { t.TLS, t.Port = true, 443 })},
		"address":          {map[string]string{endpointVar: "http://[::1]:9"}, collector(func(t *translate.Traces) { t.Host, t.Port = "::1", 9 })},
		"of traces wins, taken as it is": {
			with(map[string]string{tracesVar: "http://other:1/spans"}), collector(func(t *translate.Traces) { t.Host, t.Port, t.Path = "other", 1, "/spans" }),
		},
		"gRPC": {
			with(map[string]string{endpointVar: "http://collector", protocolVar: "grpc"}),
			collector(func(t *translate.Traces) { t.GRPC, t.Port, t.Path = true, 4317, "" }),
		},
		"protocol of traces wins": {with(map[string]string{protocolVar: "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}), plain},
		"headers": {
			with(map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20a%3Db, x-tenant = 1 "}),
			collector(func(t *translate.Traces) {
				t.Headers = map[string]policy.Secret{"authorization": policy.NewSecret("Bearer a=b"), "x-tenant": policy.NewSecret("1")}
			}),
		},
		"headers of traces win": {
			with(map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "a=b", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "c=d"}),
			collector(func(t *translate.Traces) { t.Headers = map[string]policy.Secret{"c": policy.NewSecret("d")} }),
		},
		"service name": {with(map[string]string{"OTEL_SERVICE_NAME": "search"}), collector(func(t *translate.Traces) { t.ServiceName = "search" })},
		"all":          {with(map[string]string{"OTEL_TRACES_SAMPLER": "parentbased_always_on"}), plain},
		"no sample":    {with(map[string]string{"OTEL_TRACES_SAMPLER": "always_off"}), collector(func(t *translate.Traces) { t.Ratio = 0 })},
		"a share": {
			with(map[string]string{"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25"}),
			collector(func(t *translate.Traces) { t.Ratio = 0.25 }),
		},
		"a share of nothing said": {with(map[string]string{"OTEL_TRACES_SAMPLER": "traceidratio"}), plain},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Traces(environment(tt.vars))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, secrets); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTracesErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		vars map[string]string
		want string
	}{
		"no URL":         {map[string]string{endpointVar: "collector:4317"}, `OTEL_EXPORTER_OTLP_ENDPOINT: is not an http:// or https:// URL with a host`},
		"no host":        {map[string]string{endpointVar: "http://:4318"}, `OTEL_EXPORTER_OTLP_ENDPOINT: is not`},
		"other scheme":   {map[string]string{tracesVar: "unix:///run/otel"}, `is not an http:// or https:// URL`},
		"port too high":  {map[string]string{endpointVar: "http://collector:65536"}, "has a port that does not exist"},
		"other protocol": {with(map[string]string{protocolVar: "http/json"}), `OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" is not one of grpc, http/protobuf`},
		"header":         {with(map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "a=b,hunter2"}), "OTEL_EXPORTER_OTLP_HEADERS: entry 2 is not name=value"},
		"header's text":  {with(map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "a=%zz"}), "OTEL_EXPORTER_OTLP_HEADERS: entry 1 is not name=value"},
		"sampler":        {with(map[string]string{"OTEL_TRACES_SAMPLER": "some"}), `OTEL_TRACES_SAMPLER: "some" is not known`},
		"share":          {with(map[string]string{"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "2"}), `OTEL_TRACES_SAMPLER_ARG: "2" is not a number from 0 to 1`},
		"share of NaN":   {with(map[string]string{"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "NaN"}), `OTEL_TRACES_SAMPLER_ARG: "NaN" is not a number from 0 to 1`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Traces(environment(tt.vars))
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
