package serve

import (
	"context"
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

// Config says who wants to know what becomes of a snapshot. The functions are called one at a time and in the order of what
// happens, under the server's lock, so that what they change never falls behind what is served. They must not call the server.
type Config struct {
	Logger *slog.Logger
	// Serving is called with the table of what is about to be served.
	Serving func(table *policy.Table)
	// Accepted is called with the table of a snapshot that an Envoy holds in full.
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
	// current is served; good is the last one that an Envoy held in full, and prior the one before it, for the case that a part
	// of good is refused after all.
	current, good, prior *snapshot
	// held says that an Envoy has current in full.
	held    bool
	streams map[int64]*stream
}

// New makes a server with nothing to serve yet.
func New(cfg Config) *Server {
	return &Server{
		cfg:     cfg,
		cache:   cachev3.NewSnapshotCache(true, oneForAll{}, nil),
		streams: map[int64]*stream{},
	}
}

// Register adds the discovery service to a gRPC server; it serves until ctx is over.
func (s *Server) Register(ctx context.Context, g *grpc.Server) {
	discoveryv3.RegisterAggregatedDiscoveryServiceServer(g, serverv3.NewServer(ctx, s.cache, serverv3.CallbackFuncs{
		DeltaStreamOpenFunc:   s.opened,
		DeltaStreamClosedFunc: s.closed,
		StreamDeltaRequestFunc: func(id int64, req *discoveryv3.DeltaDiscoveryRequest) error {
			s.request(ctx, id, req)
			return nil
		},
		StreamDeltaResponseFunc: s.response,
	}))
}

// Connected reports whether an Envoy holds a stream.
func (s *Server) Connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.streams) > 0
}

// Publish serves resources from now on. Their version is a hash of their content: where nothing has changed nothing is sent,
// and what Envoy said of them stands.
func (s *Server) Publish(ctx context.Context, r translate.Resources) error {
	snap, err := newSnapshot(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.Serving(r.Table)
	if s.current == nil || s.current.version != snap.version {
		return s.serve(ctx, snap)
	}
	s.current.table = r.Table
	switch {
	case s.held:
		s.cfg.Accepted(r.Table)
	case s.current.problems != nil:
		s.cfg.Refused(nil, s.current.problems)
	}
	return nil
}

// serve hands a snapshot to the streams. It may run on the goroutine of one of them: the channels that the cache writes to
// have room for an answer of every type, and a stream that asks again empties its own first.
func (s *Server) serve(ctx context.Context, snap *snapshot) error {
	s.current, s.held = snap, false
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if err := s.cache.SetSnapshot(ctx, key, snap.cache); err != nil {
		return fmt.Errorf("serve snapshot %s: %w", snap.version, err)
	}
	return nil
}

func (s *Server) opened(_ context.Context, id int64, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams[id] = newStream()
	return nil
}

func (s *Server) closed(id int64, _ *corev3.Node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.streams, id)
}

// response notes what an answer holds, for the time when Envoy says what it makes of it.
func (s *Server) response(id int64, _ *discoveryv3.DeltaDiscoveryRequest, resp *discoveryv3.DeltaDiscoveryResponse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.streams[id]; st != nil {
		st.answered(resp)
	}
}

// request takes Envoy's word: what it wants and holds, and whether it has taken an answer or refused it.
func (s *Server) request(ctx context.Context, id int64, req *discoveryv3.DeltaDiscoveryRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.streams[id]
	if st == nil {
		return
	}
	st.asked(req)
	nonce, refusal := req.GetResponseNonce(), req.GetErrorDetail()
	if nonce != "" {
		s.cfg.Observe(resourceType(req.GetTypeUrl()), refusal == nil)
	}
	if refusal != nil {
		s.refuse(ctx, st.refused(nonce, refusal.GetMessage()), refusal.GetMessage())
		return
	}
	st.taken(nonce)
	s.accept(st)
}

// accept remembers the snapshot being served as good when a stream has come to hold all of it.
func (s *Server) accept(st *stream) {
	if s.held || s.current == nil || !st.holds(s.current) {
		return
	}
	s.held, s.current.problems = true, nil
	if s.good != s.current {
		s.prior, s.good = s.good, s.current
	}
	s.cfg.Accepted(s.current.table)
}

// refuse goes back to the last good snapshot. A refusal of what is no longer served is late and changes nothing.
func (s *Server) refuse(ctx context.Context, a answer, message string) {
	if s.current == nil || !s.current.serves(a) {
		return
	}
	s.held = false
	if s.good == s.current {
		s.good, s.prior = s.prior, nil
	}
	problems := blame(s.current.origin, a.typeURL, message)
	if s.good == nil {
		s.current.problems = merge(s.current.problems, problems)
		s.cfg.Refused(nil, s.current.problems)
		return
	}
	s.cfg.Refused(s.good.table, problems)
	if err := s.serve(ctx, s.good); err != nil {
		s.cfg.Logger.Error("serve last good snapshot", "version", s.good.version, "err", err)
	}
}
