package translate

import (
	"maps"
	"slices"

	xdscorev3 "github.com/cncf/xds/go/xds/core/v3"
	xdsmatcherv3 "github.com/cncf/xds/go/xds/type/matcher/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	specifierv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/router/cluster_specifiers/matcher/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"

	"hevlayer.com/layer/envoy"
)

// storeOfNamespace is the name of the plugin that chooses a store's cluster for the namespace in a path.
const storeOfNamespace = "store_of_namespace"

type (
	onMatch  = xdsmatcherv3.Matcher_OnMatch
	matchMap = map[string]*onMatch
)

// storeOfNamespace maps the namespaces that an Index sends away from the default store, by the path: its beginning, or the
// whole of it where it ends with the namespace. It is there once for all routes, and its size is no cost to a request. A
// namespace whose store does not exist goes to the gateway, never to another store.
func (b *builder) storeOfNamespace() *routev3.ClusterSpecifierPlugin {
	m := &xdsmatcherv3.Matcher{OnNoMatch: b.toCluster(envoy.StoreClusterPrefix + b.table.Default().Name)}
	if routed := b.table.Routed(); len(routed) > 0 {
		m = b.namespaceMatcher(routed, m.OnNoMatch)
	}
	return &routev3.ClusterSpecifierPlugin{Extension: &corev3.TypedExtensionConfig{
		Name:        storeOfNamespace,
		TypedConfig: b.pack(&specifierv3.MatcherClusterSpecifier{ClusterMatcher: m}),
	}}
}

func (b *builder) namespaceMatcher(routed map[string]string, otherwise *onMatch) *xdsmatcherv3.Matcher {
	targets := matchMap{}
	prefixes, whole := make(matchMap, 3*len(routed)), make(matchMap, len(routed))
	for _, ns := range slices.Sorted(maps.Keys(routed)) {
		cluster := envoy.ClusterGateway
		if store := routed[ns]; store != "" {
			cluster = envoy.StoreClusterPrefix + store
		}
		if targets[cluster] == nil {
			targets[cluster] = b.toCluster(cluster)
		}
		v1, v2 := "/v1/namespaces/"+ns, "/v2/namespaces/"+ns
		prefixes[v1+"/"], prefixes[v2+"/"], prefixes[v2+"?"] = targets[cluster], targets[cluster], targets[cluster]
		whole[v2] = targets[cluster]
	}
	byWhole := b.pathTree(&xdsmatcherv3.Matcher_MatcherTree{TreeType: &xdsmatcherv3.Matcher_MatcherTree_ExactMatchMap{
		ExactMatchMap: &xdsmatcherv3.Matcher_MatcherTree_MatchMap{Map: whole},
	}}, otherwise)
	return b.pathTree(&xdsmatcherv3.Matcher_MatcherTree{TreeType: &xdsmatcherv3.Matcher_MatcherTree_PrefixMatchMap{
		PrefixMatchMap: &xdsmatcherv3.Matcher_MatcherTree_MatchMap{Map: prefixes},
	}}, &onMatch{OnMatch: &xdsmatcherv3.Matcher_OnMatch_Matcher{Matcher: byWhole}})
}

// pathTree makes a matcher of a tree that looks at the path.
func (b *builder) pathTree(tree *xdsmatcherv3.Matcher_MatcherTree, otherwise *onMatch) *xdsmatcherv3.Matcher {
	tree.Input = &xdscorev3.TypedExtensionConfig{
		Name:        "envoy.matching.inputs.request_headers",
		TypedConfig: b.pack(&matcherv3.HttpRequestHeaderMatchInput{HeaderName: ":path"}),
	}
	return &xdsmatcherv3.Matcher{
		MatcherType: &xdsmatcherv3.Matcher_MatcherTree_{MatcherTree: tree},
		OnNoMatch:   otherwise,
	}
}

func (b *builder) toCluster(name string) *onMatch {
	return &onMatch{OnMatch: &xdsmatcherv3.Matcher_OnMatch_Action{Action: &xdscorev3.TypedExtensionConfig{
		Name:        name,
		TypedConfig: b.pack(&specifierv3.ClusterAction{Cluster: name}),
	}}}
}
