package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// streamed is what one large write cost a gateway: the highest resident memory of each of its processes over
// what it had when idle.
type streamed struct {
	variant   string
	framing   string
	perSecond spread // MiB
	over      map[string]int64
	roles     []string
}

// Framings of a request body.
const (
	withLength = "content-length"
	chunked    = "chunked"
)

// streamedWrite sends large writes through fresh gateways, whose buffers no earlier load has grown.
func (l *lab) streamedWrite(ctx context.Context, rep *report) (err error) {
	if !l.opts.wants("stream") || ctx.Err() != nil {
		return nil
	}
	gateways, stop, err := l.startVariants(ctx, func(v variant) bool { return v.name == noopVariant || v.name == layerVariant })
	if err != nil {
		return fmt.Errorf("streamed write: %w", err)
	}
	defer func() { err = errors.Join(err, stop()) }()
	var errs []error
	for _, g := range gateways {
		l.say("stream: %d MiB through %s", l.opts.streamBytes>>20, g.name)
		results, err := l.streamThrough(ctx, g)
		if err != nil {
			errs = append(errs, fmt.Errorf("streamed write through %s: %w", g.name, err))
			continue
		}
		rep.streams = append(rep.streams, results...)
	}
	return errors.Join(errs...)
}

// streamThrough measures both framings against the idle memory from before the first.
func (l *lab) streamThrough(ctx context.Context, g *gateway) ([]streamed, error) {
	if _, err := l.measureRound(ctx, plannedCell{workloads()[0], 4}, g); err != nil {
		return nil, fmt.Errorf("warm up: %w", err)
	}
	idle := map[int]int64{}
	for _, p := range g.processes {
		m, err := memoryOf(p.pid)
		if err != nil {
			return nil, err
		}
		idle[p.pid] = m.Resident
	}
	var out []streamed
	for _, framing := range []string{withLength, chunked} {
		s, err := l.streamFraming(ctx, g, framing, idle)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", framing, err)
		}
		out = append(out, s)
	}
	return out, nil
}

func (l *lab) streamFraming(ctx context.Context, g *gateway, framing string, idle map[int]int64) (streamed, error) {
	s := streamed{variant: g.name, framing: framing, over: map[string]int64{}}
	for _, p := range g.processes {
		if err := resetPeak(p.pid); err != nil {
			return s, err
		}
	}
	var speeds []float64
	for range l.opts.streamRuns {
		start := time.Now()
		if err := l.stream(ctx, g, framing); err != nil {
			return s, err
		}
		speeds = append(speeds, float64(l.opts.streamBytes>>20)/time.Since(start).Seconds())
	}
	s.perSecond = spreadOf(speeds)
	for _, p := range g.processes {
		m, err := memoryOf(p.pid)
		if err != nil {
			return s, err
		}
		s.roles = append(s.roles, p.role)
		s.over[p.role] = max(0, m.Peak-idle[p.pid])
	}
	return s, nil
}

// stream sends one large write, made while it is sent.
func (l *lab) stream(ctx context.Context, g *gateway, framing string) error {
	url := g.url() + "/v2/namespaces/" + uploadNamespace
	body := newRows(l.opts.streamBytes)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body) //nolint:gosec // a server that the bench started
	if err != nil {
		return fmt.Errorf("build the write: %w", err)
	}
	req.ContentLength = -1
	if framing == withLength {
		req.ContentLength = l.opts.streamBytes
	}
	req.Header.Set("Authorization", "Bearer "+g.key)
	req.Header.Set("Content-Type", "application/json")
	_, err = send(req)
	return err
}
