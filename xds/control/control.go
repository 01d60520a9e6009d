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
		Logger: cfg.Logger, Accepted: p.accept, Refused: p.refuse, Observe: cfg.Observer.EnvoyAnswered,
	})
	return p
}

// Server returns the discovery service to register.
func (p *Plane) Server() *serve.Server { return p.server }

// Apply takes an update of the configuration. table is nil where the problems left none; the last good one stays then.
func (p *Plane) Apply(ctx context.Context, table *policy.Table, problems []policy.Problem) error {
	p.report(problems)
	if table == nil {
		p.note(func() { p.read = problems }, OutcomeInvalid)
		return nil
	}
	resources, bad := translate.Translate(table, p.cfg.Options)
	p.report(bad)
	p.note(func() { p.read, p.translated, p.refused = problems, bad, nil }, OutcomeApplied)
	p.cfg.Live.Put(table)
	accepted, err := p.server.Publish(ctx, resources)
	if accepted {
		p.cfg.Live.Settle(table)
	}
	return err
}

// Problems lists everything that is wrong with the resources at the moment.
func (p *Plane) Problems() []policy.Problem {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Concat(p.read, p.translated, p.refused)
}

// Ready reports whether a configuration is in force that Envoy has taken.
func (p *Plane) Ready() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted && p.server.Connected()
}

func (p *Plane) accept(table *policy.Table) {
	p.mu.Lock()
	p.accepted = true
	p.mu.Unlock()
	p.cfg.Live.Settle(table)
}

// refuse puts the last good table back in force; the server has gone back to its resources.
func (p *Plane) refuse(back *policy.Table, problems []policy.Problem) {
	p.report(problems)
	if back != nil {
		p.cfg.Live.Put(back)
	}
	p.note(func() { p.refused = problems }, OutcomeRefused)
}

func (p *Plane) note(change func(), outcome string) {
	p.mu.Lock()
	change()
	n := len(p.read) + len(p.translated) + len(p.refused)
	p.mu.Unlock()
	p.cfg.Observer.ConfigApplied(outcome)
	p.cfg.Observer.ConfigProblems(n)
}

func (p *Plane) report(problems []policy.Problem) {
	for _, problem := range problems {
		p.cfg.Logger.Warn("resource problem", "object", problem.Object.String(), "field", problem.Field,
			"reason", problem.Reason, "message", problem.Message)
	}
}
