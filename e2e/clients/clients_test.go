// Package clients runs the official clients' suites (Python and Node) against a gateway in front of a development store: the
// same calls directly and through Layer, answers compared. What the suites print goes to standard output as it comes.
package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"hevlayer.com/layer/internal/testkit"
)

func TestMain(m *testing.M) { os.Exit(testkit.Main(m)) }

// TestOfficialClients runs one suite after the other, since they share the faults that they set.
func TestOfficialClients(t *testing.T) {
	u := testkit.NewUpstream(t)
	g := testkit.InFront(t, u)
	python, err := filepath.Abs("../../.cache/venv-e2e/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir  string
		args []string
	}{
		"python": {"python", []string{python, "-m", "pytest"}},
		"node":   {"node", []string{"npm", "test"}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), c.args[0], c.args[1:]...) // #nosec G204
			cmd.Dir = c.dir
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
			cmd.Env = append(os.Environ(),
				"LAYER_E2E_DIRECT_URL="+u.URL, "LAYER_E2E_ADMIN_URL="+u.URL+"/_admin",
				"LAYER_E2E_HTTP_URL="+g.HTTP, "LAYER_E2E_HTTPS_URL="+g.HTTPS, "LAYER_E2E_CA_FILE="+g.CA,
				"LAYER_E2E_API_KEY="+testkit.StoreKey)
			if err := cmd.Run(); err != nil {
				t.Fatalf("%v: %v (make test installs what the suite needs)", c.args, err)
			}
		})
	}
}
