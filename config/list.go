package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hevlayer.com/layer/policy"
)

// extensions are the names' ends of the files that are read.
var extensions = []string{".yaml", ".yml", ".json"}

// listing walks a folder. Links are followed, because a mounted ConfigMap is made of them.
type listing struct {
	files []string
	// links are those of the files that are links.
	links    []string
	folders  []string
	problems []policy.Problem
	// real are the folders entered, by their real paths, so that a link back up ends.
	real map[string]bool
}

// list finds the files to read. A folder that never existed is empty; one that is gone is a problem, so that a volume that is
// away for a moment, or a folder that is about to be replaced, does not take the policy with it.
func (f *Folder) list() ([]string, []policy.Problem) {
	if f.cfg.Dir == "" {
		return nil, nil
	}
	l := list(f.cfg.Dir)
	if slices.Contains(l.folders, f.cfg.Dir) {
		f.found = true
	}
	if _, err := os.Stat(f.cfg.Dir); errors.Is(err, fs.ErrNotExist) && !f.found {
		return nil, nil
	}
	return l.files, l.problems
}

func list(dir string) *listing {
	l := &listing{real: map[string]bool{}}
	l.enter(dir)
	return l
}

func (l *listing) enter(dir string) {
	actual, err := filepath.EvalSymlinks(dir)
	if err != nil {
		l.problems = append(l.problems, unreadablePath(kindFolder, dir, err))
		return
	}
	if l.real[actual] {
		return
	}
	l.real[actual] = true
	entries, err := os.ReadDir(dir)
	if err != nil {
		l.problems = append(l.problems, unreadablePath(kindFolder, dir, err))
		return
	}
	l.folders = append(l.folders, dir)
	for _, e := range entries {
		if !ignored(e.Name()) {
			l.entry(filepath.Join(dir, e.Name()), e.Type()&fs.ModeSymlink != 0)
		}
	}
}

func (l *listing) entry(path string, link bool) {
	wanted := slices.Contains(extensions, strings.ToLower(filepath.Ext(path)))
	info, err := os.Stat(path)
	switch {
	case err != nil:
		// A link that leads nowhere is a fault; a file that went away since the folder was read is none.
		if _, gone := os.Lstat(path); wanted && gone == nil {
			l.problems = append(l.problems, unreadablePath(kindFile, path, err))
		}
	case info.IsDir():
		l.enter(path)
	case wanted && info.Mode().IsRegular():
		l.files = append(l.files, path)
		if link {
			l.links = append(l.links, path)
		}
	}
}

// ignored tells the names of hidden and of editors' temporary files.
func ignored(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "#") || strings.HasSuffix(name, "~")
}
