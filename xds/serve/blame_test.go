package serve

import (
	"slices"
	"testing"

	"hevlayer.com/layer/policy"
)

func TestBlame(t *testing.T) {
	t.Parallel()
	origin := map[string]policy.Object{}
	for _, name := range []string{"a", "ab", "a-b", "a.b"} {
		for _, resource := range []string{"store/" + name, "store/" + name + "/credential"} {
			origin[resource] = policy.Object{Kind: "VectorStore", Name: name}
		}
	}
	for name, tc := range map[string]struct {
		typeURL, message string
		want             []string
	}{
		"one cluster":           {clusters, "Error adding/updating cluster(s) store/a: Invalid path: x", []string{"a"}},
		"two clusters":          {clusters, "Error adding/updating cluster(s) store/ab: x, store/a-b: y", []string{"a-b", "ab"}},
		"a longer name":         {clusters, "store/ab: x", []string{"ab"}},
		"a name with a dot":     {clusters, "store/a.b: x", []string{"a.b"}},
		"quoted":                {clusters, "cluster 'store/a' is wrong", []string{"a"}},
		"at the end":            {clusters, "no such cluster store/a", []string{"a"}},
		"twice":                 {clusters, "store/a: x; store/a: y", []string{"a"}},
		"secret":                {secrets, "secret store/a/credential: x", []string{"a"}},
		"listener":              {listeners, "Error adding/updating listener(s) public_http: cannot bind", []string{"Gateway listener"}},
		"routes":                {routes, "", []string{"Gateway route"}},
		"an unknown store":      {clusters, "store/other: x", []string{"Gateway cluster"}},
		"a name within another": {clusters, "store/abc: x", []string{"Gateway cluster"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range blame(origin, tc.typeURL, tc.message) {
				compare(t, "reason", policy.ReasonRefusedByEnvoy, p.Reason)
				compare(t, "message", tc.message, p.Message)
				if p.Kind == "VectorStore" {
					got = append(got, p.Name)
				} else {
					got = append(got, p.Object.String())
				}
			}
			slices.Sort(got)
			compare(t, "objects", tc.want, got)
		})
	}
}

// The version says what is in it: the same in every process, another for every difference.
func TestVersionIsContent(t *testing.T) {
	t.Parallel()
	version := func(stores ...string) string {
		snap, err := newSnapshot(configuration(t, stores...))
		if err != nil {
			t.Fatal(err)
		}
		return snap.version
	}
	base := version("a=a/1", "b=b/1")
	compare(t, "version of the same", base, version("a=a/1", "b=b/1"))
	compare(t, "version with another table", base, version("a=a/1", "b=b/2"))
	for name, other := range map[string]string{
		"another host": version("a=a/1", "b=c/1"), "a store less": version("a=a/1"), "another default": version("b=b/1", "a=a/1"),
	} {
		if other == base {
			t.Errorf("%s has the same version", name)
		}
	}
}
