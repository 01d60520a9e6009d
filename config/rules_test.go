package config

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"hevlayer.com/layer/policy"
)

// rule is a document with what is to be found in it; where that is nothing it is admitted.
type rule struct {
	text string
	want []string
}

const (
	endpoint = "kind: turbopuffer, endpoint: {url: 'https://a.example', region: r}"
	required = "Required value"
	duration = "Invalid value: must be a whole number with one of the units ms, s, m, h, d"
)

func store(spec string) string { return storeHead + "spec: {" + spec + "}\n" }

// TestStoreRules shows each rule of a VectorStore with what it admits and what it refuses.
func TestStoreRules(t *testing.T) {
	t.Parallel()
	checkRules(t, map[string]rule{
		"least":                     {store(endpoint), nil},
		"pinecone is admitted":      {store("kind: pinecone, endpoint: {url: 'https://a.example', region: r}"), nil},
		"search is admitted":        {store("kind: search, endpoint: {url: 'https://a.example', region: r}"), nil},
		"no kind":                   {store("endpoint: {url: 'https://a.example', region: r}"), []string{"spec.kind: " + required}},
		"unknown kind":              {store("kind: milvus, endpoint: {url: 'https://a.example', region: r}"), []string{`spec.kind: Unsupported value: supported values: "turbopuffer", "pinecone", "search"`}},
		"no endpoint":               {store("kind: turbopuffer"), []string{"spec.endpoint: " + required}},
		"no url":                    {store("kind: turbopuffer, endpoint: {region: r}"), []string{"spec.endpoint.url: " + required}},
		"no region":                 {store("kind: turbopuffer, endpoint: {url: 'http://a'}"), []string{"spec.endpoint.region: " + required}},
		"http url":                  {store("kind: turbopuffer, endpoint: {url: 'http://127.0.0.1:8080', region: r}"), nil},
		"url without host":          {store("kind: turbopuffer, endpoint: {url: 'https:///x', region: r}"), []string{"spec.endpoint.url: Invalid value: must be an http:// or https:// URL with a host"}},
		"url of another scheme":     {store("kind: turbopuffer, endpoint: {url: 'ftp://a', region: r}"), []string{"spec.endpoint.url: Invalid value: must be an http:// or https:// URL with a host"}},
		"default is no string":      {store(endpoint + ", default: 'yes'"), []string{`spec.default: Invalid value: spec.default in body must be of type boolean: "string"`}},
		"default yes is a boolean":  {store(endpoint + ", default: yes"), nil},
		"credential":                {store(endpoint + ", credential: {secretRef: {name: keys, key: a}}"), nil},
		"credential without ref":    {store(endpoint + ", credential: {}"), []string{"spec.credential.secretRef: " + required}},
		"ref without key":           {store(endpoint + ", credential: {secretRef: {name: keys}}"), []string{"spec.credential.secretRef.key: " + required}},
		"ref without name":          {store(endpoint + ", credential: {secretRef: {key: a}}"), []string{"spec.credential.secretRef.name: " + required}},
		"ref with empty name":       {store(endpoint + ", credential: {secretRef: {name: '', key: a}}"), []string{"spec.credential.secretRef.name: Invalid value: spec.credential.secretRef.name in body should be at least 1 chars long"}},
		"ref with empty key":        {store(endpoint + ", credential: {secretRef: {name: keys, key: ''}}"), []string{"spec.credential.secretRef.key: Invalid value: spec.credential.secretRef.key in body should be at least 1 chars long"}},
		"certificates":              {store("kind: turbopuffer, endpoint: {url: 'https://a', region: r, caSecretRef: {name: ca, key: ca.crt}}"), nil},
		"certificates without key":  {store("kind: turbopuffer, endpoint: {url: 'https://a', region: r, caSecretRef: {name: ca}}"), []string{"spec.endpoint.caSecretRef.key: " + required}},
		"organisation":              {store(endpoint + ", turbopuffer: {orgId: o}"), nil},
		"organisation is no number": {store(endpoint + ", turbopuffer: {orgId: 7}"), []string{`spec.turbopuffer.orgId: Invalid value: spec.turbopuffer.orgId in body must be of type string: "integer"`}},
		"reserved credential":       {store(endpoint + ", search: {adminCredential: {secretRef: {name: keys, key: k}}}"), nil},
		"reserved without ref":      {store(endpoint + ", search: {adminCredential: {}}"), []string{"spec.search.adminCredential.secretRef: " + required}},
		"unknown field":             {store(endpoint + ", endpiont: {}"), []string{"spec.endpiont: there is no such field"}},
		"unknown nested field":      {store("kind: turbopuffer, endpoint: {url: 'https://a', region: r, caSecret: {}}"), []string{"spec.endpoint.caSecret: there is no such field"}},
		"status is dropped":         {store(endpoint) + "status: {reachable: true, conditions: [{type: Ready, status: 'True'}]}\n", nil},
	})
}

