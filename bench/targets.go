package main

import (
	"fmt"
	"slices"
)

// The targets, for Layer against the ext_proc that does nothing.
const (
	minThroughput = 0.90
	maxP50        = 1.10
	maxCPU        = 1.15
	maxOverIdle   = 40 << 20 // bytes, for each process, during the streamed write
	maxToLive     = 1.0      // seconds from an edit to the first request that shows it
)

// verdict says how a run stands to one target.
type verdict struct {
	target string
	seen   string
	passed bool
}

func (v verdict) word() string {
	if v.passed {
		return "PASS"
	}
	return "below"
}

// verdicts compares the report with every target that it has numbers for.
func (r *report) verdicts() []verdict {
	var out []verdict
	out = append(out, r.ratioVerdict("throughput", perSecond, atLeast(minThroughput))...)
	out = append(out, r.ratioVerdict("p50", p50, atMost(maxP50))...)
	out = append(out, r.ratioVerdict("CPU per request", cpuEach, atMost(maxCPU))...)
	for _, s := range r.streams {
		out = append(out, s.verdicts()...)
	}
	for _, x := range r.indexes {
		out = append(out, x.verdicts()...)
	}
	return out
}

// limit is a bar for a ratio; excess is above 0 where a ratio misses it.
type limit struct {
	text   string
	excess func(ratio float64) float64
}

func atLeast(bar float64) limit {
	return limit{fmt.Sprintf("at least %.2f", bar), func(ratio float64) float64 { return bar - ratio }}
}

func atMost(bar float64) limit {
	return limit{fmt.Sprintf("at most %.2f", bar), func(ratio float64) float64 { return ratio - bar }}
}

// ratioVerdict shows the cell that is furthest on the wrong side.
func (r *report) ratioVerdict(name string, m metric, bar limit) []verdict {
	var cells, passed int
	var worst string
	var worstExcess float64
	for _, c := range r.cells {
		s := spreadOf(c.ratios(layerVariant, noopVariant, m))
		if s.N == 0 {
			continue
		}
		e := bar.excess(s.Median)
		if e <= 0 {
			passed++
		}
		if cells == 0 || e > worstExcess {
			worst, worstExcess = fmt.Sprintf("%s in %s", ratioText(s), c.name), e
		}
		cells++
	}
	if cells == 0 {
		return nil
	}
	return []verdict{{
		target: fmt.Sprintf("%s, %s of the ext_proc that does nothing", name, bar.text),
		seen:   fmt.Sprintf("%d of %d cells; worst %s", passed, cells, worst),
		passed: passed == cells,
	}}
}

func (s streamed) verdicts() []verdict {
	if s.variant != layerVariant {
		return nil
	}
	var out []verdict
	for _, role := range s.roles {
		out = append(out, verdict{
			target: fmt.Sprintf("memory over idle of %s in a streamed write (%s), under %s", role, s.framing, mebibytes(maxOverIdle)),
			seen:   mebibytes(s.over[role]),
			passed: s.over[role] < maxOverIdle,
		})
	}
	return out
}

func (x indexed) verdicts() []verdict {
	noise := x.noise()
	out := []verdict{{
		target: fmt.Sprintf("edit to live with %d Index objects, within %.0f s", x.count, maxToLive),
		seen:   fmt.Sprintf("%s, %d failed requests", secondsText(x.toLive), x.failed),
		passed: x.toLive.N > 0 && x.toLive.Max <= maxToLive && x.failed == 0,
	}}
	for _, slot := range []string{defaultSlot, routedSlot} {
		effect := x.effect(slot)
		out = append(out, verdict{
			target: fmt.Sprintf("p50 with %d Index objects, %s: no effect beyond the run's own noise", x.count, slot),
			seen:   fmt.Sprintf("%s; noise %s", ratioText(effect), ratioText(noise)),
			passed: effect.N > 0 && effect.Median <= noise.Max,
		})
	}
	return out
}

// effect is the ratio of a slot's p50 to that of the gateway without Index objects.
func (x indexed) effect(slot string) spread {
	return spreadOf(x.latencies.ratios(slot, plainSlot, p50))
}

// noise is how far the gateway without Index objects is from itself in a round, either way round: what an
// effect has to exceed to be one. The worst round is left out where there are a few, as the machine may have
// stood still in it.
func (x indexed) noise() spread {
	there := x.latencies.ratios(plainAgainSlot, plainSlot, p50)
	back := x.latencies.ratios(plainSlot, plainAgainSlot, p50)
	all := append(there, back...)
	slices.Sort(all)
	if len(all) >= 8 {
		all = all[1 : len(all)-1]
	}
	return spreadOf(all)
}
