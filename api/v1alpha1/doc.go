// Package v1alpha1 holds the Go types of the hevlayer.com/v1alpha1 resources and the names of the conditions that Layer's
// resources carry. The markers on the types are the one home of their defaults and rules: controller-gen makes the CRD YAML
// in api/crds and the deep copies from them. The package reads nothing and decides nothing; it has no goroutines.
//
// +kubebuilder:object:generate=true
// +groupName=hevlayer.com
package v1alpha1
