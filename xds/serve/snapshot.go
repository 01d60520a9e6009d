package serve

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/cespare/xxhash/v2"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	cachev3 "github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	resourcev3 "github.com/envoyproxy/go-control-plane/pkg/resource/v3"

	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/translate"
)

// key is the one node that snapshots are kept for: every Envoy of a gateway gets the same.
const key = "gateway"

type oneForAll struct{}

// ID implements cachev3.NodeHash.
func (oneForAll) ID(*corev3.Node) string { return key }

// servedTypes are the types of resources that a snapshot holds.
var servedTypes = []resourcev3.Type{resourcev3.ClusterType, resourcev3.ListenerType, resourcev3.RouteType, resourcev3.SecretType}

// snapshot is one whole configuration.
type snapshot struct {
	version string
	cache   *cachev3.Snapshot
	origin  map[string]policy.Object
	table   *policy.Table
	// problems are why Envoy refuses it, where it is served all the same for want of a good one.
	problems []policy.Problem
}

func newSnapshot(r translate.Resources) (*snapshot, error) {
	c, err := cachev3.NewSnapshot("", map[resourcev3.Type][]types.Resource{
		resourcev3.ListenerType: resources(r.Listeners),
		resourcev3.RouteType:    resources(r.Routes),
		resourcev3.ClusterType:  resources(r.Clusters),
		resourcev3.SecretType:   resources(r.Secrets),
	})
	if err != nil {
		return nil, fmt.Errorf("make snapshot: %w", err)
	}
	if err := c.Consistent(); err != nil {
		return nil, fmt.Errorf("check snapshot: %w", err)
	}
	// Hashing each resource here keeps it out of the cache's lock.
	if err := c.ConstructVersionMap(); err != nil {
		return nil, fmt.Errorf("hash snapshot: %w", err)
	}
	return &snapshot{version: stamp(c), cache: c, origin: r.Origin, table: r.Table}, nil
}

func resources[T types.Resource](in []T) []types.Resource {
	out := make([]types.Resource, len(in))
	for i, r := range in {
		out[i] = r
	}
	return out
}

// stamp gives each type of a snapshot the hash of its resources' hashes as its version, and returns the hash of those: the same
// content has the same versions in every process.
func stamp(c *cachev3.Snapshot) string {
	whole := xxhash.New()
	for _, typeURL := range servedTypes {
		h := xxhash.New()
		content := c.GetVersionMap(typeURL)
		for _, name := range slices.Sorted(maps.Keys(content)) {
			_, _ = h.WriteString(strconv.Quote(name) + content[name])
		}
		version := hex.EncodeToString(h.Sum(nil))
		c.Resources[cachev3.GetResponseType(typeURL)].Version = version
		_, _ = whole.WriteString(version)
	}
	return hex.EncodeToString(whole.Sum(nil))
}

// serves reports whether the snapshot still says all that an answer said.
func (s *snapshot) serves(a answer) bool {
	content := s.cache.GetVersionMap(a.typeURL)
	for name, version := range a.versions {
		if content[name] != version {
			return false
		}
	}
	for _, name := range a.removed {
		if _, back := content[name]; back {
			return false
		}
	}
	return a.typeURL != ""
}
