package translate

import (
	"regexp"
	"strings"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/apierror"
	"hevlayer.com/layer/policy"
)

// gatewaySlack is what Envoy waits for the gateway beyond the gateway's own limits, so that the gateway's answer wins.
const gatewaySlack = 10 * time.Second

// Retries of a request that may be repeated.
const (
	retries      = 2
	retryBackoff = 25 * time.Millisecond
	// A connection that was never made and a stream that HTTP/2 refused can be tried again with any request.
	retryUnsent = "connect-failure,refused-stream"
	// A lost answer, and a 502, 503 or 504, only with one that does no harm when it arrives twice.
	retryRepeatable = retryUnsent + ",reset,gateway-error"
)

func (b *builder) routes() {
	public := &routev3.RouteConfiguration{
		Name:         envoy.RoutesPublic,
		VirtualHosts: []*routev3.VirtualHost{{Name: "public", Domains: []string{"*"}, Routes: b.publicRoutes()}},
	}
	egress := &routev3.RouteConfiguration{
		Name:         envoy.RoutesEgress,
		VirtualHosts: []*routev3.VirtualHost{{Name: "egress", Domains: []string{"*"}, Routes: b.egressRoutes()}},
	}
	for _, r := range []*routev3.RouteConfiguration{egress, public} {
		if b.valid(own(r.Name), r) {
			b.out.Routes = append(b.out.Routes, r)
		}
	}
}

// publicRoutes has two routes for each operation that is passed to a store: to the cluster that the filter names, and else to
// the default store. Which store a namespace has is the policy table's to know, so an Index is no matter of Envoy's. The gateway
// gets everything else, also what is no operation at all.
func (b *builder) publicRoutes() []*routev3.Route {
	var routes []*routev3.Route
	for _, op := range policy.Operations() {
		if op.Class == policy.Passthrough {
			routes = append(routes, b.named(op), b.toDefault(op))
		}
	}
	return append(routes, &routev3.Route{
		Name:  envoy.ClusterGateway,
		Match: &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: ""}},
		Action: &routev3.Route_Route{Route: &routev3.RouteAction{
			ClusterSpecifier: &routev3.RouteAction_Cluster{Cluster: envoy.ClusterGateway},
			Timeout:          durationpb.New(b.opts.Timeouts.Write + gatewaySlack),
			IdleTimeout:      durationpb.New(b.opts.Timeouts.Write + gatewaySlack),
		}},
	})
}

// named takes a request whose cluster the filter names. A client may send that header too, and have Envoy choose this route at
// first; the filter sees where it leads and names the right one.
func (b *builder) named(op *policy.Operation) *routev3.Route {
	r := b.passthrough(op, &routev3.RouteAction{
		ClusterSpecifier: &routev3.RouteAction_ClusterHeader{ClusterHeader: envoy.HeaderCluster},
	})
	r.Name += "_named"
	r.Match.Headers = append(r.Match.Headers, &routev3.HeaderMatcher{
		Name:                 envoy.HeaderCluster,
		HeaderMatchSpecifier: &routev3.HeaderMatcher_PresentMatch{PresentMatch: true},
	})
	return r
}

func (b *builder) toDefault(op *policy.Operation) *routev3.Route {
	return b.passthrough(op, &routev3.RouteAction{
		ClusterSpecifier: &routev3.RouteAction_Cluster{Cluster: b.cluster(b.table.Default().Name)},
	})
}

func (b *builder) passthrough(op *policy.Operation, action *routev3.RouteAction) *routev3.Route {
	action.HostRewriteSpecifier = &routev3.RouteAction_AutoHostRewrite{AutoHostRewrite: wrapperspb.Bool(true)}
	action.RegexRewrite = rewrite(op)
	b.limits(action, op)
	return &routev3.Route{
		Name: op.Name,
		Match: &routev3.RouteMatch{
			PathSpecifier: &routev3.RouteMatch_SafeRegex{SafeRegex: &matcherv3.RegexMatcher{Regex: op.PathRegex()}},
			Headers:       []*routev3.HeaderMatcher{methodIs(op.Method)},
		},
		Action: &routev3.Route_Route{Route: action},
	}
}

