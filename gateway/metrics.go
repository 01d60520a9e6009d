package gateway

import (
	"bufio"
	"net/http"

	"github.com/prometheus/common/expfmt"
)

// metrics is one scrape for both processes: Layer's own metrics, then Envoy's as Envoy writes them.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	out := bufio.NewWriter(w)
	defer func() { _ = out.Flush() }()
	families, err := s.cfg.Gatherer.Gather()
	if err != nil {
		s.cfg.Logger.Warn("gather metrics", "err", err)
	}
	encoder := expfmt.NewEncoder(out, format)
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			return
		}
	}
	err = s.cfg.Statistics.WriteStats(r.Context(), out)
	s.cfg.Scraped(err == nil)
	if err != nil {
		s.cfg.Logger.Warn("scrape Envoy", "err", err)
	}
}
