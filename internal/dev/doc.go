// Package dev runs the whole gateway on one machine: Envoy as a child, everything else in this process, and an embedded store
// where no other is configured. It is what "layer dev" does.
//
// Run owns the goroutines of all parts and the Envoy process; when it returns, all of them have ended.
package dev