// TestInboundRules does the same for its inboundAuth.
func TestInboundRules(t *testing.T) {
	t.Parallel()
	inbound := func(auth string) string { return store(endpoint + ", inboundAuth: {" + auth + "}") }
	key := func(key string) string { return inbound("mode: keys, keys: [" + key + "]") }
	checkRules(t, map[string]rule{
		"open":                     {inbound("mode: open"), nil},
		"derive":                   {inbound("mode: deriveFromStore"), nil},
		"null mode is the default": {inbound("mode: null"), nil},
		"unknown mode":             {inbound("mode: closed"), []string{`spec.inboundAuth.mode: Unsupported value: supported values: "deriveFromStore", "keys", "open"`}},
		"keys":                     {key("{name: one, scopes: [read, write, admin], secretRef: {name: keys, key: b}}"), nil},
		"keys without any":         {inbound("mode: keys"), []string{"spec.inboundAuth.keys: Invalid value: mode keys needs at least one key"}},
		"keys that are none":       {inbound("mode: keys, keys: []"), []string{"spec.inboundAuth.keys: Invalid value: mode keys needs at least one key"}},
		"no keys in another mode":  {inbound("mode: open, keys: []"), nil},
		"key without name":         {key("{scopes: [read], secretRef: {name: keys, key: b}}"), []string{"spec.inboundAuth.keys[0].name: " + required}},
		"key without scopes":       {key("{name: one, secretRef: {name: keys, key: b}}"), []string{"spec.inboundAuth.keys[0].scopes: " + required}},
		"key with no scope":        {key("{name: one, scopes: [], secretRef: {name: keys, key: b}}"), []string{"spec.inboundAuth.keys[0].scopes: Invalid value: spec.inboundAuth.keys[0].scopes in body should have at least 1 items"}},
		"key with unknown scope":   {key("{name: one, scopes: [own], secretRef: {name: keys, key: b}}"), []string{`spec.inboundAuth.keys[0].scopes[0]: Unsupported value: supported values: "read", "write", "admin"`}},
		"key without ref":          {key("{name: one, scopes: [read]}"), []string{"spec.inboundAuth.keys[0].secretRef: " + required}},
		"two keys of one name":     {key("{name: one, scopes: [read], secretRef: {name: a, key: b}}, {name: one, scopes: [write], secretRef: {name: a, key: c}}"), []string{"spec.inboundAuth.keys[1]: Duplicate value"}},
		"two keys of two names":    {key("{name: one, scopes: [read], secretRef: {name: a, key: b}}, {name: two, scopes: [write], secretRef: {name: a, key: c}}"), nil},
	})
}

