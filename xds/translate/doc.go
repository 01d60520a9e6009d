// Package translate turns a policy table into Envoy resources: listeners, routes, clusters and secrets.
//
// Translate is a pure function: sorted input, sorted output, no clock, no chance, nothing read or sent. Every resource is
// validated as it is added; one that does not pass becomes a Problem and is left out, with the rest intact. Namespaces are not
// routes: the filter names the store's cluster for a request, so that an Index is no matter of Envoy's. The package does not
// serve what it makes; that is xds/serve.
package translate
