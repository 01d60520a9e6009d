package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/encoding/protojson"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ran is what a run of the program left behind.
type ran struct {
	code           int
	stdout, stderr string
}

func runWith(t *testing.T, vars map[string]string, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, func(name string) string { return vars[name] }, &stdout, &stderr)
	return ran{code, stdout.String(), stderr.String()}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want []string
	}{
		"program":   {[]string{"--help"}, []string{"Usage: layer <command>", "dev", "gateway", "bootstrap", "version"}},
		"dev":       {[]string{"dev", "--help"}, []string{"Usage: layer dev", "--http=ADDR", "--https=ADDR", "--data=DIR", "--resources=DIR", "--verbose"}},
		"gateway":   {[]string{"gateway", "--help"}, []string{"Usage: layer gateway", "--socket-dir=DIR", "--tls-cert=FILE", "$LAYER_HTTP"}},
		"bootstrap": {[]string{"bootstrap", "-h"}, []string{"Usage: layer bootstrap", "--socket-dir=DIR", "--node-id=NAME"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runWith(t, nil, tt.args...)
			if got.code != 0 || got.stderr != "" {
				t.Errorf("exit code %d, stderr %q", got.code, got.stderr)
			}
			for _, want := range tt.want {
				if !strings.Contains(got.stdout, want) {
					t.Errorf("%q is not in\n%s", want, got.stdout)
				}
			}
		})
	}
}

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want string
	}{
		"nothing":         {nil, `layer: expected one of "dev", "gateway", "bootstrap", "version"`},
		"unknown command": {[]string{"serve"}, "layer: unexpected argument serve"},
		"misspelt":        {[]string{"gatway"}, `layer: unexpected argument gatway, did you mean "gateway"?`},
		"unknown flag":    {[]string{"dev", "--port", "1"}, "layer: unknown flag --port"},
		"missing value":   {[]string{"dev", "--http"}, `layer: --http: expected string value but got "EOL" (<EOL>)`},
		"too much":        {[]string{"version", "please"}, "layer: unexpected argument please"},
		"no such file":    {[]string{"gateway", "--tls-cert", "/none/cert.pem"}, "layer: --tls-cert: stat /none/cert.pem: no such file or directory"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runWith(t, nil, tt.args...)
			if got.code != 2 || got.stdout != "" || got.stderr != tt.want+"\nTry: layer --help\n" {
				t.Errorf("exit code %d, stdout %q, stderr %q, want %q", got.code, got.stdout, got.stderr, tt.want)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	got := runWith(t, nil, "version")
	if got.code != 0 || got.stderr != "" || strings.TrimSpace(got.stdout) == "" || strings.Count(got.stdout, "\n") != 1 {
		t.Errorf("%+v", got)
	}
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		args      []string
		node, dir string
	}{
		"defaults": {nil, host, "/run/layer"},
		"all":      {[]string{"--socket-dir", "/tmp/s", "--node-id", "envoy-1"}, "envoy-1", "/tmp/s"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runWith(t, nil, append([]string{"bootstrap"}, tt.args...)...)
			if got.code != 0 || got.stderr != "" {
				t.Fatalf("exit code %d, stderr %q", got.code, got.stderr)
			}
			var b bootstrapv3.Bootstrap
			if err := protojson.Unmarshal([]byte(got.stdout), &b); err != nil {
				t.Fatalf("%v: %s", err, got.stdout)
			}
			if b.GetNode().GetId() != tt.node || b.GetAdmin().GetAddress().GetPipe().GetPath() != tt.dir+"/admin.sock" {
				t.Errorf("node %q, admin %v", b.GetNode().GetId(), b.GetAdmin())
			}
			if err := b.ValidateAll(); err != nil {
				t.Error(err)
			}
		})
	}
}

// What is wrong with the settings is said in one line, with the flag or variable to change.
func TestRunErrors(t *testing.T) {
	t.Parallel()
	long, dir := "/"+strings.Repeat("a", 120), t.TempDir()
	certificate := filepath.Join(dir, "cert.pem")
	if err := os.WriteFile(certificate, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(certificate, "data")
	tests := map[string]struct {
		vars map[string]string
		args []string
		want string
	}{
		"long socket folder":          {nil, []string{"bootstrap", "--socket-dir", long}, "layer: socket folder " + long},
		"long socket folder, gateway": {nil, []string{"gateway", "--socket-dir", long}, "layer: socket folder " + long},
		"PORT":                        {map[string]string{"PORT": "http"}, []string{"gateway"}, `layer: PORT: "http" is not a port number`},
		"TLS without certificate":     {nil, []string{"gateway", "--https", ":8443"}, "layer: --https needs --tls-cert and --tls-key"},
		"TLS without key":             {nil, []string{"gateway", "--https", ":8443", "--tls-cert", certificate}, "layer: --https needs --tls-cert and --tls-key"},
		"roots":                       {map[string]string{"SSL_CERT_FILE": "/none"}, []string{"gateway"}, "layer: SSL_CERT_FILE: "},
		"traces":                      {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "x"}, []string{"gateway"}, "layer: OTEL_EXPORTER_OTLP_ENDPOINT: "},
		"store file":                  {map[string]string{"LAYER_STORE_FILE": "/none"}, []string{"gateway"}, "layer: read LAYER_STORE_FILE: "},
		"no socket folder":            {nil, []string{"gateway", "--socket-dir", filepath.Join(dir, "none")}, "layer: listen: "},
		"data folder":                 {nil, []string{"dev", "--data", file}, "layer: --data: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runWith(t, tt.vars, tt.args...)
			if got.code != 1 || got.stdout != "" || !strings.HasPrefix(lastLine(got.stderr), tt.want) {
				t.Errorf("exit code %d, stdout %q, stderr %q, want %q", got.code, got.stdout, got.stderr, tt.want)
			}
		})
	}
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndex(text, "\n")+1:]
}

func TestPortAddress(t *testing.T) {
	t.Parallel()
	for port, want := range map[string]string{
		"": "0.0.0.0:8080", "80": "0.0.0.0:80", " 8081\n": "0.0.0.0:8081", "65535": "0.0.0.0:65535",
		"0": "", "65536": "", "-1": "", "80x": "", "8080 9090": "", "0x50": "", "+80": "", "http": "", "tcp://10.0.0.1:80": "",
	} {
		got, err := portAddress(func(string) string { return port })
		if got != want || (err == nil) != (want != "") {
			t.Errorf("PORT=%q: %q, %v", port, got, err)
		}
	}
}

func TestMarkers(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	named := func(name string) string { return map[string]string{"LAYER_DRAIN_MARKER_PATH": "/m"}[name] }
	for _, tt := range []struct{ got, want string }{
		{marker(none), "/tmp/layer-gateway-draining"},
		{marker(named), "/m"},
		{devMarker(none, ".layer"), ".layer/draining"},
		{devMarker(named, ".layer"), "/m"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s, want %s", tt.got, tt.want)
		}
	}
}

func TestKeyPair(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certificate, key, none := filepath.Join(dir, "c"), filepath.Join(dir, "k"), filepath.Join(dir, "n")
	for path, text := range map[string]string{certificate: "chain", key: "key"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	chain, private, err := keyPair(certificate, key)
	if err != nil || string(chain) != "chain" || private.Reveal() != "key" {
		t.Errorf("%s, %v", chain, err)
	}
	for want, files := range map[string][2]string{"--tls-cert: ": {none, key}, "--tls-key: ": {certificate, none}, "--https needs ": {certificate, ""}} {
		if _, _, err := keyPair(files[0], files[1]); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: %v", files, err)
		}
	}
}
