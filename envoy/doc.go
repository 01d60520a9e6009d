// Package envoy knows the proxy that Layer stands behind: the names that both sides use, the bootstrap that makes an Envoy
// fetch everything else from the control plane, and the child process where one is run.
//
// It does not decide what Envoy does with a request; that is xds/translate. Process owns the goroutine that started the
// child, since the kernel ties the child's life to it.
package envoy
