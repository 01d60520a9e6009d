package devstore

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
	boltErrors "go.etcd.io/bbolt/errors"
)

const (
	diskFile = "devstore.db"
	// diskFormat names the layout below; another one is refused instead of misread.
	diskFormat = "layer-devstore-1"
	// lockWait is how long a second process waits for the file before it gives up.
	lockWait = time.Second
)

// Layout of the file: bucketFormat holds keyFormat; bucketNamespaces holds one bucket for each namespace, with keyMeta
// and the bucket bucketRows, in which a row is its JSON text.
var (
	bucketFormat     = []byte("format")
	bucketNamespaces = []byte("namespaces")
	bucketRows       = []byte("rows")
	keyFormat        = []byte("version")
	keyMeta          = []byte("meta")
)

// disk is the file that namespaces are kept in. bbolt serialises its writers.
type disk struct {
	path string
	db   *bolt.DB
}

// metaRecord is what is kept of a namespace beside its rows.
type metaRecord struct {
	Schema   map[string]*attrSchema `json:"schema"`
	IDType   string                 `json:"id_type"`
	Metric   string                 `json:"metric"`
	Created  time.Time              `json:"created"`
	Updated  time.Time              `json:"updated"`
	ReadOnly bool                   `json:"read_only,omitempty"`
	Pinning  json.RawMessage        `json:"pinning,omitempty"`
	Sharding json.RawMessage        `json:"sharding,omitempty"`
}

// openDisk opens the file below dir and hands every namespace in it to load. A file that is torn or another program's is
// an error that names its path.
func openDisk(dir string, load func(*namespace)) (d *disk, err error) {
	path := filepath.Join(dir, diskFile)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create data directory %s: %w", dir, err)
	}
	// A torn file makes bbolt panic, or fault where the file ends before the mapping does.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			d, err = nil, fmt.Errorf("open %s: the file is damaged: %v", path, p)
		}
	}()
	// NoSync: what was acknowledged survives the death of this process (the kernel has it), not a loss of power. Files of
	// a development store are not worth an fsync for every write. Close syncs.
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, NoSync: true, NoGrowSync: true})
	if errors.Is(err, boltErrors.ErrTimeout) {
		return nil, fmt.Errorf("open %s: the data directory is in use by another process", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	d = &disk{path: path, db: db}
	if err := d.loadAll(load); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), db.Close())
	}
	return d, nil
}

func (d *disk) loadAll(load func(*namespace)) error {
	if err := d.db.Update(prepare); err != nil {
		return err
	}
	return d.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketNamespaces).ForEachBucket(func(name []byte) error {
			n, err := readNamespace(string(name), tx.Bucket(bucketNamespaces).Bucket(name))
			if err != nil {
				return fmt.Errorf("namespace %s: %w", name, err)
			}
			load(n)
			return nil
		})
	})
}

// prepare checks the format of the file and makes the buckets of a new one.
func prepare(tx *bolt.Tx) error {
	if b := tx.Bucket(bucketFormat); b != nil && tx.Bucket(bucketNamespaces) != nil {
		if got := string(b.Get(keyFormat)); got != diskFormat {
			return fmt.Errorf("format is %q, want %q", got, diskFormat)
		}
		return nil
	}
	if k, _ := tx.Cursor().First(); k != nil {
		return errors.New("not a development store's file")
	}
	b, err := tx.CreateBucket(bucketFormat)
	if err != nil {
		return err
	}
	if err := b.Put(keyFormat, []byte(diskFormat)); err != nil {
		return err
	}
	_, err = tx.CreateBucket(bucketNamespaces)
	return err
}

// save writes a batch in one transaction.
func (d *disk) save(b *batch) error {
	meta, err := json.Marshal(metaRecord{
		Schema: b.schema, IDType: b.idType, Metric: b.metric, Created: b.created, Updated: b.updated, ReadOnly: b.readOnly,
		Pinning: json.RawMessage(b.pinning), Sharding: json.RawMessage(b.sharding),
	})
	if err != nil {
		return err
	}
	changes := encodeChanges(b.rows)
	return d.update(func(tx *bolt.Tx) error {
		ns, err := tx.Bucket(bucketNamespaces).CreateBucketIfNotExists([]byte(b.n.name))
		if err != nil {
			return err
		}
		if err := ns.Put(keyMeta, meta); err != nil {
			return err
		}
		rows, err := ns.CreateBucketIfNotExists(bucketRows)
		if err != nil {
			return err
		}
		return putChanges(rows, changes)
	})
}

type change struct{ key, text []byte }

// encodeChanges is sorted by key, the order in which a B+tree is written fastest.
func encodeChanges(rows map[docID]*row) []change {
	out := make([]change, 0, len(rows))
	for id, r := range rows {
		c := change{key: diskKey(id)}
		if r != nil {
			c.text = r.appendStored(nil)
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b change) int { return bytes.Compare(a.key, b.key) })
	return out
}

func putChanges(rows *bolt.Bucket, changes []change) error {
	for _, c := range changes {
		var err error
		if c.text == nil {
			err = rows.Delete(c.key)
		} else {
			err = rows.Put(c.key, c.text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// diskKey keeps the order of ids: numbers first.
func diskKey(id docID) []byte {
	if id.str {
		return append([]byte{'s'}, id.s...)
	}
	return binary.BigEndian.AppendUint64([]byte{'n'}, id.n)
}

func (d *disk) drop(name string) error {
	return d.update(func(tx *bolt.Tx) error {
		err := tx.Bucket(bucketNamespaces).DeleteBucket([]byte(name))
		if errors.Is(err, boltErrors.ErrBucketNotFound) {
			return nil
		}
		return err
	})
}

// update runs one write transaction; what it does is in the file when it returns.
func (d *disk) update(do func(*bolt.Tx) error) error {
	err := d.db.Update(do)
	if errors.Is(err, boltErrors.ErrDatabaseNotOpen) {
		return fail(http.StatusServiceUnavailable, "the store is closed")
	}
	return err
}

func (d *disk) close() error {
	return errors.Join(d.db.Sync(), d.db.Close())
}
