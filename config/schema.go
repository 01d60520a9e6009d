package config

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// definition judges objects of one kind as an API server that holds the kind's CRD does when they are created.
type definition struct {
	apiVersion string
	kind       string
	structural *schema.Structural
	openapi    validation.SchemaValidator
	rules      *cel.Validator
}

// newDefinition makes a definition of a CRD's YAML. The CRD has one version.
func newDefinition(crd string) (*definition, error) {
	var v1 apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict([]byte(crd), &v1); err != nil {
		return nil, fmt.Errorf("read custom resource definition: %w", err)
	}
	version := v1.Spec.Versions[0]
	var props apiextensions.JSONSchemaProps
	err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &props, nil)
	if err != nil {
		return nil, fmt.Errorf("convert schema of %s: %w", v1.Name, err)
	}
	structural, err := schema.NewStructural(&props)
	if err != nil {
		return nil, fmt.Errorf("structural schema of %s: %w", v1.Name, err)
	}
	openapi, _, err := validation.NewSchemaValidator(&props)
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", v1.Name, err)
	}
	return &definition{
		apiVersion: v1.Spec.Group + "/" + version.Name, kind: v1.Spec.Names.Kind, structural: structural, openapi: openapi,
		rules: cel.NewValidator(structural, true, celconfig.PerCallLimit),
	}, nil
}

// judge fills in the defaults of an object and says what an API server with strict field validation would refuse it for.
// Its status is dropped, as a server drops that of an object that is created.
func (d *definition) judge(ctx context.Context, object map[string]any) field.ErrorList {
	meta, errs := d.decode(object)
	if len(errs) > 0 {
		return errs
	}
	delete(object, "status")
	valid := len(d.shape(object)) == 0
	defaulting.Default(object, d.structural)
	// Defaults are valid, or a server would not take the definition; so an object that is valid without them stays so, and is
	// not judged twice. One that is not may owe it to a null that its default replaces.
	if !valid {
		errs = d.shape(object)
	}
	errs = append(errs, judgeMeta(meta)...)
	if len(errs) > 0 {
		return errs
	}
	errs, _ = d.rules.Validate(ctx, nil, d.structural, object, nil, celconfig.RuntimeCELCostBudget)
	return errs
}

// judgeMeta judges metadata. An object that names no namespace gets one, as it does from the path of a request.
func judgeMeta(meta *metav1.ObjectMeta) field.ErrorList {
	meta.Namespace = cmp.Or(meta.Namespace, metav1.NamespaceDefault)
	return apivalidation.ValidateObjectMeta(meta, true, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
}

// decode is the part of judge that a server does while it reads the object.
func (d *definition) decode(object map[string]any) (*metav1.ObjectMeta, field.ErrorList) {
	path := field.NewPath("metadata")
	meta, found, unknown, err := objectmeta.GetObjectMetaWithOptions(object, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return nil, field.ErrorList{mistyped(path, err)}
	}
	if !found {
		return nil, field.ErrorList{field.Required(path, "")}
	}
	unknown = append(unknown, pruning.PruneWithOptions(object, d.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
	defaulting.PruneNonNullableNullsWithoutDefaults(object, d.structural)
	return meta, unknownFields(unknown)
}

// shape judges an object by everything in the schema but its rules.
func (d *definition) shape(object map[string]any) field.ErrorList {
	errs := validation.ValidateCustomResource(nil, object, d.openapi)
	return append(errs, listtype.ValidateListSetsAndMaps(nil, d.structural, object)...)
}

// mistyped says where the JSON reader found a value of the wrong type; its own text can quote the value.
func mistyped(path *field.Path, err error) *field.Error {
	wrong := (*json.UnmarshalTypeError)(nil)
	if !errors.As(err, &wrong) {
		return field.Invalid(path, nil, "can't be read")
	}
	if path == nil {
		return field.TypeInvalid(field.NewPath(wrong.Field), nil, "must be of type "+wrong.Type.String())
	}
	return field.TypeInvalid(path.Child(wrong.Field), nil, "must be of type "+wrong.Type.String())
}

func unknownFields(paths []string) field.ErrorList {
	var errs field.ErrorList
	for _, p := range paths {
		errs = append(errs, field.Forbidden(field.NewPath(strings.TrimPrefix(p, ".")), "there is no such field"))
	}
	return errs
}