// TestIndexRules does the same for an Index.
func TestIndexRules(t *testing.T) {
	t.Parallel()
	index := func(spec string) string { return indexHead + "spec: {backend: {}, " + spec + "}\n" }
	checkRules(t, map[string]rule{
		"least":                     {indexHead + "spec: {backend: {}}\n", nil},
		"no spec":                   {indexHead, []string{"spec: " + required}},
		"no backend":                {indexHead + "spec: {}\n", []string{"spec.backend: " + required}},
		"backend":                   {indexHead + "spec: {backend: {storeRef: s, namespace: Shop_1, distanceMetric: euclidean_squared}}\n", nil},
		"store is no number":        {indexHead + "spec: {backend: {storeRef: 7}}\n", []string{`spec.backend.storeRef: Invalid value: spec.backend.storeRef in body must be of type string: "integer"`}},
		"unknown field":             {indexHead + "spec: {backend: {store: s}}\n", []string{"spec.backend.store: there is no such field"}},
		"metadata":                  {index("metadata: {labels: {a: b}, annotations: {c: d}, tags: [e]}"), nil},
		"label is no number":        {index("metadata: {labels: {a: 1}}"), []string{`spec.metadata.labels.a: Invalid value: spec.metadata.labels.a in body must be of type string: "integer"`}},
		"tags are no map":           {index("metadata: {tags: {}}"), []string{`spec.metadata.tags: Invalid value: spec.metadata.tags in body must be of type array: "object"`}},
		"facets":                    {index("snapshot: {facetFields: [brand, ' size ']}"), nil},
		"empty facet":               {index("snapshot: {facetFields: [brand, '']}"), []string{`spec.snapshot.facetFields[1]: Invalid value: spec.snapshot.facetFields[1] in body should match '\S'`}},
		"blank facet":               {index("snapshot: {facetFields: [' ']}"), []string{`spec.snapshot.facetFields[0]: Invalid value: spec.snapshot.facetFields[0] in body should match '\S'`}},
		"interval in milliseconds":  {index("snapshot: {interval: 1500ms}"), nil},
		"interval without unit":     {index("snapshot: {interval: '5'}"), []string{"spec.snapshot.interval: " + duration}},
		"interval of two parts":     {index("snapshot: {interval: 1h30m}"), []string{"spec.snapshot.interval: " + duration}},
		"retention never":           {index("snapshot: {retention: never}"), nil},
		"retention in days":         {index("snapshot: {retention: 30d}"), nil},
		"retention always":          {index("snapshot: {retention: always}"), []string{"spec.snapshot.retention: Invalid value: must be never, or a whole number with one of the units ms, s, m, h, d"}},
		"threads out of range":      {index("scan: {threads: 500}"), nil},
		"threads over 32 bits":      {index("scan: {threads: 4294967296}"), []string{": Invalid value: Checked value must be of type integer with format int32 in spec.scan.threads"}},
		"cache":                     {index("cache: {ttl: 1h, capGiB: 10, mode: staging}"), nil},
		"cache without ttl":         {index("cache: {mode: staging}"), []string{"spec.cache.ttl: " + required}},
		"ttl of another unit":       {index("cache: {ttl: 1w}"), []string{"spec.cache.ttl: " + duration}},
		"negative size":             {index("cache: {ttl: 1h, capGiB: -1}"), []string{"spec.cache.capGiB: Invalid value: spec.cache.capGiB in body should be greater than or equal to 0"}},
		"unknown cache mode":        {index("cache: {ttl: 1h, mode: fast}"), []string{`spec.cache.mode: Unsupported value: supported values: "standard", "staging"`}},
		"strong":                    {index("consistency: strong"), nil},
		"unknown consistency":       {index("consistency: weak"), []string{`spec.consistency: Unsupported value: supported values: "eventual", "strong"`}},
		"full text":                 {index("search: {fullText: true}"), nil},
		"full text is no string":    {index("search: {fullText: 'true'}"), []string{`spec.search.fullText: Invalid value: spec.search.fullText in body must be of type boolean: "string"`}},
		"blobs":                     {index("blobs: {referenceAttributes: [image]}"), nil},
		"blobs of numbers":          {index("blobs: {referenceAttributes: [1]}"), []string{`spec.blobs.referenceAttributes[0]: Invalid value: spec.blobs.referenceAttributes[0] in body must be of type string: "integer"`}},
		"embedding":                 {index("embedding: {model: m, normalization: l2, outputDim: 512}"), nil},
		"embedding without all":     {index("embedding: {model: m}"), []string{"spec.embedding.normalization: " + required, "spec.embedding.outputDim: " + required}},
		"embedding without a model": {index("embedding: {normalization: l2, outputDim: 512}"), []string{"spec.embedding.model: " + required}},
	})
}

// TestObjectRules does the same for what all objects have.
func TestObjectRules(t *testing.T) {
	t.Parallel()
	checkRules(t, map[string]rule{
		"no metadata":               {"apiVersion: hevlayer.com/v1\nkind: Index\nspec: {backend: {}}\n", []string{"metadata: " + required}},
		"no name":                   {"apiVersion: hevlayer.com/v1\nkind: Index\nmetadata: {labels: {}}\nspec: {backend: {}}\n", []string{"metadata.name: Required value: name or generateName is required"}},
		"name is no number":         {"apiVersion: hevlayer.com/v1\nkind: Index\nmetadata: {name: 7}\nspec: {backend: {}}\n", []string{"metadata.name: Invalid value: must be of type string"}},
		"unknown field":             {indexHead + "spec: {backend: {}}\nspce: {}\n", []string{"spce: there is no such field"}},
		"unknown field of metadata": {"apiVersion: hevlayer.com/v1\nkind: Index\nmetadata: {name: one, title: two}\nspec: {backend: {}}\n", []string{"metadata.title: there is no such field"}},
	})
}

