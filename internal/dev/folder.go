package dev

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/policy"
)

// folder is the data folder of one development gateway: its certificate, key, documents, logs and sockets.
type folder struct {
	path string
	lock *os.File
}

// open makes the folder where it does not exist, and holds it for this process alone.
func open(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600) // #nosec G304 -- the data folder is the caller's choice
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil { // #nosec G115 -- a file descriptor
		_ = lock.Close()
		return nil, fmt.Errorf("--data: another layer is running on %s; give this one a folder of its own", path)
	}
	return &folder{path, lock}, nil
}

// close lets the folder go.
func (f *folder) close() error { return f.lock.Close() }

func (f *folder) join(elem ...string) string {
	return filepath.Join(append([]string{f.path}, elem...)...)
}

// sockets makes a folder for the sockets: in the data folder, or a temporary one where that path is too long for a socket.
func (f *folder) sockets() (s envoy.Sockets, cleanup func(), err error) {
	dir := f.join("run")
	abs, err := filepath.Abs(dir)
	if err != nil {
		return s, nil, fmt.Errorf("--data: %w", err)
	}
	if s, err = envoy.SocketsIn(abs); err != nil {
		if abs, err = os.MkdirTemp("", "layer-"); err != nil {
			return s, nil, fmt.Errorf("make socket folder: %w", err)
		}
		if s, err = envoy.SocketsIn(abs); err != nil {
			return s, nil, err
		}
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return s, nil, fmt.Errorf("make socket folder: %w", err)
	}
	return s, func() { _ = os.RemoveAll(abs) }, nil
}

// keyFile is where the key of the embedded store is kept.
func (f *folder) keyFile() string { return f.join("api-key") }

// key returns the key of the embedded store, made once.
func (f *folder) key() (policy.Secret, error) {
	text, err := os.ReadFile(f.keyFile())
	if err == nil && strings.TrimSpace(string(text)) != "" {
		return policy.NewSecret(strings.TrimSpace(string(text))), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return policy.Secret{}, fmt.Errorf("read the embedded store's key: %w", err)
	}
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return policy.Secret{}, fmt.Errorf("make the embedded store's key: %w", err)
	}
	key := "layer_dev_" + hex.EncodeToString(raw)
	if err := os.WriteFile(f.keyFile(), []byte(key+"\n"), 0o600); err != nil {
		return policy.Secret{}, fmt.Errorf("keep the embedded store's key: %w", err)
	}
	return policy.NewSecret(key), nil
}

// maxLog is how large a log may be before it is put aside at a start.
const maxLog = 64 << 20

// log names a log file; one that has grown large becomes its ".old".
func (f *folder) log(name string) (string, error) {
	if err := os.MkdirAll(f.join("logs"), 0o700); err != nil {
		return "", fmt.Errorf("make log folder: %w", err)
	}
	path := f.join("logs", name)
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		if err := os.Rename(path, path+".old"); err != nil {
			return "", fmt.Errorf("put log aside: %w", err)
		}
	}
	return path, nil
}
