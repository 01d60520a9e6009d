package serve

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	cachev3 "github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	resourcev3 "github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"google.golang.org/protobuf/proto"

	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/translate"
)

// key is the one node that snapshots are kept for: every Envoy of a gateway gets the same.
const key = "gateway"

type oneForAll struct{}

// ID implements cachev3.NodeHash.
func (oneForAll) ID(*corev3.Node) string { return key }

func newSnapshot(r translate.Resources) (*snapshot, error) {
	all := map[resourcev3.Type][]types.Resource{
		resourcev3.ListenerType: resources(r.Listeners),
		resourcev3.RouteType:    resources(r.Routes),
		resourcev3.ClusterType:  resources(r.Clusters),
		resourcev3.SecretType:   resources(r.Secrets),
	}
	version, err := contentHash(all)
	if err != nil {
		return nil, err
	}
	c, err := cachev3.NewSnapshot(version, all)
	if err != nil {
		return nil, fmt.Errorf("make snapshot %s: %w", version, err)
	}
	if err := c.Consistent(); err != nil {
		return nil, fmt.Errorf("check snapshot %s: %w", version, err)
	}
	// Hashing each resource here keeps it out of the cache's lock.
	if err := c.ConstructVersionMap(); err != nil {
		return nil, fmt.Errorf("hash snapshot %s: %w", version, err)
	}
	return &snapshot{version: version, cache: c, origin: r.Origin, table: r.Table}, nil
}

func resources[T types.Resource](in []T) []types.Resource {
	out := make([]types.Resource, len(in))
	for i, r := range in {
		out[i] = r
	}
	return out
}

// contentHash is the snapshot's version: the same content has the same one in every process.
func contentHash(all map[resourcev3.Type][]types.Resource) (string, error) {
	h := xxhash.New()
	for _, typeURL := range slices.Sorted(maps.Keys(all)) {
		for _, r := range all[typeURL] {
			b, err := proto.MarshalOptions{Deterministic: true}.Marshal(r)
			if err != nil {
				return "", fmt.Errorf("marshal %s: %w", typeURL, err)
			}
			_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
			_, _ = h.Write(b)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

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
