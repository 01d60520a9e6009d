package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	cachev3 "github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	serverv3 "github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"google.golang.org/grpc"

	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/translate"
)

// publishTimeout bounds the hand-over of a snapshot to the streams that wait for it.
const publishTimeout = 5 * time.Second

// Config says who wants to know what became of a snapshot.
type Config struct {
	Logger *slog.Logger
	// Accepted is called with the table of a snapshot that Envoy has taken in full.
	Accepted func(table *policy.Table)
	// Refused is called when Envoy refuses a part of the snapshot being served, with the reasons and the table of the last
	// good one, which is served again; nil if there is none.
	Refused func(back *policy.Table, problems []policy.Problem)
	// Observe counts what Envoy answers, by resource type ("cluster", "listener", ...); accepted is false for a refusal.
	Observe func(resourceType string, accepted bool)
}

// Server is the control plane's side of ADS.
type Server struct {
	cfg   Config
	cache cachev3.SnapshotCache

	mu sync.Mutex
	// current is served; good is the last one that Envoy took whole, and prior the one before it, for the case that what
	// looked whole was still to be followed by a refusal.
	current, good, prior *snapshot
	// sent holds the answers that Envoy has not yet acknowledged, by stream and nonce.
	sent map[nonce]*snapshot
	// streams counts the open streams.
	streams int
}

type nonce struct {
	stream int64
	text   string
}

type snapshot struct {
	version string
	cache   *cachev3.Snapshot
	origin  map[string]policy.Object
	table   *policy.Table
	// waiting counts the answers made from it that Envoy has not acknowledged.
	waiting  int
	rejected bool
}

// New makes a server with nothing to serve yet.
func New(cfg Config) *Server {
	return &Server{
		cfg:   cfg,
		cache: cachev3.NewSnapshotCache(true, oneForAll{}, nil),
		sent:  map[nonce]*snapshot{},
	}
}

// Register adds the discovery service to a gRPC server; it serves until ctx is over.
func (s *Server) Register(ctx context.Context, g *grpc.Server) {
	discoveryv3.RegisterAggregatedDiscoveryServiceServer(g, serverv3.NewServer(ctx, s.cache, serverv3.CallbackFuncs{
		DeltaStreamOpenFunc:     s.opened,
		DeltaStreamClosedFunc:   s.closed,
		StreamDeltaRequestFunc:  s.request,
		StreamDeltaResponseFunc: s.response,
	}))
}

// Connected reports whether an Envoy holds a stream.
func (s *Server) Connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams > 0
}

// Publish serves resources from now on. Their version is a hash of their content, so that nothing is sent where nothing has
// changed; accepted then tells whether Envoy has them already.
func (s *Server) Publish(ctx context.Context, r translate.Resources) (accepted bool, err error) {
	snap, err := newSnapshot(r)
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	if s.current != nil && s.current.version == snap.version {
		s.current.table = r.Table
		accepted = s.current == s.good
		s.mu.Unlock()
		return accepted, nil
	}
	s.current = snap
	s.mu.Unlock()
	return false, s.set(ctx, snap)
}

func (s *Server) set(ctx context.Context, snap *snapshot) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if err := s.cache.SetSnapshot(ctx, key, snap.cache); err != nil {
		return fmt.Errorf("serve snapshot %s: %w", snap.version, err)
	}
	return nil
}

func (s *Server) opened(context.Context, int64, string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams++
	return nil
}

func (s *Server) closed(stream int64, _ *corev3.Node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams--
	for n, snap := range s.sent {
		if n.stream == stream {
			snap.waiting--
			delete(s.sent, n)
		}
	}
}

// response notes which snapshot an answer was made from.
func (s *Server) response(stream int64, _ *discoveryv3.DeltaDiscoveryRequest, resp *discoveryv3.DeltaDiscoveryResponse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return
	}
	s.current.waiting++
	s.sent[nonce{stream, resp.GetNonce()}] = s.current
}

// request takes Envoy's word on an answer: accepted, or refused with a reason.
func (s *Server) request(stream int64, req *discoveryv3.DeltaDiscoveryRequest) error {
	if req.GetResponseNonce() == "" {
		return nil
	}
	snap := s.answered(nonce{stream, req.GetResponseNonce()})
	if snap == nil {
		return nil
	}
	refusal := req.GetErrorDetail().GetMessage()
	s.cfg.Observe(resourceType(req.GetTypeUrl()), req.GetErrorDetail() == nil)
	if req.GetErrorDetail() != nil {
		s.refuse(snap, req.GetTypeUrl(), refusal)
		return nil
	}
	s.accept(snap)
	return nil
}

func (s *Server) answered(n nonce) *snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap := s.sent[n]
	if snap != nil {
		snap.waiting--
		delete(s.sent, n)
	}
	return snap
}

// accept remembers a snapshot as good when nothing of it is outstanding.
func (s *Server) accept(snap *snapshot) {
	s.mu.Lock()
	done := snap.waiting == 0 && !snap.rejected && snap == s.current
	if done && s.good != snap {
		s.prior, s.good = s.good, snap
	}
	table := snap.table
	s.mu.Unlock()
	if done {
		s.cfg.Accepted(table)
	}
}

// refuse goes back to the last good snapshot. It runs on the stream's goroutine, which the cache must not wait for, so the
// hand-over has a goroutine of its own, bounded by publishTimeout.
func (s *Server) refuse(snap *snapshot, typeURL, message string) {
	s.mu.Lock()
	snap.rejected = true
	if s.good == snap {
		s.good, s.prior = s.prior, nil
	}
	stale := snap != s.current
	var back *policy.Table
	if !stale && s.good != nil {
		s.current = s.good
		back = s.good.table
	}
	target := s.current
	s.mu.Unlock()
	if stale {
		return
	}
	s.cfg.Refused(back, blame(snap.origin, typeURL, message))
	if back != nil {
		go s.restore(target)
	}
}

func (s *Server) restore(snap *snapshot) {
	ctx, cancel := context.WithTimeout(context.Background(), publishTimeout)
	defer cancel()
	if err := s.set(ctx, snap); err != nil && !errors.Is(err, context.Canceled) {
		s.cfg.Logger.Error("serve last good snapshot", "version", snap.version, "err", err)
	}
}
