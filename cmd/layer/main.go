// Command layer is the gateway in front of Turbopuffer: one subcommand for each role.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// gcPercent lets the heap grow further between collections than Go's default. The gateway keeps little and throws away a few
// kilobytes with each request, so that memory stays small all the same and a good part of the collector's work is saved.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		// A second signal ends the process at once, as the system does by default.
		<-ctx.Done()
		stop()
	}()
	os.Exit(run(untilHangup(ctx, os.Stdin), os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// environment is what the outside gives a subcommand.
type environment struct {
	ctx    context.Context
	getenv func(string) string
	stdout io.Writer
	stderr io.Writer
}

type commands struct {
	Dev       devCommand       `cmd:"" help:"Run the whole gateway on this machine, with an embedded store unless another is configured."`
	Gateway   gatewayCommand   `cmd:"" help:"Run the gateway beside an Envoy that runs on its own."`
	Bootstrap bootstrapCommand `cmd:"" help:"Print the bootstrap configuration for that Envoy."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// run is main without the process around it; it returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("layer"), kong.Description("A gateway in front of Turbopuffer."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }), kong.UsageOnError())
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "layer: %v\n", err)
		return 1
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "layer: %v\nTry: layer --help\n", err)
		return 2
	}
	if err := command.Run(environment{ctx, getenv, stdout, stderr}); err != nil && !errors.Is(err, context.Canceled) {
		_, _ = fmt.Fprintf(stderr, "layer: %v\n", err)
		return 1
	}
	return 0
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(env environment) error {
	_, err := fmt.Fprintln(env.stdout, version())
	return err
}

// version is the module's, or the revision that was built where there is none.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}
