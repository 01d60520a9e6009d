package app

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/translate"
)

// environment makes a getenv of a map.
func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

// secrets compares credentials by their text.
var secrets = cmp.Comparer(func(a, b policy.Secret) bool { return a.Reveal() == b.Reveal() })

func TestOptions(t *testing.T) {
	t.Parallel()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	options := func(change func(*translate.Options)) translate.Options {
		o := translate.Options{MaxBody: 512 << 20, SystemRoots: roots, Timeouts: translate.Timeouts{
			Connect: 5 * time.Second, Read: time.Minute, Write: 5 * time.Minute, Idle: time.Minute, Filter: 2 * time.Second,
		}}
		change(&o)
		return o
	}
	defaults := options(func(*translate.Options) {})
	tests := map[string]struct {
		vars map[string]string
		want translate.Options
		log  string
	}{
		"nothing": {nil, defaults, ""},
		"all": {
			map[string]string{
				"LAYER_UPSTREAM_CONNECT_TIMEOUT_MS": "1", "LAYER_UPSTREAM_READ_TIMEOUT_MS": "2", "LAYER_UPSTREAM_WRITE_TIMEOUT_MS": "3",
				"LAYER_UPSTREAM_IDLE_TIMEOUT_MS": "4", "LAYER_FILTER_TIMEOUT_MS": "5", "LAYER_MAX_BODY_BYTES": "68719476736",
			},
			options(func(o *translate.Options) {
				o.MaxBody = 64 << 30
				o.Timeouts = translate.Timeouts{Connect: 1e6, Read: 2e6, Write: 3e6, Idle: 4e6, Filter: 5e6}
			}), "",
		},
		"spaces around": {
			map[string]string{"LAYER_MAX_BODY_BYTES": " 9\n", "LAYER_FILTER_TIMEOUT_MS": "\t7 "},
			options(func(o *translate.Options) { o.MaxBody, o.Timeouts.Filter = 9, 7*time.Millisecond }), "",
		},
		"blank":                {map[string]string{"LAYER_MAX_BODY_BYTES": " "}, defaults, ""},
		"zero":                 {map[string]string{"LAYER_MAX_BODY_BYTES": "0"}, defaults, "name=LAYER_MAX_BODY_BYTES value=0"},
		"negative":             {map[string]string{"LAYER_UPSTREAM_READ_TIMEOUT_MS": "-1"}, defaults, "name=LAYER_UPSTREAM_READ_TIMEOUT_MS value=-1"},
		"with a unit":          {map[string]string{"LAYER_UPSTREAM_READ_TIMEOUT_MS": "5s"}, defaults, "name=LAYER_UPSTREAM_READ_TIMEOUT_MS value=5s"},
		"beyond any time-out":  {map[string]string{"LAYER_FILTER_TIMEOUT_MS": "200000000000000"}, defaults, "name=LAYER_FILTER_TIMEOUT_MS"},
		"beyond any body size": {map[string]string{"LAYER_MAX_BODY_BYTES": "18446744073709551616"}, defaults, "name=LAYER_MAX_BODY_BYTES"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			vars := map[string]string{"SSL_CERT_FILE": roots}
			for k, v := range tt.vars {
				vars[k] = v
			}
			got, err := Options(environment(vars), slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, secrets); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if text := log.String(); !strings.Contains(text, tt.log) || (text == "") != (tt.log == "") {
				t.Errorf("log %q, want %q", text, tt.log)
			}
		})
	}
}

func TestOptionsErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		vars map[string]string
		want string
	}{
		"no such roots": {map[string]string{"SSL_CERT_FILE": filepath.Join(t.TempDir(), "none")}, "SSL_CERT_FILE: "},
		"bad endpoint":  {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4317"}, "OTEL_EXPORTER_OTLP_ENDPOINT: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Options(environment(tt.vars), slog.New(slog.DiscardHandler)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
