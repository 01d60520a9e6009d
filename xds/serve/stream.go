package serve

import (
	"maps"

	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	resourcev3 "github.com/envoyproxy/go-control-plane/pkg/resource/v3"
)

// versions are the versions of resources, by name; a version is a hash of the resource's content.
type versions = map[string]string

// stream is what one Envoy holds, by its own word.
type stream struct {
	// has holds what it has taken, by type.
	has map[string]versions
	// doubtful holds what was in answers that it refused without saying which part, by type.
	doubtful map[string]versions
	// sent holds the answers that it has said nothing about yet, by nonce.
	sent map[string]answer
}

// answer is the content of one answer.
type answer struct {
	typeURL  string
	versions versions
	removed  []string
}

func newStream() *stream {
	st := &stream{has: map[string]versions{}, doubtful: map[string]versions{}, sent: map[string]answer{}}
	for _, typeURL := range servedTypes {
		st.has[typeURL], st.doubtful[typeURL] = versions{}, versions{}
	}
	return st
}

// asked notes what a request says that Envoy holds from an earlier stream, and what it no longer wants.
func (st *stream) asked(req *discoveryv3.DeltaDiscoveryRequest) {
	has := st.has[req.GetTypeUrl()]
	if has == nil {
		return
	}
	maps.Copy(has, req.GetInitialResourceVersions())
	for _, name := range req.GetResourceNamesUnsubscribe() {
		delete(has, name)
	}
}

func (st *stream) answered(resp *discoveryv3.DeltaDiscoveryResponse) {
	a := answer{typeURL: resp.GetTypeUrl(), versions: versions{}, removed: resp.GetRemovedResources()}
	for _, r := range resp.GetResources() {
		a.versions[r.GetName()] = r.GetVersion()
	}
	st.sent[resp.GetNonce()] = a
}

// settle notes that Envoy has spoken on an answer.
func (st *stream) settle(nonce string) answer {
	a := st.sent[nonce]
	delete(st.sent, nonce)
	for _, resources := range []versions{st.has[a.typeURL], st.doubtful[a.typeURL]} {
		for name := range a.versions {
			delete(resources, name)
		}
		for _, name := range a.removed {
			delete(resources, name)
		}
	}
	return a
}

// taken notes that Envoy has taken an answer. With that it is done with the type, so what was doubtful of it no longer is.
func (st *stream) taken(nonce string) {
	a := st.settle(nonce)
	if has := st.has[a.typeURL]; has != nil {
		maps.Copy(has, a.versions)
		maps.Copy(has, st.doubtful[a.typeURL])
		clear(st.doubtful[a.typeURL])
	}
}

// refused notes that Envoy has refused an answer. It takes what it finds no fault with: where its message names resources, all
// others; else nobody knows.
func (st *stream) refused(nonce, message string) answer {
	a := st.settle(nonce)
	if st.has[a.typeURL] == nil {
		return a
	}
	rest := st.doubtful[a.typeURL]
	for name := range a.versions {
		if names(message, name) {
			rest = st.has[a.typeURL]
		}
	}
	for name, version := range a.versions {
		if !names(message, name) {
			rest[name] = version
		}
	}
	return a
}

// holds reports whether Envoy has exactly a snapshot. Clusters and listeners that are not in it must be gone; routes and secrets
// go with what refers to them.
func (st *stream) holds(snap *snapshot) bool {
	for _, typeURL := range servedTypes {
		has, want := st.has[typeURL], snap.cache.GetVersionMap(typeURL)
		for name, version := range want {
			if has[name] != version {
				return false
			}
		}
		all := typeURL == resourcev3.ClusterType || typeURL == resourcev3.ListenerType
		if all && len(has) != len(want) {
			return false
		}
	}
	return true
}
