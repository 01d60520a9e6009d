package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"time"
)

const storePackage = "hevlayer.com/layer/internal/devstore/cmd/devstore"

// storeFaults is where the store is told to misbehave.
const storeFaults = "/_admin/faults"

// storeKey is the key of the store that the matrix and the streamed write use.
const storeKey = "tpuf_bench"

// readyLimit is how long a process that reads no large configuration may take to answer.
const readyLimit = 30 * time.Second

// buildStore builds the development store, which needs the go command that also runs the bench.
func buildStore(ctx context.Context, path string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, storePackage) //nolint:gosec // a path of our own
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the development store: %w\n%s", err, out)
	}
	return nil
}

// upstream is a running development store.
type upstream struct {
	*child
	addr string
	key  string
}

// startStore runs a development store that answers a repeated query from memory, so that the store is the
// same small constant below every variant.
func (l *lab) startStore(ctx context.Context, name, key string) (*upstream, error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	c, err := l.start(name, l.env, l.store, "-listen", addr, "-api-key", key, "-query-cache", "-admin")
	if err != nil {
		return nil, err
	}
	u := &upstream{child: c, addr: addr, key: key}
	if err := c.awaitOK(ctx, u.url()+"/v1/namespaces", key, readyLimit); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return u, nil
}

func (u *upstream) url() string { return "http://" + u.addr }

// seed writes rows into a namespace; each row's text is as long as size says.
func (u *upstream) seed(ctx context.Context, namespace string, rows, size int, origin string) error {
	type row struct {
		ID     int    `json:"id"`
		Origin string `json:"origin"`
		Text   string `json:"text"`
	}
	var doc struct {
		Rows   []row          `json:"upsert_rows"`
		Schema map[string]any `json:"schema"`
	}
	for id := range rows {
		doc.Rows = append(doc.Rows, row{ID: id + 1, Origin: origin, Text: strings.Repeat("x", size)})
	}
	doc.Schema = map[string]any{"text": map[string]any{"type": "string", "filterable": false}}
	body, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("encode rows: %w", err)
	}
	if _, err := call(ctx, http.MethodPost, u.url()+"/v2/namespaces/"+namespace, u.key, body); err != nil {
		return fmt.Errorf("seed namespace %s: %w", namespace, err)
	}
	return nil
}

// dropWrites makes the store read writes to the namespace and forget them: their cost in the store is a
// constant, and no write grows it.
func (u *upstream) dropWrites(ctx context.Context, namespace string) error {
	faults := []map[string]any{{
		"method": http.MethodPost, "path_contains": "/" + namespace,
		"discard_body": true, "status": http.StatusOK, "body": `{"status":"OK","message":"dropped","rows_affected":0}`,
	}}
	body, err := json.Marshal(faults)
	if err != nil {
		return fmt.Errorf("encode the store's faults: %w", err)
	}
	if _, err := call(ctx, http.MethodPost, u.url()+storeFaults, u.key, body); err != nil {
		return fmt.Errorf("make namespace %s drop writes: %w", namespace, err)
	}
	return nil
}
