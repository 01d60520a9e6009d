// Package control keeps Envoy and the gateway on one policy: it takes what the configuration reader yields, translates it,
// publishes it to Envoy and puts the table in force, and goes back to the last good one together with Envoy.
//
// Its methods may be called from any goroutine; it starts none of its own.
package control

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/serve"
	"hevlayer.com/layer/xds/translate"
)

// Observer counts what happens to configurations.
type Observer interface {
	// ConfigApplied notes that a new configuration was compiled and published, or why it was not.
	ConfigApplied(outcome string)
	// ConfigProblems notes how many problems stand.
	ConfigProblems(n int)
	// EnvoyAnswered notes Envoy's word on a set of resources.
	EnvoyAnswered(resourceType string, accepted bool)
}

// Outcomes of an update.
const (
	OutcomeApplied = "applied"
	OutcomeInvalid = "invalid"
	OutcomeRefused = "refused"
)

// Config says what a Plane works with.
type Config struct {
	Live     *policy.Live
	Options  translate.Options
	Logger   *slog.Logger
	Observer Observer
}

// Plane is the control plane.
type Plane struct {
	cfg    Config
	server *serve.Server

	// applying makes updates take effect one after the other.
	applying sync.Mutex

	// mu is taken inside the server's lock, so the server is never called under it.
	mu sync.Mutex
	// accepted says that Envoy has taken a whole configuration.
	accepted bool
	// Problems by where they were found: reading and compiling, translating, Envoy's refusal.
	read, translated, refused []policy.Problem
}

// New makes a control plane with nothing in force.
func New(cfg Config) *Plane {
	p := &Plane{cfg: cfg}
	p.server = serve.New(serve.Config{
		Logger: cfg.Logger, Serving: p.serving, Accepted: p.accept, Refused: p.refuse, Observe: cfg.Observer.EnvoyAnswered,
	})
	return p
}

// Server returns the discovery service to register.
func (p *Plane) Server() *serve.Server { return p.server }

// Apply takes an update of the configuration. table is nil where the problems left none; the last good one stays then.
func (p *Plane) Apply(ctx context.Context, table *policy.Table, problems []policy.Problem) error {
	p.applying.Lock()
	defer p.applying.Unlock()
	p.report(problems)
	if table == nil {
		p.note(func() { p.read = problems }, OutcomeInvalid)
		return nil
	}
	resources, bad := translate.Translate(table, p.cfg.Options)
	p.report(bad)
	if err := p.server.Publish(ctx, resources); err != nil {
		p.note(func() { p.read, p.translated = problems, bad }, OutcomeInvalid)
		return err
	}
	p.note(func() { p.read, p.translated = problems, bad }, OutcomeApplied)
	return nil
}

// Problems lists everything that is wrong with the resources at the moment.
func (p *Plane) Problems() []policy.Problem {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Concat(p.read, p.translated, p.refused)
}

// Ready reports whether a configuration is in force that Envoy has taken.
func (p *Plane) Ready() bool {
	connected := p.server.Connected()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted && connected
}

// serving puts a table in force just before Envoy gets its resources; policy.Live sees to the moment in between.
func (p *Plane) serving(table *policy.Table) {
	p.mu.Lock()
	p.refused = nil
	p.count()
	p.mu.Unlock()
	p.cfg.Live.Put(table)
}

func (p *Plane) accept(table *policy.Table) {
	p.mu.Lock()
	p.accepted = true
	p.mu.Unlock()
	p.cfg.Live.Settle(table)
}

// refuse puts the last good table back in force; the server goes back to its resources.
func (p *Plane) refuse(back *policy.Table, problems []policy.Problem) {
	p.report(problems)
	if back != nil {
		p.cfg.Live.Put(back)
	}
	p.note(func() { p.refused = problems }, OutcomeRefused)
}

// note changes what is known of problems and tells the observer.
func (p *Plane) note(change func(), outcome string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.cfg.Observer.ConfigApplied(outcome)
	p.count()
}

func (p *Plane) count() {
	p.cfg.Observer.ConfigProblems(len(p.read) + len(p.translated) + len(p.refused))
}

func (p *Plane) report(problems []policy.Problem) {
	for _, problem := range problems {
		p.cfg.Logger.Warn("resource problem", "object", problem.Object.String(), "field", problem.Field,
			"reason", problem.Reason, "message", problem.Message)
	}
}
