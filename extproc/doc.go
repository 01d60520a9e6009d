// Package extproc is the filter that Envoy asks about every request before any of it moves on: who is it, may they, and where
// does it go.
//
// It sees headers only, one message a request, and answers with a verdict: continue, with the facts that the gateway and the
// access log need, or a reply. It keeps nothing between requests. The goroutine of a stream is gRPC's; the package starts none.
package extproc
