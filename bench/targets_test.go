package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// roundOf is a round in which the ext_proc that does nothing answers 1000 a second in 1 ms with 100 µs of CPU.
func roundOf(layer result) map[string]result {
	return map[string]result{
		noopVariant:  {PerSecond: 1000, P50: time.Millisecond, CPU: 100 * time.Microsecond},
		layerVariant: layer,
	}
}

func TestRatiosPairRounds(t *testing.T) {
	t.Parallel()
	c := cell{rounds: []map[string]result{
		roundOf(result{PerSecond: 900}),
		{noopVariant: {PerSecond: 5}},
		{layerVariant: {PerSecond: 5}},
		{noopVariant: {PerSecond: 2000}, layerVariant: {PerSecond: 1000}},
	}}
	if diff := cmp.Diff([]float64{0.9, 0.5}, c.ratios(layerVariant, noopVariant, perSecond)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{900, 5, 1000}, c.values(layerVariant, perSecond)); diff != "" {
		t.Error(diff)
	}
	if c.has(directVariant) || c.hasCPU(layerVariant) || !c.hasCPU(noopVariant) {
		t.Error("a variant has what was not measured, or lacks what was")
	}
}

func TestRatioVerdicts(t *testing.T) {
	t.Parallel()
	good := cell{name: "small/1", rounds: []map[string]result{
		roundOf(result{PerSecond: 950, P50: 1050 * time.Microsecond, CPU: 110 * time.Microsecond}),
	}}
	slow := cell{name: "small/64", rounds: []map[string]result{
		roundOf(result{PerSecond: 800, P50: 1300 * time.Microsecond, CPU: 115 * time.Microsecond}),
	}}
	r := &report{cells: []cell{good, slow, {name: "empty"}}}
	want := []verdict{
		{"throughput, at least 0.90 of the ext_proc that does nothing", "1 of 2 cells; worst 0.80 (0.80 to 0.80) in small/64", false},
		{"p50, at most 1.10 of the ext_proc that does nothing", "1 of 2 cells; worst 1.30 (1.30 to 1.30) in small/64", false},
		{"CPU per request, at most 1.15 of the ext_proc that does nothing", "2 of 2 cells; worst 1.15 (1.15 to 1.15) in small/64", true},
	}
	if diff := cmp.Diff(want, r.verdicts(), cmp.AllowUnexported(verdict{})); diff != "" {
		t.Error(diff)
	}
	if v := (&report{cells: []cell{{name: "empty"}}}).verdicts(); len(v) != 0 {
		t.Errorf("without Layer there are verdicts: %v", v)
	}
}

func TestStreamVerdictsJudgeEachProcessOfLayer(t *testing.T) {
	t.Parallel()
	s := streamed{
		variant: layerVariant, framing: chunked, roles: []string{layerRole, envoyRole},
		over: map[string]int64{layerRole: 40<<20 - 1, envoyRole: 40 << 20},
	}
	var passed []bool
	for _, v := range s.verdicts() {
		passed = append(passed, v.passed)
	}
	if diff := cmp.Diff([]bool{true, false}, passed); diff != "" {
		t.Error(diff)
	}
	s.variant = noopVariant
	if v := s.verdicts(); len(v) != 0 {
		t.Errorf("the ext_proc that does nothing is judged: %v", v)
	}
}

func TestIndexVerdicts(t *testing.T) {
	t.Parallel()
	ms := func(n float64) result { return result{P50: time.Duration(n * float64(time.Millisecond))} }
	tests := map[string]struct {
		again, defaultNS, routed float64 // p50 in ms, where the gateway without an Index has 1
		live                     spread
		failed                   int
		want                     []bool // edit to live, then the two namespaces
	}{
		"all well":                 {1.1, 1.05, 1, spreadOf([]float64{0.2, 0.9}), 0, []bool{true, true, true}},
		"an effect":                {1.1, 1, 1.2, spreadOf([]float64{0.2}), 0, []bool{true, true, false}},
		"noise goes both ways":     {0.8, 1.2, 1, spreadOf([]float64{0.2}), 0, []bool{true, true, true}},
		"faster is no harm":        {1, 0.5, 0.5, spreadOf([]float64{0.2}), 0, []bool{true, true, true}},
		"one late edit":            {1, 1, 1, spreadOf([]float64{0.2, 0.2, 1.1}), 0, []bool{false, true, true}},
		"a failed request":         {1, 1, 1, spreadOf([]float64{0.2}), 1, []bool{false, true, true}},
		"nothing timed is no pass": {1, 1, 1, spread{}, 0, []bool{false, true, true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := indexed{count: 5, toLive: tt.live, failed: tt.failed, latencies: cell{rounds: []map[string]result{{
				plainSlot: ms(1), plainAgainSlot: ms(tt.again), defaultSlot: ms(tt.defaultNS), routedSlot: ms(tt.routed),
			}}}}
			var got []bool
			for _, v := range x.verdicts() {
				got = append(got, v.passed)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoiseLeavesTheWorstRoundOut(t *testing.T) {
	t.Parallel()
	c := cell{}
	for _, again := range []float64{1.05, 0.97, 20, 1.02} {
		c.rounds = append(c.rounds, map[string]result{plainSlot: {P50: 1e6}, plainAgainSlot: {P50: time.Duration(again * 1e6)}})
	}
	s := indexed{latencies: c}.noise()
	if s.N != 6 || s.Max != 1.05 || s.Min < 0.95 {
		t.Errorf("noise %+v", s)
	}
}
