// Command bench measures what Layer costs, next to what the shape it is built from costs at least.
//
// In one run, and interleaved round by round so that a noisy minute hits every variant alike, it drives the
// same requests straight to the development store, through a bare Envoy, through an Envoy whose ext_proc does
// nothing, and through `layer dev`. It prints each variant's throughput, p50 and gateway CPU per request as
// ratios to the ext_proc that does nothing, with their spread; then the memory of a large streamed write, and
// what thousands of Index objects cost. A missed target is printed, never an exit status: only errors are.
//
// It measures processes, not functions: everything but the load generator is a child process, on loopback
// ports and Unix sockets below one temporary folder, and is stopped by its process id. It does not tune the
// machine and it does not judge one run against another.
//
// run owns every child: it starts and stops them, and one goroutine per child waits for its end. A measured
// round owns its connections, one goroutine each, and leaves none behind.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program without its process: exit status 0 means measured, 1 that something failed, 2 bad flags.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == noopCommand {
		return exitStatus(serveNoop(ctx, args[1:]), stderr)
	}
	opts, err := parseOptions(args, getenv, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "bench:", err)
		return 2
	}
	return exitStatus(measure(ctx, opts, getenv, stdout, stderr), stderr)
}

func exitStatus(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(stderr, "bench:", err)
	return 1
}

// measure runs the three parts and prints the report of whatever could be measured, also when a part failed.
func measure(ctx context.Context, opts options, getenv func(string) string, stdout, stderr io.Writer) error {
	l, err := newLab(ctx, opts, getenv, stderr)
	if err != nil {
		return err
	}
	defer l.close()
	rep := newReport(opts)
	errs := []error{l.matrix(ctx, rep), l.streamedWrite(ctx, rep), l.indexScale(ctx, rep)}
	rep.finish()
	if _, err := io.WriteString(stdout, rep.markdown()); err != nil {
		errs = append(errs, fmt.Errorf("print the report: %w", err))
	}
	if ctx.Err() != nil {
		return errors.New("interrupted; the report holds what was measured until then")
	}
	return errors.Join(errs...)
}
