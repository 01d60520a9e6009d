package translate_test

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/translate"
)

// parts gives each resource's bytes by its kind and name, and the order they come in.
func parts(t testing.TB, r translate.Resources) (map[string]string, []string) {
	t.Helper()
	content := map[string]string{}
	var order []string
	add := func(kind, name string, m proto.Message) {
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		content[kind+" "+name] = string(b)
		order = append(order, kind+" "+name)
	}
	for _, m := range r.Listeners {
		add("listener", m.GetName(), m)
	}
	for _, m := range r.Routes {
		add("routes", m.GetName(), m)
	}
	for _, m := range r.Clusters {
		add("cluster", m.GetName(), m)
	}
	for _, m := range r.Secrets {
		add("secret", m.GetName(), m)
	}
	return content, order
}

// changed lists the resources that differ between two configurations.
func changed(t testing.TB, before, after translate.Resources) []string {
	t.Helper()
	old, _ := parts(t, before)
	now, order := parts(t, after)
	var out []string
	for _, name := range order {
		if old[name] != now[name] {
			out = append(out, name)
		}
		delete(old, name)
	}
	for name := range old {
		out = append(out, "no "+name)
	}
	return out
}

func TestTranslateIsPure(t *testing.T) {
	t.Parallel()
	c := readCase(t, "routed-namespaces")
	table := c.table(t)
	first, _ := translate.Translate(table, c.options(t))
	again, _ := translate.Translate(table, c.options(t))
	for what, pair := range map[string][2]any{
		"listeners": {first.Listeners, again.Listeners}, "routes": {first.Routes, again.Routes},
		"clusters": {first.Clusters, again.Clusters}, "secrets": {first.Secrets, again.Secrets}, "origin": {first.Origin, again.Origin},
	} {
		if diff := cmp.Diff(pair[0], pair[1], protocmp.Transform()); diff != "" {
			t.Errorf("the same table makes other %s:\n%s", what, diff)
		}
	}
	_, order := parts(t, first)
	chance := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- an order, not a secret
	for range 20 {
		shuffle(chance, c.Stores)
		shuffle(chance, c.Indexes)
		shuffled := c.translated(t)
		_, gotOrder := parts(t, shuffled)
		compare(t, "changed by another order of the input", []string(nil), changed(t, first, shuffled))
		compare(t, "order of the resources", order, gotOrder)
	}
}

func shuffle[T any](chance *rand.Rand, list []T) {
	chance.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// What an edit touches is what Envoy gets again, and a listener that changes would cut the requests on it.
func TestEditChangesOnlyItsOwnResources(t *testing.T) {
	t.Parallel()
	base := func() testCase { return readCase(t, "routed-namespaces") }
	for name, tc := range map[string]struct {
		edit func(*testCase)
		want []string
	}{
		"credential":             {func(c *testCase) { c.Stores[0].Credential = "tpuf_rotated" }, []string{"secret store/main/credential"}},
		"URL":                    {func(c *testCase) { c.Stores[1].URL = "https://elsewhere.localhost" }, []string{"cluster store/other"}},
		"inbound keys":           {func(c *testCase) { c.Stores[1].Keys[0].Secret = "layer_rotated" }, nil},
		"inbound mode":           {func(c *testCase) { c.Stores[1].Mode = policy.Open }, nil},
		"Index of another store": {func(c *testCase) { c.Indexes[0].Namespace = "fooo" }, nil},
		"Index of the default":   {func(c *testCase) { c.Indexes[1].Namespace = "barfoo" }, nil},
		"new store": {
			func(c *testCase) {
				c.Stores = append(c.Stores, storeCase{Name: "third", URL: "https://third.localhost", Credential: "tpuf_third"})
			},
			[]string{"routes egress", "cluster store/third", "secret store/third/credential"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := base()
			tc.edit(&c)
			compare(t, "changed", tc.want, changed(t, base().translated(t), c.translated(t)))
		})
	}
}

// A host name longer than SNI allows gets past policy.Compile, and Envoy would refuse all of the update for it.
func TestInvalidStoreIsLeftOut(t *testing.T) {
	t.Parallel()
	c := readCase(t, "routed-namespaces")
	before := c.translated(t)
	long := strings.Repeat("a-label.", 40) + "localhost"
	c.Stores = append(c.Stores, storeCase{Name: "long", URL: "https://" + long, Credential: "tpuf_long"})
	r, problems := translate.Translate(c.table(t), c.options(t))
	if len(problems) != 1 {
		t.Fatalf("problems: %v", problems)
	}
	got := problems[0]
	compare(t, "object", policy.Object{Kind: "VectorStore", Name: "long"}, got.Object)
	compare(t, "reason", policy.ReasonInvalidSpec, got.Reason)
	if !strings.Contains(got.Message, "UpstreamTlsContext.Sni") {
		t.Errorf("the message does not say what is wrong: %s", got.Message)
	}
	compare(t, "changed by the invalid store", []string(nil), changed(t, before, r))
	if _, blamed := r.Origin["store/long"]; blamed {
		t.Error("a resource that is left out has an origin")
	}
	validate(t, r)
}

func TestInvalidAddressLeavesOutItsListener(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1", "127.0.0.1:http", "127.0.0.1:65536", ":"} {
		c := readCase(t, "https-store")
		c.Options.HTTP = address
		r, problems := translate.Translate(c.table(t), c.options(t))
		_, order := parts(t, r)
		if len(problems) != 1 || problems[0].Object != (policy.Object{Kind: "Gateway", Name: envoy.ListenerHTTP}) {
			t.Errorf("%s: problems %v", address, problems)
		}
		compare(t, "resources with the address "+address, []string{
			"listener egress", "listener public_tls", "routes egress", "routes public", "cluster store/main",
			"secret server_certificate", "secret store/main/credential",
		}, order)
	}
}

