package config

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"hevlayer.com/layer/policy"
)

// maxFile bounds the memory that one file can take.
const maxFile = 256 << 20

// batch is how many documents a goroutine reads at once; it only has to outweigh the goroutine's cost.
const batch = 64

// file is a file as it was read last.
type file struct {
	sum       [sha256.Size]byte
	documents []placed
}

// placed is a document with its place in a file and the sum of its text.
type placed struct {
	*document
	line int
	sum  [sha256.Size]byte
}

// load reads all files. What has not changed is taken from the last reading.
func (f *Folder) load(ctx context.Context) (map[string]*file, []policy.Problem) {
	paths, problems := f.list()
	files := map[string]*file{}
	for _, path := range paths {
		text, err := readFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			// Removed since it was listed; the next reading sees the folder without it.
		case err != nil:
			problems = append(problems, unreadablePath(kindFile, path, err))
		default:
			files[path] = f.decoder.file(ctx, text, f.files[path])
		}
	}
	return files, problems
}

func readFile(path string) ([]byte, error) {
	r, err := os.Open(path) //nolint:gosec // the operator's own choice
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	var text bytes.Buffer
	if info, err := r.Stat(); err == nil {
		text.Grow(int(min(info.Size(), maxFile)) + bytes.MinRead)
	}
	if _, err := text.ReadFrom(io.LimitReader(r, maxFile+1)); err != nil {
		return nil, err
	}
	if text.Len() > maxFile {
		return nil, fmt.Errorf("is over %d bytes", maxFile)
	}
	return text.Bytes(), nil
}

// unreadablePath is the problem of a file or folder that the system does not let be read.
func unreadablePath(kind, path string, err error) policy.Problem {
	if named := (*fs.PathError)(nil); errors.As(err, &named) {
		err = named.Err
	}
	return policy.Problem{
		Object: policy.Object{Kind: kind, Name: filepath.Base(path), File: path},
		Reason: policy.ReasonUnreadable, Message: err.Error(), Fatal: true,
	}
}

// file reads the documents of a file; those whose text is in last are taken from there.
func (d *decoder) file(ctx context.Context, text []byte, last *file) *file {
	sum := sha256.Sum256(text)
	if last != nil && last.sum == sum {
		return last
	}
	known := map[[sha256.Size]byte]*document{}
	if last != nil {
		for _, p := range last.documents {
			known[p.sum] = p.document
		}
	}
	chunks := split(text)
	f := &file{sum: sum, documents: make([]placed, len(chunks))}
	missing := reuse(chunks, f.documents, known)
	workers := errgroup.Group{}
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for part := range slices.Chunk(missing, batch) {
		workers.Go(func() error {
			for _, i := range part {
				if ctx.Err() == nil {
					f.documents[i].document = d.decode(ctx, chunks[i].text)
				}
			}
			return nil
		})
	}
	_ = workers.Wait()
	return f
}

// reuse fills in what is known of the chunks and returns the places of the others.
func reuse(chunks []chunk, out []placed, known map[[sha256.Size]byte]*document) []int {
	var missing []int
	for i, c := range chunks {
		out[i] = placed{known[c.sum], c.line, c.sum}
		if out[i].document == nil {
			missing = append(missing, i)
		}
	}
	return missing
}

// summarize makes one sum of all that was read.
func summarize(files map[string]*file, problems []policy.Problem) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		write(h, []byte(path), files[path].sum[:])
	}
	for _, p := range problems {
		write(h, []byte(p.Error()))
	}
	h.Sum(sum[:0])
	return sum
}

func write(h hash.Hash, parts ...[]byte) {
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:", len(p))
		_, _ = h.Write(p)
	}
}
