package serve

import (
	"slices"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	resourcev3 "github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	statusv3 "google.golang.org/genproto/googleapis/rpc/status"

	"hevlayer.com/layer/envoy"
)

// received is an answer: the names that it sets, with a plus, and those that it removes, with a minus.
type received struct {
	typeURL, nonce string
	names          []string
	versions       versions
}

func (c *client) send(t testing.TB, req *discoveryv3.DeltaDiscoveryRequest) {
	t.Helper()
	req.Node = &corev3.Node{Id: "test", Cluster: envoy.NodeCluster}
	if err := c.stream.Send(req); err != nil {
		t.Fatal(err)
	}
}

// ask subscribes to resources of a type, all of them if none are named.
func (c *client) ask(t testing.TB, typeURL string, names ...string) {
	t.Helper()
	c.send(t, &discoveryv3.DeltaDiscoveryRequest{TypeUrl: typeURL, ResourceNamesSubscribe: names})
}

// receive takes the next answer and compares its content.
func (c *client) receive(t testing.TB, typeURL string, want ...string) received {
	t.Helper()
	resp, err := c.stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	r := received{typeURL: resp.GetTypeUrl(), nonce: resp.GetNonce(), versions: versions{}}
	for _, resource := range resp.GetResources() {
		r.names = append(r.names, "+"+resource.GetName())
		r.versions[resource.GetName()] = resource.GetVersion()
	}
	for _, name := range resp.GetRemovedResources() {
		r.names = append(r.names, "-"+name)
	}
	slices.Sort(r.names)
	compare(t, "type", typeURL, r.typeURL)
	compare(t, "content", want, r.names)
	return r
}

func (c *client) take(t testing.TB, r received) {
	t.Helper()
	c.send(t, &discoveryv3.DeltaDiscoveryRequest{TypeUrl: r.typeURL, ResponseNonce: r.nonce})
}

func (c *client) refuse(t testing.TB, r received, message string) {
	t.Helper()
	c.send(t, &discoveryv3.DeltaDiscoveryRequest{
		TypeUrl: r.typeURL, ResponseNonce: r.nonce, ErrorDetail: &statusv3.Status{Code: 13, Message: message},
	})
}

// The types by the names that the tests have for them.
const (
	clusters  = resourcev3.ClusterType
	listeners = resourcev3.ListenerType
	routes    = resourcev3.RouteType
	secrets   = resourcev3.SecretType
)

// takeAll subscribes as Envoy does and takes everything that the named stores have.
func (c *client) takeAll(t testing.TB, stores ...string) {
	t.Helper()
	var clusterNames, secretNames, wanted []string
	for _, s := range stores {
		clusterNames = append(clusterNames, "+store/"+s)
		secretNames = append(secretNames, "store/"+s+"/credential")
		wanted = append(wanted, "+store/"+s+"/credential")
	}
	c.ask(t, clusters)
	c.take(t, c.receive(t, clusters, clusterNames...))
	c.ask(t, secrets, secretNames...)
	c.take(t, c.receive(t, secrets, wanted...))
	c.ask(t, listeners)
	c.take(t, c.receive(t, listeners, "+egress", "+public_http"))
	c.ask(t, routes, "egress", "public")
	c.take(t, c.receive(t, routes, "+egress", "+public"))
}
