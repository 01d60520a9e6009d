package gateway

import "net/http"

// health is the body of /health and /ready.
type health struct {
	Status     string      `json:"status"`
	Version    string      `json:"version"`
	Aerospike  aerospike   `json:"aerospike"`
	CacheState []cacheLine `json:"cache_state"`
}

// aerospike is the state of the document cache. Without one configured it is not connected, which is no fault.
type aerospike struct {
	Connected  bool   `json:"connected"`
	Generation int64  `json:"generation"`
	LastError  string `json:"last_error,omitempty"`
}

type cacheLine struct {
	Namespace string `json:"namespace"`
	State     string `json:"state"`
}

func (s *Server) status(word string) health {
	return health{Status: word, Version: s.cfg.Version, CacheState: []cacheLine{}}
}

// health says that the process lives, whatever it can reach.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.status("ok"))
}

// ready says whether requests should be sent here.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	short := struct {
		Status  string `json:"status"`
		Version string `json:"version"`
	}{"starting", s.cfg.Version}
	switch {
	case s.cfg.Drain.Leaving():
		short.Status = "draining"
	case s.cfg.Plane.Ready():
		writeJSON(w, http.StatusOK, s.status("ok"))
		return
	}
	writeJSON(w, http.StatusServiceUnavailable, short)
}
