package app

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/translate"
)

// Traces reads OpenTelemetry's usual variables. It returns nil where they ask for no export of spans.
func Traces(getenv func(string) string) (*translate.Traces, error) {
	endpoint, own := getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), true
	if endpoint == "" {
		endpoint, own = getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), false
	}
	if endpoint == "" || strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") || getenv("OTEL_TRACES_EXPORTER") == "none" {
		return nil, nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT: is not an http:// or https:// URL with a host")
	}
	t := &translate.Traces{Host: u.Hostname(), TLS: u.Scheme == "https", ServiceName: first(getenv, "layer", "OTEL_SERVICE_NAME"), Ratio: 1}
	switch protocol := first(getenv, "http/protobuf", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); protocol {
	case "grpc":
		t.GRPC = true
	case "http/protobuf":
		t.Path = u.Path
		if !own {
			t.Path = strings.TrimSuffix(u.Path, "/") + "/v1/traces"
		}
	default:
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q is not one of grpc, http/protobuf", protocol)
	}
	if t.Port, err = tracePort(u, t.GRPC); err != nil {
		return nil, err
	}
	if t.Headers, err = traceHeaders(first(getenv, "", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")); err != nil {
		return nil, err
	}
	return t, sampler(t, getenv)
}

func first(getenv func(string) string, otherwise string, names ...string) string {
	for _, name := range names {
		if v := getenv(name); v != "" {
			return v
		}
	}
	return otherwise
}

// tracePort is the endpoint's port, else the one that OTLP has for the protocol.
func tracePort(u *url.URL, grpc bool) (uint32, error) {
	switch {
	case u.Port() != "":
		n, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil {
			return 0, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT: has a port that does not exist")
		}
		return uint32(n), nil
	case grpc:
		return 4317, nil
	}
	return 4318, nil
}

// traceHeaders reads name=value pairs separated by commas, values percent-encoded.
func traceHeaders(text string) (map[string]policy.Secret, error) {
	if text == "" {
		return nil, nil
	}
	out := map[string]policy.Secret{}
	for i, pair := range strings.Split(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		plain, err := url.PathUnescape(value)
		if !ok || err != nil || name == "" {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_HEADERS: entry %d is not name=value", i+1)
		}
		out[strings.ToLower(strings.TrimSpace(name))] = policy.NewSecret(strings.TrimSpace(plain))
	}
	return out, nil
}

// sampler reads the share of requests to trace. A caller's own decision is followed in any case.
func sampler(t *translate.Traces, getenv func(string) string) error {
	switch name := getenv("OTEL_TRACES_SAMPLER"); name {
	case "", "always_on", "parentbased_always_on":
	case "always_off", "parentbased_always_off":
		t.Ratio = 0
	case "traceidratio", "parentbased_traceidratio":
		ratio, err := strconv.ParseFloat(first(getenv, "1", "OTEL_TRACES_SAMPLER_ARG"), 64)
		if err != nil || !(ratio >= 0 && ratio <= 1) {
			return fmt.Errorf("OTEL_TRACES_SAMPLER_ARG: %q is not a number from 0 to 1", getenv("OTEL_TRACES_SAMPLER_ARG"))
		}
		t.Ratio = ratio
	default:
		return fmt.Errorf("OTEL_TRACES_SAMPLER: %q is not known", name)
	}
	return nil
}