// TestSecretRules does the same for a core Secret.
func TestSecretRules(t *testing.T) {
	t.Parallel()
	checkRules(t, map[string]rule{
		"data":                              {secretHead + "type: Opaque\ndata: {a: dHB1Zg==}\n", nil},
		"no data":                           {secretHead, nil},
		"null data":                         {secretHead + "data: null\nstringData: {a: null}\n", nil},
		"data is no base64":                 {secretHead + "data: {a: 'tpuf_x'}\n", []string{"data[a]: Invalid value: must be base64"}},
		"value is no number":                {secretHead + "stringData: {a: 7}\n", []string{"stringData[a]: Invalid value: must be a string"}},
		"data is no list":                   {secretHead + "data: [a]\n", []string{"data: Invalid value: must be a map of strings"}},
		"key of other characters":           {secretHead + "stringData: {'a/b': c}\n", []string{"stringData[a/b]: Invalid value: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"}},
		"unknown field":                     {secretHead + "stringDate: {}\n", []string{"stringDate: there is no such field"}},
		"type is no number":                 {secretHead + "type: 7\n", []string{"type: Invalid value: must be of type v1.SecretType"}},
		"over the size that a server takes": {secretHead + "stringData: {a: " + strings.Repeat("x", 1<<20+1) + "}\n", []string{"data: Too long: may not be more than 1048576 bytes"}},
	})
}

func checkRules(t *testing.T, rules map[string]rule) {
	t.Helper()
	d := newTestDecoder(t)
	for name, tt := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := d.decode(t.Context(), []byte(tt.text))
			var got []string
			for _, f := range doc.findings {
				got = append(got, f.Field+": "+f.Message)
				if f.Reason != policy.ReasonInvalidSpec || !f.Fatal || f.Kind == "" {
					t.Errorf("reason %q, fatal %v, kind %q", f.Reason, f.Fatal, f.Kind)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if admitted := len(doc.resources) == 1; admitted != (len(tt.want) == 0) {
				t.Errorf("%d resources with findings %v", len(doc.resources), got)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ kind, spec, want string }{
		"least index": {
			"Index", `{backend: {}}`,
			`{backend: {distanceMetric: cosine_distance}, metadata: {labels: {}, annotations: {}}, consistency: eventual, scan: {threads: 8},
			  snapshot: {facetFields: [], interval: 5m, retention: never}, search: {fullText: false}, blobs: {referenceAttributes: []}}`,
		},
		"index with a cache": {
			"Index", `{backend: {distanceMetric: euclidean_squared}, scan: {threads: 2}, consistency: strong, cache: {ttl: 1h}}`,
			`{backend: {distanceMetric: euclidean_squared}, metadata: {labels: {}, annotations: {}}, consistency: strong, scan: {threads: 2},
			  snapshot: {facetFields: [], interval: 5m, retention: never}, search: {fullText: false}, blobs: {referenceAttributes: []},
			  cache: {ttl: 1h, mode: standard}}`,
		},
		"least store": {
			"VectorStore", `{kind: turbopuffer, endpoint: {url: 'https://a', region: r}}`,
			`{kind: turbopuffer, endpoint: {url: 'https://a', region: r}, default: false, inboundAuth: {mode: deriveFromStore}}`,
		},
	}
	d := newTestDecoder(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			def := d.definitions[tt.kind]
			object := map[string]any{
				"apiVersion": def.apiVersion, "kind": def.kind, "spec": jsonValue(t, tt.spec),
				"metadata": map[string]any{"name": "n", "namespace": "default"},
			}
			if errs := def.judge(t.Context(), object); len(errs) > 0 {
				t.Fatal(errs)
			}
			if diff := cmp.Diff(text(t, jsonValue(t, tt.want)), text(t, object["spec"])); diff != "" {
				t.Errorf("spec (-want +got):\n%s", diff)
			}
		})
	}
}

func jsonValue(t *testing.T, text string) any {
	t.Helper()
	v, findings := unmarshal([]byte(text))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return v
}

func text(t *testing.T, v any) string {
	t.Helper()
	j, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	y, err := yaml.JSONToYAML(j)
	if err != nil {
		t.Fatal(err)
	}
	return string(y)
}
