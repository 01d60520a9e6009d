// Package crds holds the custom resource definitions that controller-gen makes from the Go types in api/v1 and api/v1alpha1.
// It gives their YAML as it is checked in, and nothing else; it has no goroutines.
package crds

import _ "embed"

//go:embed hevlayer.com_vectorstores.yaml
var vectorStores string

//go:embed hevlayer.com_indexes.yaml
var indexes string

// All gives the YAML of each definition.
func All() []string { return []string{vectorStores, indexes} }
