package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Names of the variants, in the order of the report.
const (
	directVariant  = "direct"
	envoyVariant   = "envoy"
	noopVariant    = "ext_proc" // the one that does nothing, which ratios are taken against
	noopLogVariant = "ext_proc+log"
	layerVariant   = "layer"
)

// Roles of gateway processes.
const (
	envoyRole   = "envoy"
	extProcRole = "ext_proc"
	layerRole   = "layer"
)

// process is one process of a gateway, told apart by what it does there.
type process struct {
	role string
	pid  int
}

// gateway is a started variant.
type gateway struct {
	name      string
	about     string
	addr      string
	key       string
	processes []process
	children  []*child // in the order in which they are stopped
}

// variant is a way to reach a store.
type variant struct {
	name  string
	start func(context.Context, *lab, *upstream) (*gateway, error)
}

// variants lists them all; adding a line here adds it to every table.
func variants() []variant {
	return []variant{
		{directVariant, startDirect},
		{envoyVariant, func(ctx context.Context, l *lab, u *upstream) (*gateway, error) {
			return l.startEnvoy(ctx, u, envoyVariant, false, false)
		}},
		{noopVariant, func(ctx context.Context, l *lab, u *upstream) (*gateway, error) {
			return l.startEnvoy(ctx, u, noopVariant, true, false)
		}},
		{noopLogVariant, func(ctx context.Context, l *lab, u *upstream) (*gateway, error) {
			return l.startEnvoy(ctx, u, noopLogVariant, true, true)
		}},
		{layerVariant, func(ctx context.Context, l *lab, u *upstream) (*gateway, error) {
			return l.startLayer(ctx, layerSetup{upstream: u})
		}},
	}
}

func startDirect(_ context.Context, _ *lab, u *upstream) (*gateway, error) {
	return &gateway{name: directVariant, about: "no gateway", addr: u.addr, key: u.key}, nil
}

// startEnvoy runs an Envoy with a bootstrap of the bench's own, and the ext_proc that does nothing if asked.
func (l *lab) startEnvoy(ctx context.Context, u *upstream, name string, extProc, accessLog bool) (_ *gateway, err error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	g := &gateway{name: name, addr: addr, key: u.key}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.stop())
		}
	}()
	b := bootstrap{Listen: addr, Store: u.addr}
	file := filepath.Join(l.dir, fmt.Sprintf("%s-%d", name, l.serial()))
	if extProc {
		b.ExtProc = file + ".sock"
		if err := g.add(extProcRole)(l.start(extProcRole, l.env, l.self, noopCommand, b.ExtProc)); err != nil {
			return nil, err
		}
	}
	if accessLog {
		b.AccessLog = file + ".access.log"
	}
	if err := writeBootstrap(file+".yaml", b); err != nil {
		return nil, err
	}
	err = g.add(envoyRole)(l.start(envoyRole, l.env, l.opts.envoy, "--config-path", file+".yaml",
		"--concurrency", strconv.Itoa(l.opts.concurrency), "--disable-hot-restart", "--log-level", "warning"))
	if err != nil {
		return nil, err
	}
	return g, g.describe(ctx, "access log: "+map[bool]string{false: "none", true: "JSON file"}[accessLog])
}

func writeBootstrap(path string, b bootstrap) error {
	text, err := b.yaml()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, text, 0o600); err != nil { //nolint:gosec // below the run's temporary folder
		return fmt.Errorf("write the bootstrap: %w", err)
	}
	return nil
}

// add takes over a child that has just been started; later ones are stopped first.
func (g *gateway) add(role string) func(*child, error) error {
	return func(c *child, err error) error {
		if err != nil {
			return err
		}
		g.children = append([]*child{c}, g.children...)
		g.processes = append(g.processes, process{role, c.pid()})
		return nil
	}
}

// describe waits until a request gets through to the store, and notes what the report says about the variant.
func (g *gateway) describe(ctx context.Context, settings string) error {
	if err := g.children[0].awaitOK(ctx, g.url()+"/v1/namespaces", g.key, readyLimit); err != nil {
		return err
	}
	threads, err := envoyConcurrency(g.pid(envoyRole))
	g.about = fmt.Sprintf("Envoy --concurrency %s; %s", threads, settings)
	return err
}

// envoyConcurrency reads how many worker threads an Envoy was told to use.
func envoyConcurrency(pid int) (string, error) {
	args, err := commandLine(pid)
	if err != nil {
		return "", err
	}
	return concurrencyFlag(args), nil
}

func concurrencyFlag(args []string) string {
	for i, arg := range args {
		if v, ok := strings.CutPrefix(arg, "--concurrency="); ok {
			return v
		}
		if arg == "--concurrency" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return "unset (one thread per CPU)"
}

func (g *gateway) url() string { return "http://" + g.addr }

// pids lists the gateway's processes.
func (g *gateway) pids() []int {
	pids := make([]int, 0, len(g.processes))
	for _, p := range g.processes {
		pids = append(pids, p.pid)
	}
	return pids
}

// pid returns the process of that role, or 0.
func (g *gateway) pid(role string) int {
	for _, p := range g.processes {
		if p.role == role {
			return p.pid
		}
	}
	return 0
}

func (g *gateway) stop() error {
	var errs []error
	for _, c := range g.children {
		errs = append(errs, c.stop())
	}
	return errors.Join(errs...)
}
