package config

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"slices"

	"hevlayer.com/layer/policy"
)

// FolderConfig says what a Folder reads.
type FolderConfig struct {
	// Dir is the folder; "" means none, so that Base is all there is.
	Dir string
	// Namespace is the Kubernetes namespace whose objects are read, and that of objects that name none. "" means default.
	Namespace string
	// Base are the stores while the folder holds no VectorStore of its own; with BaseOnly they are the stores whatever it holds.
	Base     []policy.StoreInput
	BaseOnly bool
	// Secrets finds the values of Secrets that the folder does not hold. It may be nil.
	Secrets func(name, key string) (policy.Secret, bool)
	Logger  *slog.Logger
}

// Update is the outcome of a reading.
type Update struct {
	// Table is nil where a problem is fatal; the one in force stays.
	Table    *policy.Table
	Problems []policy.Problem
}

// Folder reads policy tables from a folder of YAML and JSON files. Sub-folders are read too; files and folders whose names
// start with a dot, and the temporary files of editors, are not.
type Folder struct {
	cfg     FolderConfig
	decoder *decoder
	// files are those of the last reading, by path.
	files map[string]*file
	// found tells that the folder existed once, so that its absence is a fault and no empty folder.
	found bool
	// sum is of all that the last reading read, and last what it made of it.
	sum  [sha256.Size]byte
	last Update
	// table is the last good one.
	table *policy.Table
}

// NewFolder returns a Folder that has read nothing yet.
func NewFolder(cfg FolderConfig) (*Folder, error) {
	if cfg.Namespace == "" {
		cfg.Namespace = "default"
	}
	d, err := newDecoder(cfg.Namespace, cfg.Logger)
	if err != nil {
		return nil, err
	}
	return &Folder{cfg: cfg, decoder: d}, nil
}

// Read reads the folder now. Documents that have not changed since the last reading are not parsed again, and if none has,
// the Update is the last one. Where ctx is done before the reading is, it is empty.
func (f *Folder) Read(ctx context.Context) Update {
	update, _ := f.read(ctx)
	return update
}

// read also tells whether anything is different from the last reading.
func (f *Folder) read(ctx context.Context) (_ Update, changed bool) {
	files, problems := f.load(ctx)
	if ctx.Err() != nil {
		return Update{}, false
	}
	sum := summarize(files, problems)
	if f.files != nil && sum == f.sum {
		return f.last, false
	}
	f.files, f.sum = files, sum
	f.last = f.compile(problems)
	return f.last, true
}

// compile makes an update of what was read and the problems of reading it.
func (f *Folder) compile(problems []policy.Problem) Update {
	in, found := f.collect()
	problems = append(problems, found...)
	if slices.ContainsFunc(problems, func(p policy.Problem) bool { return p.Fatal }) {
		return Update{Problems: problems}
	}
	table, found := policy.Compile(in, f.table)
	if table != nil {
		f.table = table
	}
	return Update{Table: table, Problems: append(problems, found...)}
}
