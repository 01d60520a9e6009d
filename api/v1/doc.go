// Package v1 holds the Go types of the hevlayer.com/v1 resources. The markers on the types are the one home of their defaults
// and rules: controller-gen makes the CRD YAML in api/crds and the deep copies from them. The package reads nothing and
// decides nothing; it has no goroutines. Condition types and reasons are those of api/v1alpha1.
//
// +kubebuilder:object:generate=true
// +groupName=hevlayer.com
package v1
