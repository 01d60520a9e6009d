package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"hevlayer.com/layer/config"
	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/app"
	"hevlayer.com/layer/internal/devca"
)

// Config says how a development gateway runs.
type Config struct {
	// HTTP and HTTPS are the public addresses.
	HTTP, HTTPS string
	// Data is the folder that everything is kept in.
	Data string
	// Resources is the folder of YAML files, "" for none.
	Resources string
	Namespace string
	Version   string
	// DrainMarker is the file that asks clients to go elsewhere, DrainTimeout the wait for requests in flight at the end.
	DrainMarker  string
	DrainTimeout time.Duration
	Getenv       func(string) string
	Logger       *slog.Logger
	// Output is where the ready line and the greeting go.
	Output io.Writer
}

// Run runs the gateway until ctx is over, drains it and ends Envoy.
func Run(ctx context.Context, cfg Config) (err error) {
	if _, err := os.Stat(cfg.DrainMarker); err == nil {
		return fmt.Errorf("the drain marker %s is there, so nothing would be ready; remove it", cfg.DrainMarker)
	}
	f, err := open(cfg.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	sockets, cleanup, err := f.sockets()
	if err != nil {
		return err
	}
	defer cleanup()
	up, err := chooseUpstream(ctx, f, cfg.Resources, cfg.Getenv, cfg.Logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, up.close()) }()
	a, hello, err := assemble(ctx, cfg, f, sockets, up)
	if err != nil {
		return err
	}
	proxy, closeLog, err := startable(cfg, f, sockets)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	return supervise(ctx, a, proxy, up, func(ctx context.Context) error {
		if err := waitReady(ctx, hello.http); err != nil {
			return err
		}
		hello.write(cfg.Output)
		return nil
	})
}

// assemble makes the gateway and what to say when it is ready.
func assemble(ctx context.Context, cfg Config, f *folder, sockets envoy.Sockets, up *upstream) (*app.App, greeting, error) {
	certificate, err := devca.Ensure(f.join("ca"), time.Now())
	if err != nil {
		return nil, greeting{}, err
	}
	options, err := app.Options(cfg.Getenv, cfg.Logger)
	if err != nil {
		return nil, greeting{}, err
	}
	if options.HTTP, err = reserve(ctx, "--http", cfg.HTTP); err != nil {
		return nil, greeting{}, err
	}
	if options.HTTPS, err = reserve(ctx, "--https", cfg.HTTPS); err != nil {
		return nil, greeting{}, err
	}
	if options.HTTP == options.HTTPS {
		return nil, greeting{}, fmt.Errorf("--https: %s is the address of --http", options.HTTPS)
	}
	if options.AccessLog, err = f.log("access.jsonl"); err != nil {
		return nil, greeting{}, err
	}
	options.Egress, options.Certificate, options.PrivateKey = sockets.Egress, certificate.Chain, certificate.PrivateKey
	resources, err := config.NewFolder(config.FolderConfig{
		Dir: cfg.Resources, Namespace: cfg.Namespace, Base: up.stores, BaseOnly: up.only,
		Secrets: config.EnvironSecrets(cfg.Getenv), Logger: cfg.Logger,
	})
	if err != nil {
		return nil, greeting{}, err
	}
	a := app.New(ctx, app.Config{
		Version: cfg.Version, Sockets: sockets, Envoy: options, Resources: resources,
		DrainMarker: cfg.DrainMarker, DrainTimeout: cfg.DrainTimeout, Logger: cfg.Logger,
	})
	return a, greeting{
		http: "http://" + options.HTTP, https: "https://" + options.HTTPS,
		ca: certificate.CAFile, store: up.name, bearer: up.bearer, hint: up.hint,
	}, nil
}

// startable prepares the Envoy child; its own messages go to a log of their own, which is closed when it is needed no more.
func startable(cfg Config, f *folder, sockets envoy.Sockets) (_ *proxy, closeLog func() error, _ error) {
	path, err := binary(cfg.Getenv)
	if err != nil {
		return nil, nil, err
	}
	name, err := f.log("envoy.log")
	if err != nil {
		return nil, nil, err
	}
	log, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) // #nosec G304 -- below the data folder
	if err != nil {
		return nil, nil, fmt.Errorf("open Envoy's log: %w", err)
	}
	p, err := newProxy(path, f, sockets, name, log, cfg.Logger)
	if err != nil {
		return nil, nil, errors.Join(err, log.Close())
	}
	return p, log.Close, nil
}

// supervise runs the parts. The gateway ends first, once it has drained; only then do Envoy and the store.
func supervise(ctx context.Context, a *app.App, p *proxy, up *upstream, ready func(context.Context) error) error {
	below, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, below := errgroup.WithContext(below)
	group.Go(func() error { return p.run(below) })
	if up.serve != nil {
		group.Go(func() error { return up.serve(below) })
	}
	group.Go(func() error {
		defer stop()
		// Anything that fails below ends the gateway too.
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(below, cancel)()
		return a.Run(ctx)
	})
	group.Go(func() error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(below, cancel)()
		if err := ready(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		return nil
	})
	return group.Wait()
}
