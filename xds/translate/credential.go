package translate

import (
	"slices"

	mutationv3 "github.com/envoyproxy/go-control-plane/envoy/config/common/mutation_rules/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	injectorv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/credential_injector/v3"
	headermutationv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/header_mutation/v3"
	upstreamcodecv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/upstream_codec/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	genericv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/http/injected_credentials/generic/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/policy"
)

// upstreamFilters run on every try of a request to a store: what is meant for Layer alone is taken off, then the store's
// credential replaces the caller's. A request whose credential is not there yet is refused.
func (b *builder) upstreamFilters(s *policy.Store) []*hcmv3.HttpFilter {
	taken := []*mutationv3.HeaderMutation{
		removePrefix(envoy.HeaderPrefix), removePrefix(envoy.ClientHeaderPrefix), removePrefix("x-envoy-"),
		remove("cookie"), remove("x-forwarded-proto"), remove("proxy-authorization"), remove("te"),
	}
	filters := []*hcmv3.HttpFilter{
		b.filter("envoy.filters.http.header_mutation", &headermutationv3.HeaderMutation{Mutations: &headermutationv3.Mutations{
			RequestMutations: taken,
			// A store that reads trailers like headers must not find there what it may not find here.
			RequestTrailersMutations: append(slices.Clone(taken), remove("authorization")),
		}}),
	}
	if !s.PassesBearer() {
		filters = append(filters, b.filter("envoy.filters.http.credential_injector", &injectorv3.CredentialInjector{
			Overwrite: true,
			Credential: &corev3.TypedExtensionConfig{
				Name: "envoy.http.injected_credentials.generic",
				TypedConfig: b.pack(&genericv3.Generic{
					Credential: &tlsv3.SdsSecretConfig{Name: credentialName(s), SdsConfig: envoy.ADS()},
					Header:     "authorization",
				}),
			},
		}))
	}
	return append(filters, b.filter("envoy.filters.http.upstream_codec", &upstreamcodecv3.UpstreamCodec{}))
}

func credentialName(s *policy.Store) string {
	return envoy.StoreClusterPrefix + s.Name + envoy.SuffixCredential
}

func credentialSecret(s *policy.Store) *tlsv3.Secret {
	if s.PassesBearer() {
		return nil
	}
	return &tlsv3.Secret{
		Name: credentialName(s),
		Type: &tlsv3.Secret_GenericSecret{GenericSecret: &tlsv3.GenericSecret{Secret: inlineString("Bearer " + s.Credential.Reveal())}},
	}
}

func inlineString(text string) *corev3.DataSource {
	return &corev3.DataSource{Specifier: &corev3.DataSource_InlineString{InlineString: text}}
}

func exact(text string) *matcherv3.StringMatcher {
	return &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_Exact{Exact: text}}
}

func remove(header string) *mutationv3.HeaderMutation {
	return &mutationv3.HeaderMutation{Action: &mutationv3.HeaderMutation_Remove{Remove: header}}
}

func set(header, format string) *mutationv3.HeaderMutation {
	return &mutationv3.HeaderMutation{Action: &mutationv3.HeaderMutation_Append{Append: &corev3.HeaderValueOption{
		Header:       &corev3.HeaderValue{Key: header, Value: format},
		AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
	}}}
}

func removePrefix(prefix string) *mutationv3.HeaderMutation {
	return &mutationv3.HeaderMutation{Action: &mutationv3.HeaderMutation_RemoveOnMatch_{RemoveOnMatch: &mutationv3.HeaderMutation_RemoveOnMatch{
		KeyMatcher: &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_Prefix{Prefix: prefix}},
	}}}
}
