package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// layerBinary builds the program once for a test binary, with the race detector on.
var layerBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "layer-testkit-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "layer")
	out, err := exec.Command("go", "build", "-race", "-o", path, "hevlayer.com/layer/cmd/layer").CombinedOutput() // #nosec G204
	if err != nil {
		return "", fmt.Errorf("build layer: %w\n%s", err, out)
	}
	return path, nil
})

// Main builds Layer, runs a package's tests and removes what was built.
func Main(m *testing.M) int {
	path, err := layerBinary()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(filepath.Dir(path)) }()
	return m.Run()
}

// Layer returns the path of the program, built from this checkout.
func Layer(t *testing.T) string {
	t.Helper()
	path, err := layerBinary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Envoy returns the path of the Envoy that make has fetched.
func Envoy(t *testing.T) string {
	t.Helper()
	path := os.Getenv("LAYER_ENVOY")
	if path == "" {
		t.Fatal("LAYER_ENVOY names no Envoy; run the tests with make")
	}
	return path
}
