package devstore

import (
	"compress/gzip"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config of a store.
type Config struct {
	// DataDir is the folder that data is kept in, made when it is not there. Empty means memory only.
	DataDir string
	// APIKeys are the accepted bearers. Empty means any bearer that is not empty.
	APIKeys []string
	// Admin serves the endpoints under /_admin/, which need no key and are for tests only.
	Admin bool
	// Record keeps the last requests for GET /_admin/requests from the start on.
	Record bool
	// QueryCache answers a repeated query from memory until the namespace changes.
	QueryCache bool
	// H2C makes Serve accept HTTP/2 without TLS too.
	H2C bool
	// Logger takes what goes wrong inside; nil discards it.
	Logger *slog.Logger
}

// Store is a development store. It is safe for concurrent use.
type Store struct {
	cfg   Config
	log   *slog.Logger
	names registry
	disk  *disk // nil when memory only
	// maxBody is a field so that tests need no half a gigabyte.
	maxBody int64
	ops     operations

	faults  faults
	records records
	gzips   sync.Pool

	// switched by POST /_admin/config
	indexLag    atomic.Int64 // a time.Duration
	filterLimit atomic.Int64
	asyncPolls  atomic.Int64
	lazyApprox  atomic.Bool
	queryCache  atomic.Bool
	asyncWrite  atomic.Bool

	closing sync.Once
	closed  error
}

// Open makes a store and loads what an earlier one left in the data directory. It fails when another process uses the
// directory.
func Open(cfg Config) (*Store, error) {
	s := &Store{cfg: cfg, log: cfg.Logger, maxBody: maxBody, names: registry{byName: map[string]*namespace{}}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.gzips.New = func() any {
		g, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			// unreachable: the level is a constant that gzip knows.
			panic(err)
		}
		return g
	}
	s.records.on.Store(cfg.Record)
	s.queryCache.Store(cfg.QueryCache)
	if cfg.DataDir == "" {
		return s, nil
	}
	d, err := openDisk(cfg.DataDir, func(n *namespace) { s.names.byName[n.name] = n })
	if err != nil {
		return nil, fmt.Errorf("open development store: %w", err)
	}
	s.disk = d
	return s, nil
}

// Handler serves the store. It never looks at the address a request came to, so any server may carry it.
func (s *Store) Handler() http.Handler {
	return http.HandlerFunc(s.serveHTTP)
}

// Close writes what is left to the disk and releases the data directory. Requests that come later still read; their
// writes are refused.
func (s *Store) Close() error {
	s.closing.Do(func() {
		if s.disk != nil {
			s.closed = s.disk.close()
		}
	})
	return s.closed
}

func (s *Store) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Admin && strings.HasPrefix(r.URL.Path, adminPrefix) {
		s.serveAdmin(w, r)
		return
	}
	x := exchange{s: s, w: w, r: r, start: time.Now(), op: operationName(r.Method, r.URL.Path)}
	x.run()
}
