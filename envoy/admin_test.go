package envoy_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/testkit"
)

// served answers in Envoy's place at an admin socket, until the test ends.
func served(t *testing.T, answer http.HandlerFunc) *envoy.Admin {
	t.Helper()
	socket := filepath.Join(shortDir(t), "admin.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server, done := &http.Server{Handler: answer, ReadHeaderTimeout: testkit.Patience}, make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	}()
	admin := envoy.NewAdmin(socket)
	t.Cleanup(func() {
		admin.Close()
		_ = server.Close()
		<-done
	})
	return admin
}

func TestActiveRequests(t *testing.T) {
	t.Parallel()
	const stat = "http.public.downstream_rq_active"
	tests := map[string]struct {
		status int
		answer string
		want   int
		err    string
	}{
		"none":      {200, stat + ": 0\n", 0, ""},
		"some":      {200, stat + ": 12\n", 12, ""},
		"no such":   {200, "", 0, `unexpected answer ""`},
		"no number": {200, stat + ": No recorded values\n", 0, "unexpected answer"},
		"refused":   {503, "", 0, "status 503"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked string
			got, err := served(t, func(w http.ResponseWriter, r *http.Request) {
				asked = r.Method + " " + r.URL.String()
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.answer)
			}).ActiveRequests(t.Context())
			if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%d, %v; want %d, %q", got, err, tt.want, tt.err)
			}
			if asked != "GET /stats?filter=^"+stat+"$" {
				t.Errorf("asked %s", asked)
			}
		})
	}
}

func TestHealthChecks(t *testing.T) {
	t.Parallel()
	var asked []string
	admin := served(t, func(_ http.ResponseWriter, r *http.Request) { asked = append(asked, r.Method+" "+r.URL.String()) })
	if err := errors.Join(admin.FailHealthCheck(t.Context()), admin.PassHealthCheck(t.Context())); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(asked, ", "); got != "POST /healthcheck/fail, POST /healthcheck/ok" {
		t.Errorf("asked %s", got)
	}
}

// Statistics that break off are an error, after what had come.
func TestWriteStatsBreaksOff(t *testing.T) {
	t.Parallel()
	admin := served(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "envoy_server_live{} 1\n")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	var got strings.Builder
	if err := admin.WriteStats(t.Context(), &got); err == nil || got.String() != "envoy_server_live{} 1\n" {
		t.Errorf("%q, %v", got.String(), err)
	}
}

func TestAdminWithoutEnvoy(t *testing.T) {
	t.Parallel()
	admin := envoy.NewAdmin(filepath.Join(t.TempDir(), "none.sock"))
	defer admin.Close()
	if err := admin.WriteStats(t.Context(), io.Discard); err == nil || !strings.HasPrefix(err.Error(), "call Envoy admin /stats/prometheus?usedonly: ") {
		t.Errorf("error %v", err)
	}
}
