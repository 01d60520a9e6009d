// Package gateway is the HTTP surface behind Envoy: the operations that Layer answers itself.
//
// Envoy reaches it over a Unix socket that nobody else can enter, and the filter has judged every request before; which
// operation it is stands in a header that only the filter sets. A handler reads and writes one request and keeps nothing. The
// goroutines are net/http's.
package gateway
