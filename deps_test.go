package layer

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const module = "hevlayer.com/layer"

// rule forbids imports. Paths stand for themselves and everything below them.
type rule struct {
	// from are packages of this module, relative to it.
	from []string
	// never are import paths that they may not reach.
	never []string
	why   string
}

var rules = []rule{
	{
		from: []string{"policy", "cache", "turbopuffer", "objects"}, never: []string{module},
		why: "it is a ground that others stand on, and knows nothing of them",
	},
	{
		from: []string{"extproc", "gateway"}, never: []string{"k8s.io", "sigs.k8s.io", module + "/api", module + "/config"},
		why: "a request is judged and answered from the compiled policy, wherever that was read",
	},
	{
		from: []string{"policy", "xds/translate"}, never: []string{"google.golang.org/grpc", "net/http/httptest", module + "/xds/serve", module + "/extproc", module + "/gateway"},
		why: "it turns values into values and serves nothing",
	},
	{
		from: []string{"policy"}, never: []string{"k8s.io", "sigs.k8s.io", "github.com/envoyproxy", "github.com/prometheus"},
		why: "it knows neither Envoy nor Kubernetes",
	},
	{
		from: []string{"api"}, never: []string{module + "/policy", module + "/config", module + "/envoy", module + "/xds"},
		why: "the types of the resources are for programs of others too",
	},
	{
		from: []string{"internal/apierror", "internal/drain", "internal/devca", "internal/telemetry"}, never: []string{module + "/gateway", module + "/extproc", module + "/xds", module + "/config"},
		why: "it serves them",
	},
	{
		from: []string{"internal/devstore"}, never: []string{module + "/policy", module + "/envoy", module + "/gateway", module + "/extproc", module + "/xds", module + "/config"},
		why: "a store that shares code with the gateway proves nothing about it",
	},
}

// devstoreUsers may import the development store, which is no part of a gateway that is deployed.
var devstoreUsers = []string{"internal/dev", "internal/testkit", "internal/devstore", "bench", "e2e"}

func TestImports(t *testing.T) {
	t.Parallel()
	all := packages(t)
	for _, r := range rules {
		for _, p := range all {
			if !belowAny(p.relative(), r.from) {
				continue
			}
			for _, path := range p.Deps {
				if belowAny(path, r.never) && !belowAny(path, []string{p.ImportPath}) {
					t.Errorf("%s imports %s: %s", p.ImportPath, path, r.why)
				}
			}
		}
	}
}

func TestDevstoreUsers(t *testing.T) {
	t.Parallel()
	users := 0
	for _, p := range packages(t) {
		for _, path := range p.all() {
			if path != module+"/internal/devstore" {
				continue
			}
			users++
			if !belowAny(p.relative(), devstoreUsers) {
				t.Errorf("%s imports the development store, which is for %s", p.ImportPath, strings.Join(devstoreUsers, ", "))
			}
		}
	}
	if users == 0 {
		t.Error("nothing imports the development store: the check looks at the wrong path")
	}
}

// No program may depend on the test kit.
func TestTestkitUsers(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, path := range p.Imports {
			if path == module+"/internal/testkit" && !belowAny(p.relative(), []string{"internal/testkit"}) {
				t.Errorf("%s imports the test kit outside its tests", p.ImportPath)
			}
		}
	}
}

// The pure packages take the names of methods and statuses from net/http, and nothing that serves or calls.
func TestPurePackagesServeNothing(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"policy", "xds/translate"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
				checkHTTPNames(t, filepath.Join(dir, e.Name()))
			}
		}
	}
}

func checkHTTPNames(t *testing.T, path string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		name := selector.Sel.Name
		if pkg, ok := selector.X.(*ast.Ident); ok && pkg.Name == "http" && !strings.HasPrefix(name, "Method") && !strings.HasPrefix(name, "Status") {
			t.Errorf("%s uses http.%s: it turns values into values and serves nothing", path, name)
		}
		return true
	})
}

// belowAny reports whether a path is one of the roots or below one.
func belowAny(path string, roots []string) bool {
	for _, root := range roots {
		if path == root || strings.HasPrefix(path, root+"/") {
			return true
		}
	}
	return false
}

func TestBelowAny(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{"k8s.io": true, "k8s.io/api": true, "k8s.iox": false, "sigs.k8s.io": false, "": false} {
		if got := belowAny(path, []string{"k8s.io"}); got != want {
			t.Errorf("belowAny(%q) = %v", path, got)
		}
	}
}
