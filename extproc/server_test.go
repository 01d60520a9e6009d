package extproc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
)

// dial serves a filter in memory and connects to it, until the test ends.
func dial(t *testing.T, s *Server) extprocv3.ExternalProcessorClient {
	t.Helper()
	l, g, done := bufconn.Listen(1<<16), s.GRPC(), make(chan struct{})
	go func() {
		defer close(done)
		if err := g.Serve(l); err != nil {
			t.Errorf("serve: %v", err)
		}
	}()
	conn, err := grpc.NewClient("passthrough:///filter", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		g.Stop()
		<-done
	})
	return extprocv3.NewExternalProcessorClient(conn)
}

// exchange opens a stream and sends one request on it.
func exchange(t *testing.T, c extprocv3.ExternalProcessorClient, r request) (extprocv3.ExternalProcessor_ProcessClient, *extprocv3.ProcessingResponse, error) {
	t.Helper()
	stream, err := c.Process(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(headers(r)); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	return stream, answer, err
}

func TestGRPC(t *testing.T) {
	t.Parallel()
	s, _ := filter(mixed(t))
	stream, answer, err := exchange(t, dial(t, s), ask("POST", "/v2/namespaces/x", "store/a", reader))
	if err != nil {
		t.Fatal(err)
	}
	if got := interpret(t, answer); got.Status != 403 || got.Body != lacking("write").Body {
		t.Errorf("answer %+v", got)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		t.Errorf("after the half-close: %v", err)
	}
}

// A panic ends its own stream with an error, which Envoy turns into a refusal; the server goes on.
func TestGRPCPanic(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	failing := true
	s, w := filter(mixed(t), func(c *Config) {
		c.Logger = slog.New(slog.NewJSONHandler(&log, nil))
		c.Draining = func() bool {
			if failing {
				panic("out of paper")
			}
			return false
		}
	})
	client := dial(t, s)
	r := ask("POST", "/v2/namespaces/x/query", "store/a", reader)
	_, answer, err := exchange(t, client, r)
	if status.Code(err) != codes.Internal || answer != nil || strings.Contains(err.Error(), "paper") {
		t.Errorf("answer %v, error %v", answer, err)
	}
	if text := log.String(); !strings.Contains(text, "out of paper") || !strings.Contains(text, "judge") || strings.Contains(text, reader) {
		t.Errorf("log %s", text)
	}
	failing = false
	stream, answer, err := exchange(t, client, r)
	if err != nil || interpret(t, answer).Status != 0 {
		t.Errorf("after the panic: %v, %v", answer, err)
	}
	_ = stream.CloseSend()
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		t.Errorf("after the half-close: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open != 0 {
		t.Errorf("%d streams are noted as open", w.open)
	}
}

// A message holds a few headers; one that is too large ends the stream before anything is judged.
func TestGRPCLargeMessage(t *testing.T) {
	t.Parallel()
	s, w := filter(mixed(t))
	_, _, err := exchange(t, dial(t, s), ask("GET", "/"+strings.Repeat("a", maxMessage), "gateway", reader))
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("error %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.judged) != 0 {
		t.Errorf("judged %v", w.judged)
	}
}
