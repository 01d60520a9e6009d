// Command devstore runs the development store as a process of its own, for tests in other languages and for
// benchmarks. It listens on loopback only.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"hevlayer.com/layer/internal/devstore"
)

type options struct {
	listen, cert, key string
	store             devstore.Config
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "devstore:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var keys string
	fs := flag.NewFlagSet("devstore", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&o.listen, "listen", "127.0.0.1:0", "loopback address to listen on")
	fs.StringVar(&keys, "api-key", "", "accepted API keys, separated by commas (default: any)")
	fs.StringVar(&o.store.DataDir, "data", "", "folder to keep data in (default: memory only)")
	fs.BoolVar(&o.store.Admin, "admin", false, "serve the test endpoints under /_admin/")
	fs.BoolVar(&o.store.Record, "record", false, "keep the last requests for GET /_admin/requests")
	fs.BoolVar(&o.store.QueryCache, "query-cache", false, "answer a repeated query from memory until the namespace changes")
	fs.BoolVar(&o.store.H2C, "h2c", false, "also accept HTTP/2 without TLS")
	fs.StringVar(&o.cert, "tls-cert", "", "certificate file; with -tls-key serves HTTPS")
	fs.StringVar(&o.key, "tls-key", "", "key file")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	if keys != "" {
		o.store.APIKeys = strings.Split(keys, ",")
	}
	host, _, err := net.SplitHostPort(o.listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return o, fmt.Errorf("-listen %s: want a loopback IP address and a port", o.listen)
	}
	if (o.cert == "") != (o.key == "") {
		return o, errors.New("-tls-cert and -tls-key go together")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stderr io.Writer) (err error) {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	o.store.Logger = slog.New(slog.NewJSONHandler(stderr, nil))
	store, err := devstore.Open(o.store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return err
	}
	if o.cert == "" {
		fmt.Fprintf(stderr, "devstore ready on http://%s\n", ln.Addr())
		return store.Serve(ctx, ln)
	}
	cert, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	fmt.Fprintf(stderr, "devstore ready on https://%s\n", ln.Addr())
	return store.ServeTLS(ctx, ln, cert)
}
