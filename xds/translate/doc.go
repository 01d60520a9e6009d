// Package translate turns a policy table into Envoy resources: listeners, routes, clusters and secrets.
//
// Translate is a pure function: sorted input, sorted output, no clock, no chance, nothing read or sent. Every resource is
// validated as it is added; one that does not pass becomes a Problem and is left out, with the rest intact. Namespaces are not
// routes: only those that an Index sends away from the default store appear, in one prefix map. The package does not serve
// what it makes; that is xds/serve.
package translate
