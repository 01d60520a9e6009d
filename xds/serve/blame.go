package serve

import (
	"maps"
	"slices"
	"strings"

	resourcev3 "github.com/envoyproxy/go-control-plane/pkg/resource/v3"

	"hevlayer.com/layer/policy"
)

// resourceType shortens a type URL to the word that metrics and problems use.
func resourceType(typeURL string) string {
	switch typeURL {
	case resourcev3.ListenerType:
		return "listener"
	case resourcev3.RouteType:
		return "route"
	case resourcev3.ClusterType:
		return "cluster"
	case resourcev3.SecretType:
		return "secret"
	}
	return "other"
}

// blame finds the objects whose resources Envoy's message names; without any it is the gateway's own fault.
func blame(origin map[string]policy.Object, typeURL, message string) []policy.Problem {
	seen := map[policy.Object]bool{}
	var out []policy.Problem
	add := func(o policy.Object) {
		if !seen[o] {
			seen[o] = true
			out = append(out, policy.Problem{Object: o, Reason: policy.ReasonRefusedByEnvoy, Message: message})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(origin)) {
		if names(message, name) {
			add(origin[name])
		}
	}
	if out == nil {
		add(policy.Object{Kind: "Gateway", Name: resourceType(typeURL)})
	}
	return out
}

// merge adds the problems that are not among those known.
func merge(known, more []policy.Problem) []policy.Problem {
	out := slices.Clone(known)
	for _, p := range more {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// names reports whether a message holds a resource's name as a whole word, so that store/a is not blamed for store/ab.
func names(message, name string) bool {
	for rest := message; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return false
		}
		rest = rest[i+len(name):]
		if rest == "" || !strings.ContainsAny(rest[:1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") {
			return true
		}
	}
}
