package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"hevlayer.com/layer/api/v1alpha1"
	"hevlayer.com/layer/policy"
)

// The variables that name stores without Kubernetes and without a folder.
const (
	EnvStoreFile  = "LAYER_STORE_FILE"
	EnvStoreJSON  = "LAYER_STORE_JSON"
	EnvStoresJSON = "LAYER_STORES_JSON"
	EnvURL        = "TPUF_URL"
	EnvRegion     = "TURBOPUFFER_REGION"
	EnvAPIKey     = "TURBOPUFFER_API_KEY"
)

const (
	defaultRegion    = "aws-us-east-1"
	defaultStoreName = "turbopuffer-default"
)

// StoresNamed reports whether the environment names a store, so that Standalone returns more than the published default.
func StoresNamed(getenv func(string) string) bool {
	return slices.ContainsFunc([]string{EnvStoreFile, EnvStoreJSON, EnvStoresJSON, EnvURL, EnvAPIKey}, func(name string) bool {
		return variable(getenv, name) != ""
	})
}

// Standalone reads the stores that the environment names; the first variable that is set wins, and with none it is the store
// of the region. Secrets are looked up in the environment.
func Standalone(ctx context.Context, getenv func(string) string, logger *slog.Logger) ([]policy.StoreInput, error) {
	if path := variable(getenv, EnvStoreFile); path != "" {
		text, err := readFile(path)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", EnvStoreFile, err)
		}
		return readStores(ctx, path, text, getenv, logger)
	}
	for _, name := range []string{EnvStoreJSON, EnvStoresJSON} {
		text := variable(getenv, name)
		if text == "" {
			continue
		}
		if name == EnvStoresJSON {
			logger.Warn("variable is deprecated", "variable", name, "instead", EnvStoreJSON)
		}
		return readStores(ctx, name, []byte(text), getenv, logger)
	}
	stores := []policy.StoreInput{regionStore(getenv)}
	if err := usable(stores); err != nil {
		return nil, err
	}
	return stores, nil
}

// usable reports what keeps stores that nobody can mend while the process runs from being served.
func usable(stores []policy.StoreInput) error {
	var errs []error
	table, problems := policy.Compile(policy.Input{Stores: stores}, nil)
	for _, p := range problems {
		if table == nil && p.Fatal {
			errs = append(errs, p)
		}
	}
	return errors.Join(errs...)
}

// regionStore is the one store of TPUF_URL or else of the region.
func regionStore(getenv func(string) string) policy.StoreInput {
	region := cmp.Or(variable(getenv, EnvRegion), defaultRegion)
	s := policy.StoreInput{
		Object: policy.Object{Kind: v1alpha1.KindVectorStore, Name: defaultStoreName}, Kind: policy.KindTurbopuffer, Default: true,
		URL: cmp.Or(variable(getenv, EnvURL), "https://"+region+".turbopuffer.com"), Region: region, Mode: policy.DeriveFromStore,
	}
	if variable(getenv, EnvURL) != "" {
		s.File = EnvURL
	}
	if key := variable(getenv, EnvAPIKey); key != "" {
		s.Credential = policy.SecretInput{Ref: EnvAPIKey, Value: policy.NewSecret(key)}
	}
	return s
}

// readStores reads a VectorStore, a list of them under items, or a map from their names to their specs.
func readStores(ctx context.Context, source string, text []byte, getenv func(string) string, logger *slog.Logger) ([]policy.StoreInput, error) {
	chunks := split(text)
	if len(chunks) != 1 {
		return nil, fmt.Errorf("read %s: holds %d documents, wanted one", source, len(chunks))
	}
	v, findings := unmarshal(chunks[0].text)
	object, ok := v.(map[string]any)
	if len(findings) == 0 && !ok {
		findings = []finding{unreadable(1, "is not an object")}
	}
	if len(findings) > 0 {
		return nil, joined(source, findings)
	}
	d, err := newDecoder("", logger)
	if err != nil {
		return nil, err
	}
	var stores []policy.StoreInput
	for _, o := range asObjects(object) {
		store, found := d.store(ctx, o)
		findings = append(findings, found...)
		store.File = source
		stores = append(stores, resolve(store, EnvironSecrets(getenv)))
	}
	if len(findings) > 0 {
		return nil, joined(source, findings)
	}
	if len(stores) == 0 {
		return nil, fmt.Errorf("read %s: holds no VectorStore", source)
	}
	return stores, nil
}

// asObjects gives the VectorStores that any of the three forms holds.
func asObjects(v map[string]any) []any {
	if items, ok := v["items"].([]any); ok {
		return items
	}
	if v["kind"] != nil || v["apiVersion"] != nil {
		return []any{v}
	}
	var out []any
	for _, name := range slices.Sorted(maps.Keys(v)) {
		out = append(out, map[string]any{"metadata": map[string]any{"name": name}, "spec": v[name]})
	}
	return out
}

// store reads one VectorStore, which need not say that it is one.
func (d *decoder) store(ctx context.Context, v any) (policy.StoreInput, []finding) {
	def := d.definitions[v1alpha1.KindVectorStore]
	object, ok := v.(map[string]any)
	if !ok {
		return policy.StoreInput{}, []finding{unreadable(1, "holds something that is not a VectorStore")}
	}
	for name, value := range map[string]string{"apiVersion": def.apiVersion, "kind": def.kind} {
		if object[name] == nil {
			object[name] = value
		}
		if object[name] != value {
			return policy.StoreInput{}, []finding{fatal(identify(object), name, policy.ReasonUnreadable, "must be %s", value)}
		}
	}
	id := identify(object)
	r, findings := def.read(ctx, id, object)
	in, _ := r.content.(policy.StoreInput)
	in.Object = id
	return in, findings
}

func joined(source string, findings []finding) error {
	var errs []error
	for _, f := range findings {
		errs = append(errs, f.in(source, 1))
	}
	return errors.Join(errs...)
}

func variable(getenv func(string) string, name string) string { return strings.TrimSpace(getenv(name)) }
