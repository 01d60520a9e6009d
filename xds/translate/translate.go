package translate

import (
	"errors"
	"fmt"
	"sort"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/policy"
)

// Resources is one whole configuration, each kind sorted by name.
type Resources struct {
	// Table is the policy that they were made from.
	Table     *policy.Table
	Listeners []*listenerv3.Listener
	Routes    []*routev3.RouteConfiguration
	Clusters  []*clusterv3.Cluster
	Secrets   []*tlsv3.Secret
	// Origin names the object that a resource was made for, by the resource's name; resources of Layer itself have none.
	Origin map[string]policy.Object
}

// Translate makes the Envoy configuration of a policy table.
func Translate(table *policy.Table, opts Options) (Resources, []policy.Problem) {
	b := &builder{table: table, opts: opts}
	b.out.Table, b.out.Origin = table, map[string]policy.Object{}
	for _, name := range table.StoreNames() {
		store, _ := table.Store(name)
		b.store(store)
	}
	b.traces()
	b.routes()
	b.listeners()
	sort.Slice(b.out.Clusters, func(i, j int) bool { return b.out.Clusters[i].Name < b.out.Clusters[j].Name })
	sort.Slice(b.out.Secrets, func(i, j int) bool { return b.out.Secrets[i].Name < b.out.Secrets[j].Name })
	return b.out, b.problems
}

// builder collects resources and problems.
type builder struct {
	table    *policy.Table
	opts     Options
	out      Resources
	problems []policy.Problem
	err      error
}

// origin is the object that a store's resources are blamed on.
func origin(store *policy.Store) policy.Object {
	return policy.Object{Kind: "VectorStore", Name: store.Name}
}

// store adds a store's cluster and secrets. A store whose resources are not valid is left out whole.
func (b *builder) store(s *policy.Store) {
	name := envoy.StoreClusterPrefix + s.Name
	cluster := b.storeCluster(s)
	credential := credentialSecret(s)
	if !b.valid(origin(s), cluster) || credential != nil && !b.valid(origin(s), credential) {
		return
	}
	b.out.Clusters = append(b.out.Clusters, cluster)
	b.out.Origin[name] = origin(s)
	if credential != nil {
		b.out.Secrets = append(b.out.Secrets, credential)
		b.out.Origin[credential.Name] = origin(s)
	}
}

// cluster is where the requests for a store go: its own, or, where the store is missing or was left out, the gateway, whose
// filter refuses them. Never another store's.
func (b *builder) cluster(store string) string {
	name := envoy.StoreClusterPrefix + store
	if _, made := b.out.Origin[name]; made {
		return name
	}
	return envoy.ClusterGateway
}

// valid checks one resource, and whether anything failed on the way to it.
func (b *builder) valid(from policy.Object, m message) bool {
	err := b.err
	b.err = nil
	if err == nil {
		err = m.ValidateAll()
	}
	if err != nil {
		b.problems = append(b.problems, policy.Problem{
			Object: from, Reason: policy.ReasonInvalidSpec,
			Message: fmt.Sprintf("makes no valid Envoy resource: %v", err),
		})
	}
	return err == nil
}

// message is a part of Envoy's configuration, which can tell whether it is valid.
type message interface {
	proto.Message
	ValidateAll() error
}

// pack checks and wraps an extension's configuration, which nobody could look into afterwards; a failure is kept for valid to
// report.
func (b *builder) pack(m message) *anypb.Any {
	a := &anypb.Any{}
	err := m.ValidateAll()
	if err == nil {
		err = anypb.MarshalFrom(a, m, proto.MarshalOptions{Deterministic: true})
	}
	if err != nil {
		b.err = errors.Join(b.err, fmt.Errorf("%s: %w", m.ProtoReflect().Descriptor().FullName(), err))
	}
	return a
}

// own is the object that resources of Layer itself are blamed on.
func own(name string) policy.Object { return policy.Object{Kind: "Gateway", Name: name} }
