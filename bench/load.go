package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
	"golang.org/x/sync/errgroup"
)

// load is a closed loop: each connection sends the same request again as soon as its answer is there.
type load struct {
	addr        string
	request     []byte
	minAnswer   int // bytes of body that a right answer has at least
	connections int
	warmUp      time.Duration
	window      time.Duration
}

// result is what one window showed.
type result struct {
	Requests  int
	PerSecond float64
	P50       time.Duration
	CPU       time.Duration // of the gateway, per request
}

// The phases of a round. Connections are made in the first, so that each round spreads them over Envoy's
// worker threads anew; only the second counts.
const (
	warming int32 = iota
	measuring
	over
)

// answerTimeout is how long a request may stay unanswered before the round fails.
const answerTimeout = 30 * time.Second

// run drives the load for one window. cpu reads the gateway's CPU time.
func (l load) run(ctx context.Context, cpu func() (time.Duration, error)) (result, error) {
	var phase atomic.Int32
	latencies := make([][]time.Duration, l.connections)
	group, groupCtx := errgroup.WithContext(ctx)
	for i := range l.connections {
		group.Go(func() (err error) {
			latencies[i], err = l.connection(groupCtx, &phase)
			return err
		})
	}
	used, elapsed, cpuErr := l.watch(groupCtx, &phase, cpu)
	if err := errors.Join(group.Wait(), cpuErr, ctx.Err()); err != nil {
		return result{}, err
	}
	all := slices.Concat(latencies...)
	if len(all) == 0 {
		return result{}, fmt.Errorf("no request was answered within %s", l.window)
	}
	return result{
		Requests:  len(all),
		PerSecond: float64(len(all)) / elapsed.Seconds(),
		P50:       percentile(all, 0.5),
		CPU:       used / time.Duration(len(all)),
	}, nil
}

// watch moves the phases on and returns the CPU time and the wall time of the measured one.
func (l load) watch(ctx context.Context, phase *atomic.Int32, cpu func() (time.Duration, error)) (used, elapsed time.Duration, err error) {
	defer phase.Store(over)
	pass(ctx, l.warmUp)
	before, err := cpu()
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	phase.Store(measuring)
	pass(ctx, l.window)
	phase.Store(over)
	elapsed = time.Since(start)
	after, err := cpu()
	return after - before, elapsed, err
}

// pass lets d go by, or less when the context ends.
func pass(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// connection is one client: it returns the latencies of the answers that came in the measured phase.
//
// The request is serialized once and only the answer is parsed, on a plain connection: the generator shares
// its cores with what it measures, so what a pooling client does per request would count against all.
func (l load) connection(ctx context.Context, phase *atomic.Int32) ([]time.Duration, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", l.addr)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(l.warmUp + l.window + answerTimeout)); err != nil {
		return nil, fmt.Errorf("set a deadline: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends a wait for an answer
	defer stop()
	in := bufio.NewReader(conn)
	var answer fasthttp.Response
	latencies := make([]time.Duration, 0, 1<<12)
	for phase.Load() != over {
		start := time.Now()
		if err := l.exchange(conn, in, &answer); err != nil {
			return nil, err
		}
		if phase.Load() == measuring {
			latencies = append(latencies, time.Since(start))
		}
	}
	return latencies, nil
}

// exchange sends the request and checks the answer.
func (l load) exchange(conn net.Conn, in *bufio.Reader, answer *fasthttp.Response) error {
	if _, err := conn.Write(l.request); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if err := answer.ReadLimitBody(in, answerLimit); err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	if answer.StatusCode() != http.StatusOK {
		return fmt.Errorf("status %d: %.300s", answer.StatusCode(), answer.Body())
	}
	if len(answer.Body()) < l.minAnswer {
		return fmt.Errorf("an answer of %d bytes, want %d or more", len(answer.Body()), l.minAnswer)
	}
	return nil
}
