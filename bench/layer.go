package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// layerSetup says what a `layer dev` stands in front of: one store by environment, or a resource folder.
type layerSetup struct {
	upstream   *upstream
	resources  string
	key        string
	readyLimit time.Duration
}

// startLayer runs `layer dev` as a user would. Its Envoy is a child of its own.
func (l *lab) startLayer(ctx context.Context, s layerSetup) (_ *gateway, err error) {
	if err := executable(l.opts.layer, "build it, or name one with -layer"); err != nil {
		return nil, err
	}
	plain, tls, err := l.layerAddresses(ctx)
	if err != nil {
		return nil, err
	}
	env := append([]string{"LAYER_ENVOY=" + l.opts.envoy, "LAYER_INDEX_CONFIG_ENABLED=true"}, l.env...)
	args := []string{"dev", "--http", plain, "--https", tls, "--data", filepath.Join(l.dir, fmt.Sprintf("layer-%d", l.serial()))}
	limit := readyLimit
	key := s.key
	if s.resources != "" {
		args, limit = append(args, "--resources", s.resources), s.readyLimit
	} else {
		key = s.upstream.key
		env = append(env, "TPUF_URL="+s.upstream.url(), "TURBOPUFFER_API_KEY="+key)
	}
	g := &gateway{name: layerVariant, addr: plain, key: key}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.stop())
		}
	}()
	if err := g.add(layerRole)(l.start(layerRole, env, l.opts.layer, args...)); err != nil {
		return nil, err
	}
	if err := g.children[0].awaitOK(ctx, g.url()+"/ready", key, limit); err != nil {
		return nil, err
	}
	if err := g.findChildren(l.opts.envoy); err != nil {
		return nil, err
	}
	return g, g.describe(ctx, "started as `layer dev`")
}

func (l *lab) layerAddresses(ctx context.Context) (plain, tls string, err error) {
	if plain, err = freeAddress(ctx); err != nil {
		return "", "", err
	}
	tls, err = freeAddress(ctx)
	return plain, tls, err
}

// findChildren adds the processes that `layer dev` started, whose CPU and memory are the gateway's too.
func (g *gateway) findChildren(envoy string) error {
	below, err := descendants(g.pid(layerRole))
	if err != nil {
		return err
	}
	for _, pid := range below {
		role := layerRole + " child"
		if executes(pid, envoy) {
			role = envoyRole
		}
		g.processes = append(g.processes, process{role, pid})
	}
	if g.pid(envoyRole) == 0 {
		return fmt.Errorf("find Layer's Envoy: no child of process %d runs %s", g.pid(layerRole), envoy)
	}
	return nil
}
