// Package policy holds the rules that every request is judged by: the table of operations, scopes, inbound keys, stores and
// the namespaces that an Index sends to a store of its own.
//
// Compile turns plain inputs into a Table. A Table is immutable, safe for any number of goroutines and swapped whole; the
// xDS translator, the ext_proc filter and the gateway read the very same one. The package starts no goroutine, opens no file
// and knows neither Envoy nor Kubernetes.
package policy
