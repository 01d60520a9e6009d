package main

import (
	"log/slog"

	"hevlayer.com/layer/internal/dev"
	"hevlayer.com/layer/internal/telemetry"
)

// devCommand runs everything on one machine.
type devCommand struct {
	HTTP      string `name:"http" default:"127.0.0.1:8080" help:"Address for plain HTTP (${default})." placeholder:"ADDR"`
	HTTPS     string `name:"https" default:"127.0.0.1:8443" help:"Address for TLS, HTTP/1.1 and HTTP/2 (${default})." placeholder:"ADDR"`
	Data      string `default:".layer" help:"Folder for certificates, documents, logs and sockets (${default})." placeholder:"DIR"`
	Resources string `help:"Folder of VectorStore, Index and Secret files (YAML); watched." placeholder:"DIR" type:"existingdir"`
	Verbose   bool   `short:"v" help:"Log more than warnings."`
}

// Run runs the gateway until it is told to stop.
func (c *devCommand) Run(env environment) error {
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelDebug
	}
	return dev.Run(env.ctx, dev.Config{
		HTTP: c.HTTP, HTTPS: c.HTTPS, Data: c.Data, Resources: c.Resources, Namespace: resourceNamespace,
		Version: version(), DrainMarker: devMarker(env.getenv, c.Data), DrainTimeout: drainTimeout,
		Getenv: env.getenv, Logger: telemetry.NewLogger(env.stderr, level), Output: env.stderr,
	})
}

// devMarker keeps development gateways apart: each looks for its marker in its own folder unless told otherwise.
func devMarker(getenv func(string) string, data string) string {
	if m := getenv("LAYER_DRAIN_MARKER_PATH"); m != "" {
		return m
	}
	return data + "/draining"
}
