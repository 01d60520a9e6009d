package app

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"hevlayer.com/layer/xds/translate"
)

// Options reads what the environment says about Envoy's configuration: time-outs, body limit, root certificates, traces. A
// time-out or limit that is no positive number falls back to its default with a warning.
func Options(getenv func(string) string, logger *slog.Logger) (translate.Options, error) {
	o := translate.Options{MaxBody: translate.DefaultMaxBody, Timeouts: translate.DefaultTimeouts()}
	for name, d := range map[string]*time.Duration{
		"LAYER_UPSTREAM_CONNECT_TIMEOUT_MS": &o.Timeouts.Connect,
		"LAYER_UPSTREAM_READ_TIMEOUT_MS":    &o.Timeouts.Read,
		"LAYER_UPSTREAM_WRITE_TIMEOUT_MS":   &o.Timeouts.Write,
		"LAYER_UPSTREAM_IDLE_TIMEOUT_MS":    &o.Timeouts.Idle,
		"LAYER_FILTER_TIMEOUT_MS":           &o.Timeouts.Filter,
	} {
		if ms, ok := positive(getenv, name, maxMilliseconds, logger); ok {
			*d = time.Duration(ms) * time.Millisecond // #nosec G115 -- at most maxMilliseconds
		}
	}
	if n, ok := positive(getenv, "LAYER_MAX_BODY_BYTES", maxBytes, logger); ok {
		o.MaxBody = n
	}
	var err error
	if o.SystemRoots, err = systemRoots(getenv); err != nil {
		return o, err
	}
	o.Traces, err = Traces(getenv)
	return o, err
}

// The largest settings that make sense; a time-out beyond them would not fit a time.Duration.
const (
	maxMilliseconds = math.MaxUint32
	maxBytes        = 1 << 48
)

func positive(getenv func(string) string, name string, limit uint64, logger *slog.Logger) (uint64, bool) {
	text := strings.TrimSpace(getenv(name))
	if text == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 || n > limit {
		logger.Warn("setting is no usable positive number, using the default", "name", name, "value", text)
		return 0, false
	}
	return n, true
}

// rootFiles are where systems keep their CA certificates.
var rootFiles = [...]string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// systemRoots finds the file of root certificates; SSL_CERT_FILE wins, as with other programs.
func systemRoots(getenv func(string) string) (string, error) {
	if file := getenv("SSL_CERT_FILE"); file != "" {
		if _, err := os.Stat(file); err != nil {
			return "", fmt.Errorf("SSL_CERT_FILE: %w", err)
		}
		return file, nil
	}
	for _, file := range rootFiles {
		if _, err := os.Stat(file); err == nil {
			return file, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("find root certificates: %w", err)
		}
	}
	return "", errors.New("no root certificates found; name a file of them in SSL_CERT_FILE")
}
