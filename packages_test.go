package layer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// pkg is a package of this module as the go command lists it.
type pkg struct {
	ImportPath, Dir, Name string
	Imports, Deps         []string
	TestImports           []string
	XTestImports          []string
	GoFiles               []string
	TestGoFiles           []string
	XTestGoFiles          []string
}

// relative is the package's path inside the module.
func (p pkg) relative() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

// all are the package's own imports with those of its tests.
func (p pkg) all() []string {
	list := slices.Concat(p.Imports, p.TestImports, p.XTestImports)
	slices.Sort(list)
	return slices.Compact(list)
}

var listed = sync.OnceValues(func() ([]pkg, error) {
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Name,Imports,Deps,TestImports,XTestImports,GoFiles,TestGoFiles,XTestGoFiles", "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	var all []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("read the list of packages: %w", err)
		}
		all = append(all, p)
		// The go command takes a test for unchanged while what it read is: what "go list" reads for it has to be read here too.
		for _, dir := range []string{p.Dir, filepath.Dir(p.Dir)} {
			if _, err := os.ReadDir(dir); err != nil {
				return nil, err
			}
		}
	}
})

// packages lists the packages of this module.
func packages(t *testing.T) []pkg {
	t.Helper()
	all, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d packages", len(all))
	}
	return all
}