// limits is what a route lets an upstream call take, and when it tries again.
type limits struct {
	timeout, idle time.Duration
	retryOn       string
}

const (
	unsentOnly = "connect-failure,refused-stream"
	harmless   = unsentOnly + ",reset,gateway-error"
)

func limitsOf(r *routev3.Route) limits {
	a := r.GetRoute()
	return limits{a.GetTimeout().AsDuration(), a.GetIdleTimeout().AsDuration(), a.GetRetryPolicy().GetRetryOn()}
}

// The limits of data-plane 8.2, and a second try only where a repeat is safe: of a write only when it never left.
func TestLimitsOfOperations(t *testing.T) {
	t.Parallel()
	read := limits{time.Minute, time.Minute, harmless}
	write := limits{5 * time.Minute, 5 * time.Minute, unsentOnly}
	gateway := limits{310 * time.Second, 310 * time.Second, ""}
	want := map[string]limits{
		"list_namespaces": read, "metadata_v1": read, "metadata": read, "schema": read, "hint_cache_warm": read, "query_v1": read,
		"query": read, "explain_query": read, "operation": read, "recall": read,
		"update_metadata": write, "update_schema": write, "write": write, "write_async": write, "delete_namespace": write,
		"gateway": gateway,
	}
	for name, l := range maps.Clone(want) {
		if name != "gateway" {
			want[name+"_named"] = l
		}
	}
	got := map[string]limits{}
	for _, rc := range readCase(t, "http-store").translated(t).Routes {
		if rc.GetName() != envoy.RoutesPublic {
			continue
		}
		for _, r := range rc.GetVirtualHosts()[0].GetRoutes() {
			got[r.GetName()] = limitsOf(r)
		}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(limits{})); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

// The gateway's own calls say nothing of what they do, so none is tried again once it is sent.
func TestLimitsOfEgress(t *testing.T) {
	t.Parallel()
	for _, rc := range readCase(t, "routed-namespaces").translated(t).Routes {
		if rc.GetName() != envoy.RoutesEgress {
			continue
		}
		for _, r := range rc.GetVirtualHosts()[0].GetRoutes() {
			if r.GetName() == "unknown" {
				continue
			}
			if diff := cmp.Diff(limits{5 * time.Minute, 5 * time.Minute, unsentOnly}, limitsOf(r), cmp.AllowUnexported(limits{})); diff != "" {
				t.Errorf("limits of %s (-want +got):\n%s", r.GetName(), diff)
			}
		}
	}
}

// An operation that changes something is never marked as harmless to repeat.
func TestRepeatableOperationsOnlyRead(t *testing.T) {
	t.Parallel()
	for _, op := range policy.Operations() {
		if op.Repeatable && op.Scope != policy.ScopeRead {
			t.Errorf("%s may be repeated and asks for scope %v", op.Name, op.Scope)
		}
	}
}

func TestOriginNamesTheStore(t *testing.T) {
	t.Parallel()
	store := func(name string) policy.Object { return policy.Object{Kind: "VectorStore", Name: name} }
	compare(t, "origin", map[string]policy.Object{
		"store/main": store("main"), "store/main/credential": store("main"),
		"store/other": store("other"), "store/other/credential": store("other"),
	}, readCase(t, "routed-namespaces").translated(t).Origin)
}
