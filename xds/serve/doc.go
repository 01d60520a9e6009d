// Package serve hands Envoy its configuration: delta ADS, secrets included, over gRPC.
//
// Publish makes a snapshot of resources and remembers it as good once Envoy has taken all of it. A snapshot that Envoy
// refuses is taken back, so that the last good one is served again, also to an Envoy that starts later. The package does not
// know what resources mean; xds/translate makes them. Callbacks run on the goroutines of the gRPC streams.
package serve
