package extproc

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/policy"
)

// Observer is told what the filter does.
type Observer interface {
	// FilterStarted notes a request that is being judged, until the returned function is called.
	FilterStarted() (done func())
	// FilterJudged notes a verdict and how long it took.
	FilterJudged(operation, outcome string, took time.Duration)
}

// Config says what the filter judges by.
type Config struct {
	Live *policy.Live
	// Draining reports whether new requests are turned away.
	Draining func() bool
	// MaxBody is the largest request body in bytes.
	MaxBody  uint64
	Logger   *slog.Logger
	Observer Observer
}

// Server is the filter's side of the ext_proc protocol.
type Server struct {
	extprocv3.UnimplementedExternalProcessorServer
	cfg Config
	// entries holds the encoded log entries, by logEntry.
	entries sync.Map
}

// New makes a filter.
func New(cfg Config) *Server { return &Server{cfg: cfg} }

// maxMessage bounds a message from Envoy, which holds a few headers.
const maxMessage = 1 << 20

// GRPC makes the gRPC server that the filter is served by, with the filter on it.
func (s *Server) GRPC() *grpc.Server {
	g := grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.StreamInterceptor(s.recovered),
	)
	extprocv3.RegisterExternalProcessorServer(g, s)
	return g
}

// recovered ends a stream that panics with an error, which Envoy turns into a refusal.
func (s *Server) recovered(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.cfg.Logger.Error("filter panic", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = status.Error(codes.Internal, "the filter failed")
		}
	}()
	return next(srv, stream)
}

// Process serves the stream of one request.
func (s *Server) Process(stream extprocv3.ExternalProcessor_ProcessServer) error {
	done := s.cfg.Observer.FilterStarted()
	defer done()
	for {
		msg, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		headers := msg.GetRequestHeaders()
		if headers == nil {
			return status.Errorf(codes.InvalidArgument, "the filter takes request headers only, got %T", msg.GetRequest())
		}
		start := time.Now()
		v := s.judge(read(headers.GetHeaders()))
		if err := stream.Send(s.response(v)); err != nil {
			return err
		}
		s.cfg.Observer.FilterJudged(v.operation(), v.outcome(), time.Since(start))
	}
}

// read picks out of Envoy's message what the filter looks at.
func read(headers *corev3.HeaderMap) request {
	var r request
	for _, h := range headers.GetHeaders() {
		value := string(h.GetRawValue())
		switch h.GetKey() {
		case ":method":
			r.method = value
		case ":path":
			r.path = value
		case "authorization":
			r.authorization = append(r.authorization, value)
		case "content-length":
			r.contentLength = value
		case "traceparent":
			r.traceparent = value
		case envoy.HeaderRouted:
			r.cluster = value
		}
	}
	return r
}
