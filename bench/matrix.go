package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// cell is one workload at one number of connections, measured through every variant.
type cell struct {
	name     string
	variants []string
	rounds   []map[string]result // by variant; one that failed is absent
}

// matrix measures the cells, each round going once through all the variants.
func (l *lab) matrix(ctx context.Context, rep *report) (err error) {
	plan := l.plannedCells()
	if len(plan) == 0 {
		return nil
	}
	gateways, stop, err := l.startVariants(ctx, func(variant) bool { return true })
	if err != nil {
		return fmt.Errorf("matrix: %w", err)
	}
	defer func() { err = errors.Join(err, stop()) }()
	for _, g := range gateways {
		rep.variant(g)
	}
	var errs []error
	for _, p := range plan {
		c, err := l.measureCell(ctx, p, gateways)
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
		rep.cell(c)
	}
	return errors.Join(errs...)
}

// plannedCell is a cell before it is measured.
type plannedCell struct {
	workload    workload
	connections int
}

func (p plannedCell) name() string { return p.workload.name + "/" + strconv.Itoa(p.connections) }

func (l *lab) plannedCells() []plannedCell {
	var plan []plannedCell
	for _, w := range workloads() {
		for _, n := range l.opts.connections {
			if p := (plannedCell{w, n}); l.opts.wants(p.name()) {
				plan = append(plan, p)
			}
		}
	}
	return plan
}

// startVariants starts a store and, in front of it, the wanted variants. The caller stops them all with stop.
func (l *lab) startVariants(ctx context.Context, wanted func(variant) bool) (gateways []*gateway, stop func() error, err error) {
	store, err := l.startStore(ctx, "store", storeKey)
	if err != nil {
		return nil, nil, err
	}
	stop = func() error {
		var errs []error
		for _, g := range gateways {
			errs = append(errs, g.stop())
		}
		return errors.Join(append(errs, store.stop())...)
	}
	if err := seed(ctx, store); err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	for _, v := range variants() {
		if !wanted(v) || v.name != noopVariant && !l.opts.variants.MatchString(v.name) {
			continue
		}
		l.say("start %s", v.name)
		g, err := v.start(ctx, l, store)
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("variant %s: %w", v.name, err), stop())
		}
		gateways = append(gateways, g)
	}
	return gateways, stop, nil
}

// measureCell runs the rounds. The order turns with each round, so that no variant always follows the same one.
func (l *lab) measureCell(ctx context.Context, p plannedCell, gateways []*gateway) (cell, error) {
	l.say("%s: %d rounds", p.name(), l.opts.rounds)
	c := cell{name: p.name()}
	for _, g := range gateways {
		c.variants = append(c.variants, g.name)
	}
	var errs []error
	for round := range l.opts.rounds {
		results := map[string]result{}
		for i := range gateways {
			g := gateways[(i+round)%len(gateways)]
			res, err := l.measureRound(ctx, p, g)
			if ctx.Err() != nil {
				return c, ctx.Err()
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("%s, round %d through %s: %w", c.name, round+1, g.name, err))
				continue
			}
			results[g.name] = res
		}
		c.rounds = append(c.rounds, results)
	}
	return c, errors.Join(errs...)
}

func (l *lab) measureRound(ctx context.Context, p plannedCell, g *gateway) (result, error) {
	request, err := p.workload.request(g)
	if err != nil {
		return result{}, err
	}
	return load{
		addr: g.addr, request: request, minAnswer: p.workload.minAnswer, connections: p.connections,
		warmUp: l.opts.warmUp, window: l.opts.roundTime,
	}.run(ctx, func() (time.Duration, error) { return cpuTimes(g.pids()) })
}

// A metric is one number of a result.
type metric func(result) float64

func perSecond(r result) float64    { return r.PerSecond }
func p50(r result) float64          { return float64(r.P50) }
func cpuEach(r result) float64      { return float64(r.CPU) }
func (c cell) has(v string) bool    { return len(c.values(v, perSecond)) > 0 }
func (c cell) hasCPU(v string) bool { return spreadOf(c.values(v, cpuEach)).Max > 0 }

// values lists a metric over the rounds that a variant finished.
func (c cell) values(variant string, m metric) []float64 {
	var out []float64
	for _, round := range c.rounds {
		if r, ok := round[variant]; ok {
			out = append(out, m(r))
		}
	}
	return out
}

// ratios lists variant against base, round by round, for the rounds that both finished.
func (c cell) ratios(variant, base string, m metric) []float64 {
	var out []float64
	for _, round := range c.rounds {
		r, ok := round[variant]
		b, okBase := round[base]
		if ok && okBase && m(b) > 0 {
			out = append(out, m(r)/m(b))
		}
	}
	return out
}