// limits sets time-outs and retries of a call to a store.
func (b *builder) limits(action *routev3.RouteAction, op *policy.Operation) {
	limit, on := b.opts.Timeouts.Read, retryUnsent
	if op.Limit == policy.LimitWrite {
		limit = b.opts.Timeouts.Write
	}
	if op.Repeatable {
		on = retryRepeatable
	}
	action.Timeout = durationpb.New(limit)
	action.IdleTimeout = durationpb.New(max(limit, b.opts.Timeouts.Idle))
	action.RetryPolicy = retryPolicy(on)
}

func retryPolicy(on string) *routev3.RetryPolicy {
	return &routev3.RetryPolicy{
		RetryOn:    on,
		NumRetries: wrapperspb.UInt32(retries),
		RetryBackOff: &routev3.RetryPolicy_RetryBackOff{
			BaseInterval: durationpb.New(retryBackoff), MaxInterval: durationpb.New(10 * retryBackoff),
		},
	}
}

// methodIs matches a method, and HEAD where it is GET.
func methodIs(method string) *routev3.HeaderMatcher {
	match := exact(method)
	if method == "GET" {
		match = &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_SafeRegex{SafeRegex: &matcherv3.RegexMatcher{Regex: "GET|HEAD"}}}
	}
	return &routev3.HeaderMatcher{
		Name:                 ":method",
		HeaderMatchSpecifier: &routev3.HeaderMatcher_StringMatch{StringMatch: match},
	}
}

// rewrite changes the path where the store knows the operation under another one; the templates differ only in their fixed
// segments.
func rewrite(op *policy.Operation) *matcherv3.RegexMatchAndSubstitute {
	if op.Upstream == "" {
		return nil
	}
	before, after, _ := strings.Cut(op.Template, "{ns}")
	newBefore, newAfter, _ := strings.Cut(op.Upstream, "{ns}")
	return &matcherv3.RegexMatchAndSubstitute{
		Pattern:      &matcherv3.RegexMatcher{Regex: "^" + regexp.QuoteMeta(before) + `([^/?]+)` + regexp.QuoteMeta(after)},
		Substitution: newBefore + `\1` + newAfter,
	}
}

// egressRoutes lead from the header that names a store to its cluster.
func (b *builder) egressRoutes() []*routev3.Route {
	var routes []*routev3.Route
	for _, name := range b.table.StoreNames() {
		cluster := b.cluster(name)
		if cluster == envoy.ClusterGateway {
			continue
		}
		routes = append(routes, &routev3.Route{
			Name: cluster,
			Match: &routev3.RouteMatch{
				PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: "/"},
				Headers: []*routev3.HeaderMatcher{{
					Name:                 envoy.HeaderStore,
					HeaderMatchSpecifier: &routev3.HeaderMatcher_StringMatch{StringMatch: exact(name)},
				}},
			},
			Action: &routev3.Route_Route{Route: &routev3.RouteAction{
				ClusterSpecifier:     &routev3.RouteAction_Cluster{Cluster: cluster},
				HostRewriteSpecifier: &routev3.RouteAction_AutoHostRewrite{AutoHostRewrite: wrapperspb.Bool(true)},
				Timeout:              durationpb.New(b.opts.Timeouts.Write),
				IdleTimeout:          durationpb.New(b.opts.Timeouts.Write),
				RetryPolicy:          retryPolicy(retryUnsent),
			}},
		})
	}
	return append(routes, unknownStore())
}

func unknownStore() *routev3.Route {
	return &routev3.Route{
		Name:  "unknown",
		Match: &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: ""}},
		Action: &routev3.Route_DirectResponse{DirectResponse: &routev3.DirectResponseAction{
			Status: 404,
			Body:   inlineString(`{"error":"not_found","message":"` + envoy.HeaderStore + ` names no store"}`),
		}},
		ResponseHeadersToAdd: []*corev3.HeaderValueOption{{
			Header:       &corev3.HeaderValue{Key: "content-type", Value: apierror.ContentType},
			AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
		}},
	}
}
