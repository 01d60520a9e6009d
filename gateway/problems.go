package gateway

import (
	"net/http"

	"hevlayer.com/layer/policy"
)

// problems lists what the compile step or Envoy refused.
func (s *Server) problems(w http.ResponseWriter, _ *http.Request) {
	list := s.cfg.Plane.Problems()
	if list == nil {
		list = []policy.Problem{}
	}
	writeJSON(w, http.StatusOK, map[string]any{"problems": list})
}
