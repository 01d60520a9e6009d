// Package testkit runs the real parts for tests: the layer program, Envoy and a development store, as processes and servers on
// loopback that end with the test. What a process printed is shown only when the test fails.
//
// Each Process owns the goroutine that reads its output.
package testkit
