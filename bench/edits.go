package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// editLimit is how long an edit may take to be live, or a start to come to rest, before the measurement gives up.
const editLimit = 2 * time.Minute

// timeEdits moves the edited namespace from store to store, and times each edit until a request shows it.
func (l *lab) timeEdits(ctx context.Context, g *gateway, files resources, res *indexed) error {
	if _, err := awaitOrigin(ctx, g, editedNamespace, firstStore); err != nil {
		return err
	}
	before, err := cpuByRole(g)
	if err != nil {
		return err
	}
	var seconds []float64
	for i := range l.opts.edits {
		store := []string{secondStore, firstStore}[i%2]
		start := time.Now()
		if err := files.editIndex(store); err != nil {
			return err
		}
		failed, err := awaitOrigin(ctx, g, editedNamespace, store)
		if err != nil {
			return fmt.Errorf("edit %d: %w", i+1, err)
		}
		res.failed += failed
		seconds = append(seconds, time.Since(start).Seconds())
	}
	res.toLive = spreadOf(seconds)
	res.editCPU, err = cpuByRole(g)
	for role, used := range res.editCPU {
		res.editCPU[role] = (used - before[role]) / time.Duration(l.opts.edits)
	}
	return err
}

// awaitOrigin queries the namespace until the answer comes from the store. It returns how many requests failed
// until then.
func awaitOrigin(ctx context.Context, g *gateway, namespace, store string) (failed int, err error) {
	ctx, cancel := context.WithTimeout(ctx, editLimit)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		from, err := origin(ctx, g, namespace)
		if err != nil {
			failed++
		} else if from == store {
			return failed, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return failed, fmt.Errorf("namespace %s never came from store %s (last: %q): %w",
				namespace, store, from, errors.Join(err, ctx.Err()))
		}
	}
}

// origin tells which store answers for the namespace, by the rows that it holds.
func origin(ctx context.Context, g *gateway, namespace string) (string, error) {
	answer, err := call(ctx, http.MethodPost, g.url()+"/v2/namespaces/"+namespace+"/query", g.key, []byte(smallQuery))
	if err != nil {
		return "", err
	}
	for _, store := range []string{firstStore, secondStore} {
		if bytes.Contains(answer, []byte(strconv.Quote(store))) {
			return store, nil
		}
	}
	return "", fmt.Errorf("an answer that names no store: %.300s", answer)
}
