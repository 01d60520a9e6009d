package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// indexReadyLimit is how long Layer may take to read a folder of Index objects and be ready.
const indexReadyLimit = 5 * time.Minute

// quietShare is the share of one CPU below which a gateway without requests counts as done with its start.
const quietShare = 0.05

// indexed is what a number of Index objects costs.
type indexed struct {
	count     int
	ready     time.Duration // from the start of the process
	quiet     time.Duration // from then until nothing of the start is left to do
	toLive    spread        // seconds
	failed    int           // requests during the edits that were not answered with 200
	editCPU   map[string]time.Duration
	memory    map[string]memory // before the edits, and the highest of all
	without   map[string]memory // the same of the gateway that has no Index
	latencies cell
}

// The slots of one round of the latency comparison. The gateway without Index objects comes twice, for noise.
const (
	plainSlot      = "no Index"
	plainAgainSlot = "no Index, again"
	defaultSlot    = "namespace without an Index"
	routedSlot     = "namespace with an Index"
)

// indexScale measures each number of Index objects against a gateway that has none.
func (l *lab) indexScale(ctx context.Context, rep *report) (err error) {
	counts := l.indexCounts()
	if len(counts) == 0 || ctx.Err() != nil || !l.opts.variants.MatchString(layerVariant) {
		return nil
	}
	stores, err := l.startStores(ctx)
	if err != nil {
		return fmt.Errorf("index scale: %w", err)
	}
	defer func() { err = errors.Join(err, stores.stop()) }()
	plain, _, _, err := l.startIndexed(ctx, stores, 0)
	if err != nil {
		return fmt.Errorf("index scale, without Index objects: %w", err)
	}
	defer func() { err = errors.Join(err, plain.stop()) }()
	var errs []error
	for _, n := range counts {
		l.say("index/%d", n)
		res, err := l.measureIndexes(ctx, stores, plain, n)
		if err != nil {
			errs = append(errs, fmt.Errorf("%d Index objects: %w", n, err))
			continue
		}
		rep.indexes = append(rep.indexes, res)
	}
	return errors.Join(errs...)
}

func (l *lab) indexCounts() []int {
	var counts []int
	for _, n := range l.opts.indexCounts {
		if l.opts.wants("index/" + strconv.Itoa(n)) {
			counts = append(counts, n)
		}
	}
	return counts
}

// storePair is the two stores that Index objects choose between.
type storePair struct {
	first, second *upstream
}

func (l *lab) startStores(ctx context.Context) (storePair, error) {
	first, err := l.startStore(ctx, firstStore, firstKey)
	if err != nil {
		return storePair{}, err
	}
	second, err := l.startStore(ctx, secondStore, secondKey)
	if err != nil {
		return storePair{}, errors.Join(err, first.stop())
	}
	pair := storePair{first, second}
	if err := pair.seed(ctx); err != nil {
		return storePair{}, errors.Join(err, pair.stop())
	}
	return pair, nil
}

// seed puts the same namespaces into both stores, with rows that tell which one answered.
func (p storePair) seed(ctx context.Context) error {
	for _, ns := range []string{smallNamespace, indexedNamespace(0), editedNamespace} {
		if err := p.first.seed(ctx, ns, 8, 32, firstStore); err != nil {
			return err
		}
		if err := p.second.seed(ctx, ns, 8, 32, secondStore); err != nil {
			return err
		}
	}
	return nil
}

func (p storePair) stop() error { return errors.Join(p.first.stop(), p.second.stop()) }

// startIndexed starts a Layer with n Index objects and returns how long it took to be ready.
func (l *lab) startIndexed(ctx context.Context, stores storePair, n int) (*gateway, resources, time.Duration, error) {
	r, err := l.newResources(stores.first, stores.second, n)
	if err != nil {
		return nil, r, 0, err
	}
	start := time.Now()
	g, err := l.startLayer(ctx, layerSetup{resources: r.dir, key: firstKey, readyLimit: indexReadyLimit})
	return g, r, time.Since(start), err
}

func (l *lab) measureIndexes(ctx context.Context, stores storePair, plain *gateway, n int) (res indexed, err error) {
	g, files, ready, err := l.startIndexed(ctx, stores, n)
	if err != nil {
		return indexed{}, err
	}
	defer func() { err = errors.Join(err, g.stop()) }()
	res = indexed{count: n, ready: ready}
	if _, err := awaitOrigin(ctx, g, indexedNamespace(0), secondStore); err != nil {
		return res, err
	}
	if res.quiet, err = awaitQuiet(ctx, g); err != nil {
		return res, err
	}
	if res.latencies, err = l.compareLatencies(ctx, plain, g); err != nil {
		return res, err
	}
	before, err := residents(g)
	if err != nil {
		return res, err
	}
	if err := l.timeEdits(ctx, g, files, &res); err != nil {
		return res, err
	}
	if res.without, err = residents(plain); err != nil {
		return res, err
	}
	res.memory, err = residents(g)
	for role, m := range res.memory {
		res.memory[role] = memory{Resident: before[role].Resident, Peak: m.Peak}
	}
	return res, err
}

// awaitQuiet waits until the gateway has nothing left to do, and tells how long that took.
func awaitQuiet(ctx context.Context, g *gateway) (time.Duration, error) {
	const interval = 250 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, editLimit)
	defer cancel()
	start := time.Now()
	for {
		before, err := cpuTimes(g.pids())
		if err != nil {
			return 0, err
		}
		from := time.Now()
		pass(ctx, interval)
		after, err := cpuTimes(g.pids())
		if err != nil {
			return 0, err
		}
		if ctx.Err() != nil {
			return 0, fmt.Errorf("the gateway never rests: %w", ctx.Err())
		}
		if (after - before).Seconds() < quietShare*time.Since(from).Seconds() {
			return from.Sub(start), nil
		}
	}
}

// compareLatencies interleaves the slots, one connection each: what a lookup adds to a request shows best
// where no request waits for another.
func (l *lab) compareLatencies(ctx context.Context, plain, g *gateway) (cell, error) {
	slots := []struct {
		name      string
		gateway   *gateway
		namespace string
	}{
		{plainSlot, plain, smallNamespace},
		{defaultSlot, g, smallNamespace},
		{plainAgainSlot, plain, smallNamespace},
		{routedSlot, g, indexedNamespace(0)},
	}
	c := cell{name: "index"}
	for round := range l.opts.rounds {
		results := map[string]result{}
		for i := range slots {
			s := slots[(i+round)%len(slots)]
			w := workloads()[0]
			w.path = "/v2/namespaces/" + s.namespace + "/query"
			res, err := l.measureRound(ctx, plannedCell{w, 1}, s.gateway)
			if err != nil {
				return c, fmt.Errorf("round %d, %s: %w", round+1, s.name, err)
			}
			results[s.name] = res
		}
		c.rounds = append(c.rounds, results)
	}
	return c, nil
}

// residents returns the memory of the gateway's processes by role.
func residents(g *gateway) (map[string]memory, error) {
	out := map[string]memory{}
	for _, p := range g.processes {
		m, err := memoryOf(p.pid)
		if err != nil {
			return nil, err
		}
		sum := out[p.role]
		out[p.role] = memory{sum.Resident + m.Resident, sum.Peak + m.Peak}
	}
	return out, nil
}

// cpuByRole returns the CPU time of the gateway's processes by role.
func cpuByRole(g *gateway) (map[string]time.Duration, error) {
	out := map[string]time.Duration{}
	for _, p := range g.processes {
		used, err := cpuTime(p.pid)
		if err != nil {
			return nil, err
		}
		out[p.role] += used
	}
	return out, nil
}
