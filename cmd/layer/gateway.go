package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"hevlayer.com/layer/config"
	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/app"
	"hevlayer.com/layer/internal/telemetry"
	"hevlayer.com/layer/policy"
)

const (
	defaultDrainMarker = "/tmp/layer-gateway-draining" // #nosec G303 -- the path is part of the contract with the pre-stop hook
	drainTimeout       = 50 * time.Second
	resourceNamespace  = "default"
)

// gatewayCommand runs the gateway without Envoy: the sidecar of one that shares its socket folder.
type gatewayCommand struct {
	SocketDir string `default:"/run/layer" help:"Folder of the sockets shared with Envoy." placeholder:"DIR"`
	HTTP      string `env:"LAYER_HTTP" help:"Address of Envoy's plain listener (default 0.0.0.0 and PORT, 8080)." placeholder:"ADDR"`
	HTTPS     string `env:"LAYER_HTTPS" help:"Address of Envoy's TLS listener; needs a certificate." placeholder:"ADDR"`
	TLSCert   string `help:"File of the PEM certificate chain that the TLS listener shows." placeholder:"FILE" type:"existingfile"`
	TLSKey    string `help:"File of its private key." placeholder:"FILE" type:"existingfile"`
	Resources string `help:"Folder of resources (YAML); watched." placeholder:"DIR" type:"existingdir"`
	AccessLog string `default:"/dev/stdout" help:"File of Envoy's access log." placeholder:"FILE"`
}

// Run runs the gateway until it is told to stop.
func (c *gatewayCommand) Run(env environment) error {
	logger := telemetry.NewLogger(env.stderr, slog.LevelInfo)
	sockets, err := envoy.SocketsIn(c.SocketDir)
	if err != nil {
		return err
	}
	options, err := app.Options(env.getenv, logger)
	if err != nil {
		return err
	}
	options.HTTP, options.HTTPS = c.HTTP, c.HTTPS
	options.Egress, options.AccessLog = sockets.Egress, c.AccessLog
	if options.HTTP == "" {
		if options.HTTP, err = portAddress(env.getenv); err != nil {
			return err
		}
	}
	if c.HTTPS != "" {
		if options.Certificate, options.PrivateKey, err = keyPair(c.TLSCert, c.TLSKey); err != nil {
			return err
		}
	}
	base, err := config.Standalone(env.ctx, env.getenv, logger)
	if err != nil {
		return err
	}
	resources, err := config.NewFolder(config.FolderConfig{
		Dir: c.Resources, Namespace: resourceNamespace, Base: base, BaseOnly: config.StoresNamed(env.getenv), Secrets: config.EnvironSecrets(env.getenv), Logger: logger,
	})
	if err != nil {
		return err
	}
	a := app.New(env.ctx, app.Config{
		Version: version(), Sockets: sockets, Envoy: options, Resources: resources,
		DrainMarker: marker(env.getenv), DrainTimeout: drainTimeout, Logger: logger,
	})
	return a.Run(env.ctx)
}

func marker(getenv func(string) string) string {
	if m := getenv("LAYER_DRAIN_MARKER_PATH"); m != "" {
		return m
	}
	return defaultDrainMarker
}

// portAddress is where the plain listener is by the PORT variable. A bad one is fatal: nobody would find the gateway.
func portAddress(getenv func(string) string) (string, error) {
	port := cmp.Or(strings.TrimSpace(getenv("PORT")), "8080")
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("PORT: %q is not a port number", port)
	}
	return "0.0.0.0:" + port, nil
}

func keyPair(certFile, keyFile string) ([]byte, policy.Secret, error) {
	if certFile == "" || keyFile == "" {
		return nil, policy.Secret{}, fmt.Errorf("--https needs --tls-cert and --tls-key")
	}
	cert, err := os.ReadFile(certFile) // #nosec G304 -- named by the operator
	if err != nil {
		return nil, policy.Secret{}, fmt.Errorf("--tls-cert: %w", err)
	}
	key, err := os.ReadFile(keyFile) // #nosec G304 -- named by the operator
	if err != nil {
		return nil, policy.Secret{}, fmt.Errorf("--tls-key: %w", err)
	}
	return cert, policy.NewSecret(string(key)), nil
}
