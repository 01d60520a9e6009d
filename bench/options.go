package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"runtime"
	"time"
)

// options is one run's settings, complete after parseOptions.
type options struct {
	quick       bool
	rounds      int
	roundTime   time.Duration
	warmUp      time.Duration
	only        *regexp.Regexp
	variants    *regexp.Regexp
	envoy       string
	layer       string
	store       string
	concurrency int
	connections []int
	streamBytes int64
	streamRuns  int
	indexCounts []int
	edits       int
}

// parseOptions reads the flags. -quick changes the defaults only: a flag that is given wins over it.
func parseOptions(args []string, getenv func(string) string, stderr io.Writer) (options, error) {
	var o options
	var only, variants string
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.BoolVar(&o.quick, "quick", false, "a short smoke run of every part; its numbers mean little")
	fs.IntVar(&o.rounds, "rounds", 0, "rounds per cell (default 7; 2 with -quick)")
	fs.DurationVar(&o.roundTime, "round-time", 0, "measured time of one variant in one round (default 1s; 120ms with -quick)")
	fs.StringVar(&only, "only", "", "measure only the cells whose name matches, such as small/16, stream or index/1000")
	fs.StringVar(&variants, "variants", "", "start only the variants whose name matches; the ext_proc that does nothing always runs")
	fs.StringVar(&o.envoy, "envoy", orDefault(getenv("LAYER_ENVOY"), ".bin/envoy"), "the Envoy binary")
	fs.StringVar(&o.layer, "layer", ".bin/layer", "the Layer binary")
	fs.StringVar(&o.store, "store", "", "a development store binary (default: built from this module)")
	fs.IntVar(&o.concurrency, "concurrency", runtime.NumCPU(), "worker threads of the Envoys that the bench starts")
	if err := fs.Parse(args); err != nil {
		return options{}, err
	}
	o.fillDefaults()
	errs := []error{o.check(fs.Args())}
	var err error
	if o.only, err = regexp.Compile(only); err != nil {
		errs = append(errs, fmt.Errorf("-only: %w", err))
	}
	if o.variants, err = regexp.Compile(variants); err != nil {
		errs = append(errs, fmt.Errorf("-variants: %w", err))
	}
	return o, errors.Join(append(errs, o.absolutePaths())...)
}

func (o *options) fillDefaults() {
	rounds, roundTime := 7, time.Second
	o.warmUp = 200 * time.Millisecond
	o.connections = []int{1, 16, 64}
	o.streamBytes, o.streamRuns = 256<<20, 3
	o.indexCounts, o.edits = []int{1_000, 100_000}, 5
	if o.quick {
		rounds, roundTime = 2, 120*time.Millisecond
		o.warmUp = 40 * time.Millisecond
		o.streamBytes, o.streamRuns = 32<<20, 1
		o.indexCounts, o.edits = []int{10, 1_000}, 2
	}
	if o.rounds == 0 {
		o.rounds = rounds
	}
	if o.roundTime == 0 {
		o.roundTime = roundTime
	}
}

func (o *options) check(rest []string) error {
	var errs []error
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q", rest[0]))
	}
	if o.rounds < 1 {
		errs = append(errs, fmt.Errorf("-rounds %d: want 1 or more", o.rounds))
	}
	if o.roundTime < time.Millisecond {
		errs = append(errs, fmt.Errorf("-round-time %s: want 1ms or more", o.roundTime))
	}
	if o.concurrency < 1 {
		errs = append(errs, fmt.Errorf("-concurrency %d: want 1 or more", o.concurrency))
	}
	return errors.Join(errs...)
}

// absolutePaths makes the binaries independent of a child's working folder.
func (o *options) absolutePaths() error {
	var errs []error
	for _, p := range []*string{&o.envoy, &o.layer, &o.store} {
		if *p == "" {
			continue
		}
		abs, err := filepath.Abs(*p)
		if err != nil {
			errs = append(errs, fmt.Errorf("resolve %s: %w", *p, err))
			continue
		}
		*p = abs
	}
	return errors.Join(errs...)
}

// wants reports whether the cell of that name is measured.
func (o *options) wants(cell string) bool { return o.only.MatchString(cell) }

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
