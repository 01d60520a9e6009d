package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"hevlayer.com/layer/config"
	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/extproc"
	"hevlayer.com/layer/gateway"
	"hevlayer.com/layer/internal/drain"
	"hevlayer.com/layer/internal/telemetry"
	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/control"
	"hevlayer.com/layer/xds/translate"
)

// Config says how a gateway process runs.
type Config struct {
	Version string
	Sockets envoy.Sockets
	Envoy   translate.Options
	// Resources reads the configuration.
	Resources *config.Folder
	// DrainMarker is the file that asks clients to go elsewhere.
	DrainMarker string
	// DrainTimeout bounds the wait for requests in flight.
	DrainTimeout time.Duration
	Logger       *slog.Logger
}

// App is a gateway process.
type App struct {
	cfg   Config
	live  *policy.Live
	drain *drain.State
	plane *control.Plane
	admin *envoy.Admin

	filter  *grpc.Server
	xds     *grpc.Server
	surface *gateway.Server
	health  *health.Server
}

// New wires a process; nothing runs yet.
func New(ctx context.Context, cfg Config) *App {
	registry := prometheus.NewRegistry()
	metrics := telemetry.NewMetrics(registry, cfg.Version)
	a := &App{cfg: cfg, live: &policy.Live{}, drain: &drain.State{}, admin: envoy.NewAdmin(cfg.Sockets.Admin), health: health.NewServer()}
	a.plane = control.New(control.Config{Live: a.live, Options: cfg.Envoy, Logger: cfg.Logger, Observer: metrics})
	a.filter = extproc.New(extproc.Config{
		Live: a.live, Draining: a.drain.Stopping, MaxBody: cfg.Envoy.MaxBody, Logger: cfg.Logger, Observer: metrics,
	}).GRPC()
	healthv1.RegisterHealthServer(a.filter, a.health)
	a.health.SetServingStatus("", healthv1.HealthCheckResponse_NOT_SERVING)
	a.xds = grpc.NewServer()
	a.plane.Server().Register(ctx, a.xds)
	a.surface = gateway.New(gateway.Config{
		Version: cfg.Version, Plane: a.plane, Drain: a.drain, Gatherer: registry,
		Statistics: a.admin, Scraped: metrics.EnvoyScraped, Logger: cfg.Logger,
	})
	return a
}

// Ready reports whether a configuration is in force that Envoy has taken.
func (a *App) Ready() bool { return a.plane.Ready() }

// Run serves until ctx is over, then drains: new requests are turned away, those in flight finish.
func (a *App) Run(ctx context.Context) error {
	// Serving goes on while the process drains, so it has a life of its own.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, serving := errgroup.WithContext(serving)
	for path, serve := range map[string]func(net.Listener) error{
		a.cfg.Sockets.ExtProc: a.filter.Serve, a.cfg.Sockets.ControlPlane: a.xds.Serve, a.cfg.Sockets.Gateway: a.surface.Serve,
	} {
		l, err := listen(ctx, path)
		if err != nil {
			a.halt(ctx)
			return errors.Join(err, group.Wait())
		}
		group.Go(func() error {
			// A server that was stopped before it got here says so, which is no failure.
			if err := serve(l); !errors.Is(err, grpc.ErrServerStopped) {
				return err
			}
			return nil
		})
	}
	group.Go(func() error { return a.configure(serving) })
	group.Go(func() error { a.drain.Watch(serving, a.cfg.DrainMarker, a.marked(serving)); return nil })
	group.Go(func() error {
		select {
		case <-ctx.Done():
			a.drained(serving)
		case <-serving.Done():
		}
		stop()
		a.halt(context.WithoutCancel(ctx))
		return nil
	})
	return group.Wait()
}

// configure follows the resources; each update is put in force as it comes.
func (a *App) configure(ctx context.Context) error {
	err := a.cfg.Resources.Run(ctx, func(u config.Update) {
		if err := a.plane.Apply(ctx, u.Table, u.Problems); err != nil {
			a.cfg.Logger.Error("publish configuration", "err", err)
			return
		}
		if a.live.Table() == nil {
			a.cfg.Logger.Error("no configuration is in force; nothing is served until the problems are mended", "problems", len(u.Problems))
			return
		}
		a.cfg.Logger.Info("configuration read", "new", u.Table != nil, "problems", len(u.Problems))
		a.health.SetServingStatus("", healthv1.HealthCheckResponse_SERVING)
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// marked tells Envoy to ask its clients to go elsewhere, or that they may stay after all.
func (a *App) marked(ctx context.Context) func(bool) error {
	return func(now bool) error {
		tell := a.admin.PassHealthCheck
		if now {
			tell = a.admin.FailHealthCheck
		}
		err := tell(ctx)
		if err != nil {
			a.cfg.Logger.Debug("Envoy can't be told of the drain marker yet", "err", err)
			return err
		}
		a.cfg.Logger.Warn("drain marker", "file", a.cfg.DrainMarker, "present", now)
		return nil
	}
}

// drainPoll is how often Envoy is asked for the requests in flight.
const drainPoll = 50 * time.Millisecond

// drained turns new requests away and returns when none is in flight, or DrainTimeout has passed.
func (a *App) drained(ctx context.Context) {
	a.drain.Stop()
	a.health.Shutdown()
	ctx, cancel := context.WithTimeout(ctx, a.cfg.DrainTimeout)
	defer cancel()
	if err := a.admin.FailHealthCheck(ctx); err != nil {
		a.cfg.Logger.Warn("tell Envoy to drain", "err", err)
	}
	tick := time.NewTicker(drainPoll)
	defer tick.Stop()
	for said := false; ; said = true {
		n, err := a.admin.ActiveRequests(ctx)
		if err == nil && n == 0 || gone(err) {
			return
		}
		if !said {
			a.cfg.Logger.Warn("waiting for requests in flight; a second signal ends them", "requests", n, "at most", a.cfg.DrainTimeout.String())
		}
		select {
		case <-ctx.Done():
			a.cfg.Logger.Warn("requests may still be in flight at the end of the drain time", "requests", n, "err", err)
			return
		case <-tick.C:
		}
	}
}

// gone reports whether an error says that no Envoy is there to wait for.
func gone(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, os.ErrNotExist)
}

// haltTimeout bounds the end of the servers once nothing is in flight.
const haltTimeout = time.Second

// halt stops the servers. The streams of a control plane never end by themselves, so they are cut.
func (a *App) halt(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, haltTimeout)
	defer cancel()
	if err := a.surface.Shutdown(ctx); err != nil {
		a.cfg.Logger.Warn("stop the HTTP surface", "err", err)
	}
	a.filter.Stop()
	a.xds.Stop()
	a.admin.Close()
}

// listen takes a Unix socket that only Envoy beside us can reach, in place of one that an earlier process left behind.
func listen(ctx context.Context, path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("clear socket: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if err := os.Chmod(path, 0o660); err != nil { // #nosec G302 -- Envoy runs under another user of the same group
		return nil, errors.Join(fmt.Errorf("set mode of socket: %w", err), l.Close())
	}
	return l, nil
}
