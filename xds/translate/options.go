package translate

import (
	"time"

	"hevlayer.com/layer/policy"
)

// Options are the parts of the configuration that do not come from resources.
type Options struct {
	// HTTP and HTTPS are the addresses (host:port) of the public listeners; "" leaves one out.
	HTTP, HTTPS string
	// Egress is the path of the Unix socket on which the gateway reaches the stores.
	Egress string
	// Certificate and PrivateKey are the PEM texts that the TLS listener shows.
	Certificate []byte
	PrivateKey  policy.Secret
	// SystemRoots is the file of CA certificates that stores without their own are verified against.
	SystemRoots string
	// AccessLog is the file that requests are logged to; "" logs none.
	AccessLog string
	// MaxBody is the largest request body in bytes.
	MaxBody  uint64
	Timeouts Timeouts
	// Traces says where spans go; nil exports none.
	Traces *Traces
}

// Timeouts bound what a request may wait for.
type Timeouts struct {
	Connect time.Duration
	// Read is for metadata, fetches and queries, Write for writes, copies and imports: both from the end of the request to
	// the end of the answer.
	Read, Write time.Duration
	// Idle ends a request on which nothing moves in either direction, where the operation's own limit is not longer.
	Idle time.Duration
	// Filter is how long ext_proc may take to judge a request.
	Filter time.Duration
}

// DefaultTimeouts are the limits where nothing else is configured.
func DefaultTimeouts() Timeouts {
	return Timeouts{
		Connect: 5 * time.Second, Read: 60 * time.Second, Write: 300 * time.Second,
		Idle: 60 * time.Second, Filter: 2 * time.Second,
	}
}

// DefaultMaxBody is the body limit of the stores themselves.
const DefaultMaxBody = 512 << 20

// Traces is an OpenTelemetry collector.
type Traces struct {
	// Host and Port are its address, TLS whether it is spoken to over TLS.
	Host string
	Port uint32
	TLS  bool
	// GRPC chooses OTLP over gRPC; else spans are posted to Path.
	GRPC bool
	Path string
	// Headers are sent with every export.
	Headers map[string]policy.Secret
	// ServiceName names Layer in the spans.
	ServiceName string
	// Ratio is the share of requests without a sampling decision that are traced, from 0 to 1.
	Ratio float64
}
