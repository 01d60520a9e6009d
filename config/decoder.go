package config

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"hevlayer.com/layer/api/crds"
	apiv1 "hevlayer.com/layer/api/v1"
	"hevlayer.com/layer/api/v1alpha1"
	"hevlayer.com/layer/policy"
)

const (
	coreVersion = "v1"
	kindSecret  = "Secret"
	kindList    = "List"
)

// elsewhere are Layer's kinds that other parts read.
var elsewhere = []string{"InfraRules", "Pipeline", "Function", "ApiKey", "Warehouse", "Agent"}

// decoder reads documents into resources.
type decoder struct {
	namespace   string
	logger      *slog.Logger
	core        *runtime.Scheme
	definitions map[string]*definition
}

// document is what was read from the text of one.
type document struct {
	resources []resource
	findings  []finding
}

// resource is an object that takes part in the policy.
type resource struct {
	policy.Object
	// content is a policy.StoreInput, a route or secretData.
	content any
}

// route is the part of an Index that routing needs.
type route struct{ upstream, store string }

func newDecoder(namespace string, logger *slog.Logger) (*decoder, error) {
	d := &decoder{namespace: namespace, logger: logger, core: runtime.NewScheme(), definitions: map[string]*definition{}}
	if err := corev1.AddToScheme(d.core); err != nil {
		return nil, fmt.Errorf("register core kinds: %w", err)
	}
	for _, crd := range crds.All() {
		def, err := newDefinition(crd)
		if err != nil {
			return nil, err
		}
		d.definitions[def.kind] = def
	}
	return d, nil
}

// decode reads one document.
func (d *decoder) decode(ctx context.Context, text []byte) *document {
	doc := &document{}
	v, findings := unmarshal(text)
	switch object, ok := v.(map[string]any); {
	case len(findings) > 0:
		doc.findings = findings
	case v == nil:
	case !ok:
		doc.findings = []finding{unreadable(1, "is not an object with apiVersion and kind")}
	default:
		d.object(ctx, doc, object)
	}
	return doc
}

// object adds what an object is to doc.
func (d *decoder) object(ctx context.Context, doc *document, object map[string]any) {
	version, _ := object["apiVersion"].(string)
	id := identify(object)
	def := d.definitions[id.Kind]
	switch {
	case version == "" || id.Kind == "":
		doc.findings = append(doc.findings, unreadable(1, "an object needs apiVersion and kind"))
	case version == coreVersion && id.Kind == kindList:
		d.list(ctx, doc, object)
	case !d.handles(version, id.Kind):
		d.other(doc, version, id)
	case id.Namespace != "" && id.Namespace != d.namespace:
		d.ignore(id, "object of another namespace ignored")
	case def == nil:
		id.Namespace = d.namespace
		doc.add(readSecret(id, object))
	default:
		id.Namespace = d.namespace
		doc.add(def.read(ctx, id, object))
	}
}

func (doc *document) add(r resource, findings []finding) {
	doc.findings = append(doc.findings, findings...)
	if len(findings) == 0 {
		doc.resources = append(doc.resources, r)
	}
}

func (d *decoder) list(ctx context.Context, doc *document, object map[string]any) {
	items, ok := object["items"].([]any)
	if !ok {
		doc.findings = append(doc.findings, unreadable(1, "a List needs items"))
	}
	for i, item := range items {
		if object, ok := item.(map[string]any); ok {
			d.object(ctx, doc, object)
			continue
		}
		doc.findings = append(doc.findings, unreadable(1, "items[%d] is not an object", i))
	}
}

func (d *decoder) handles(version, kind string) bool {
	def := d.definitions[kind]
	return def != nil && def.apiVersion == version || version == coreVersion && kind == kindSecret
}

// other tells the kinds that other programs read from those that nobody does.
func (d *decoder) other(doc *document, version string, id policy.Object) {
	group, _, _ := strings.Cut(version, "/")
	layer := group == v1alpha1.Group && slices.Contains(elsewhere, id.Kind)
	if layer || version == coreVersion && d.core.Recognizes(corev1.SchemeGroupVersion.WithKind(id.Kind)) {
		d.ignore(id, "object of a kind that is not read here ignored")
		return
	}
	hint := ""
	if def := d.definitions[id.Kind]; def != nil {
		hint = fmt.Sprintf("; %s is of %s", id.Kind, def.apiVersion)
	}
	doc.findings = append(doc.findings, fatal(id, "apiVersion", policy.ReasonUnreadable, "there is no kind %s in %s%s", id.Kind, version, hint))
}

func (d *decoder) ignore(id policy.Object, message string) {
	d.logger.Debug(message, "kind", id.Kind, "object_namespace", id.Namespace, "name", id.Name)
}

// identify reads which object it is, as far as it says.
func identify(object map[string]any) policy.Object {
	meta, _ := object["metadata"].(map[string]any)
	id := policy.Object{}
	id.Kind, _ = object["kind"].(string)
	id.Name, _ = meta["name"].(string)
	id.Namespace, _ = meta["namespace"].(string)
	return id
}

// read judges an object of the definition's kind and takes what the policy needs of it.
func (d *definition) read(ctx context.Context, id policy.Object, object map[string]any) (resource, []finding) {
	if errs := d.judge(ctx, object); len(errs) > 0 {
		return resource{}, refused(id, errs)
	}
	spec, _ := object["spec"].(map[string]any)
	content, err := contentOf(id, spec)
	if err != nil {
		return resource{}, refused(id, field.ErrorList{field.Invalid(field.NewPath("spec"), nil, err.Error())})
	}
	return resource{id, content}, nil
}

// contentOf converts a spec that has been judged.
func contentOf(id policy.Object, spec map[string]any) (any, error) {
	if id.Kind == v1alpha1.KindVectorStore {
		var s v1alpha1.VectorStoreSpec
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(spec, &s); err != nil {
			return nil, fmt.Errorf("convert: %w", err)
		}
		return storeInput(s), nil
	}
	var b apiv1.Backend
	backend, _ := spec["backend"].(map[string]any)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(backend, &b); err != nil {
		return nil, fmt.Errorf("convert: %w", err)
	}
	return route{upstream: cmp.Or(b.Namespace, id.Name), store: b.StoreRef}, nil
}
