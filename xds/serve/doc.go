// Package serve hands Envoy its configuration: delta ADS, secrets included, over gRPC.
//
// Publish makes a snapshot of resources; it is remembered as good once an Envoy holds all of it. A snapshot that Envoy refuses
// is taken back, so that the last good one is served again, also to an Envoy that starts later. The package does not know what
// resources mean; xds/translate makes them. Requests and answers are noted on the goroutines of the gRPC streams, under one
// lock with Publish; the package starts no goroutine of its own.
package serve
