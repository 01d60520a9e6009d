package crds_test

import (
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"hevlayer.com/layer/api/crds"
	apiv1 "hevlayer.com/layer/api/v1"
	"hevlayer.com/layer/api/v1alpha1"
)

// A server refuses a definition that is not structural, whose defaults break its own rules, or whose rules may cost too much.
func TestServerTakesDefinitions(t *testing.T) {
	t.Parallel()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{apiv1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range crds.All() {
		var v1 apiextensionsv1.CustomResourceDefinition
		if err := yaml.UnmarshalStrict([]byte(text), &v1); err != nil {
			t.Fatal(err)
		}
		t.Run(v1.Name, func(t *testing.T) {
			t.Parallel()
			apiextensionsv1.SetDefaults_CustomResourceDefinition(&v1)
			apiextensionsv1.SetDefaults_CustomResourceDefinitionSpec(&v1.Spec)
			v1.Status.StoredVersions = []string{v1.Spec.Versions[0].Name}
			var crd apiextensions.CustomResourceDefinition
			if err := apiextensionsv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&v1, &crd, nil); err != nil {
				t.Fatal(err)
			}
			for _, err := range validation.ValidateCustomResourceDefinition(t.Context(), &crd) {
				t.Error(err)
			}
			gvk := apiv1.GroupVersion.WithKind(v1.Spec.Names.Kind)
			gvk.Version = v1.Spec.Versions[0].Name
			if !scheme.Recognizes(gvk) {
				t.Errorf("no Go type is registered for %s", gvk)
			}
		})
	}
}
