package translate_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/translate"
)

// testCase is what a folder below testdata holds in its in.yaml: resources in a short form, and options.
type testCase struct {
	Stores  []storeCase
	Indexes []indexCase
	Options optionsCase
	// Problems are what compiling finds, Untranslated what translating does; both leave it out.
	Problems, Untranslated []string
}

type storeCase struct {
	Name, URL, Credential, CA string
	Default                   bool
	Mode                      policy.AuthMode
	Keys                      []keyCase
}

type keyCase struct {
	Name   string
	Scopes []string
	Secret string
}

type indexCase struct{ Namespace, Store string }

type optionsCase struct {
	HTTP, HTTPS, AccessLog string
	// Timeouts are durations in Go's notation; those not given have their defaults.
	Timeouts map[string]string
	Traces   *tracesCase
}

type tracesCase struct {
	Host, Path, ServiceName string
	Port                    uint32
	TLS, GRPC               bool
	Headers                 map[string]string
	Ratio                   float64
}

// caseNames lists the folders that hold a case.
func caseNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*/in.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases below testdata: %v", err)
	}
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(filepath.Dir(f)))
	}
	return names
}

func readCase(t *testing.T, name string) testCase {
	t.Helper()
	var c testCase
	if err := yaml.UnmarshalStrict(readFile(t, filepath.Join("testdata", name, "in.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (c testCase) input() policy.Input {
	var in policy.Input
	for _, s := range c.Stores {
		store := policy.StoreInput{
			Object: policy.Object{Kind: "VectorStore", Name: s.Name}, Kind: policy.KindTurbopuffer, Default: s.Default, URL: s.URL,
			Credential: secretInput(s.Credential), CA: secretInput(s.CA), Mode: s.Mode,
		}
		for _, k := range s.Keys {
			store.Keys = append(store.Keys, policy.KeyInput{Name: k.Name, Scopes: k.Scopes, Secret: secretInput(k.Secret)})
		}
		in.Stores = append(in.Stores, store)
	}
	for _, ix := range c.Indexes {
		in.Indexes = append(in.Indexes, policy.IndexInput{
			Object: policy.Object{Kind: "Index", Name: ix.Namespace}, Upstream: ix.Namespace, Store: ix.Store,
		})
	}
	return in
}

func secretInput(text string) policy.SecretInput {
	if text == "" {
		return policy.SecretInput{}
	}
	return policy.SecretInput{Ref: "secrets/test", Value: policy.NewSecret(text)}
}

// table compiles the case and compares the problems.
func (c testCase) table(t testing.TB) *policy.Table {
	t.Helper()
	table, problems := policy.Compile(c.input(), nil)
	compare(t, "problems", c.Problems, texts(problems))
	if table == nil {
		t.Fatal("the case compiles to no table")
	}
	return table
}

func (c testCase) options(t testing.TB) translate.Options {
	t.Helper()
	o := translate.Options{
		HTTP: c.Options.HTTP, HTTPS: c.Options.HTTPS, AccessLog: c.Options.AccessLog,
		Egress:      "/run/layer/egress.sock",
		SystemRoots: "testdata/ca.pem",
		MaxBody:     translate.DefaultMaxBody,
		Timeouts:    translate.DefaultTimeouts(),
	}
	if o.HTTPS != "" {
		o.Certificate = readFile(t, "testdata/server.pem")
		o.PrivateKey = policy.NewSecret(string(readFile(t, "testdata/server.key")))
	}
	fields := map[string]*time.Duration{
		"connect": &o.Timeouts.Connect, "read": &o.Timeouts.Read, "write": &o.Timeouts.Write,
		"idle": &o.Timeouts.Idle, "filter": &o.Timeouts.Filter,
	}
	for name, text := range c.Options.Timeouts {
		d, err := time.ParseDuration(text)
		if err != nil || fields[name] == nil {
			t.Fatalf("options.timeouts.%s: %v", name, err)
		}
		*fields[name] = d
	}
	o.Traces = c.Options.Traces.traces()
	return o
}

func (c *tracesCase) traces() *translate.Traces {
	if c == nil {
		return nil
	}
	t := &translate.Traces{
		Host: c.Host, Port: c.Port, TLS: c.TLS, GRPC: c.GRPC, Path: c.Path,
		Headers: map[string]policy.Secret{}, ServiceName: c.ServiceName, Ratio: c.Ratio,
	}
	for name, value := range c.Headers {
		t.Headers[name] = policy.NewSecret(value)
	}
	return t
}

func texts(problems []policy.Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.Error())
	}
	return out
}

// translated is the case's configuration.
func (c testCase) translated(t testing.TB) translate.Resources {
	t.Helper()
	r, problems := translate.Translate(c.table(t), c.options(t))
	compare(t, "problems of the translation", c.Untranslated, texts(problems))
	return r
}

// secrets lists every private value of the case, by what it is: those that only the inbound side compares, those that are
// Envoy's secrets, and those that go with spans.
func (c testCase) secrets(t *testing.T) (inbound, upstream, spans []string) {
	for _, s := range c.Stores {
		if s.Credential != "" {
			upstream = append(upstream, s.Credential)
		}
		for _, k := range s.Keys {
			inbound = append(inbound, k.Secret)
		}
	}
	if key := c.options(t).PrivateKey; !key.Empty() {
		upstream = append(upstream, key.Reveal())
	}
	if c.Options.Traces != nil {
		for _, value := range c.Options.Traces.Headers {
			spans = append(spans, value)
		}
	}
	return inbound, upstream, spans
}
