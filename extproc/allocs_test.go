package extproc

import "testing"

// The verdict is on the way of every request: what it allocates is bounded, most of it the message to Envoy.
func TestAllocations(t *testing.T) {
	s, _ := filter(mixed(t))
	tests := map[string]struct {
		request        request
		judge, respond float64
	}{
		"passthrough": {ask("POST", "/v2/namespaces/x/query", "store/a", reader), 1, 20},
		"gateway":     {ask("GET", "/v2/namespaces/in-b/documents/a", "gateway", upstreamB), 1, 44},
		"refused":     {ask("POST", "/v2/namespaces/x", "store/a", "wrong"), 2, 24},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if n := testing.AllocsPerRun(100, func() { s.judge(tt.request) }); n > tt.judge {
				t.Errorf("judge allocates %v times, want at most %v", n, tt.judge)
			}
			v := s.judge(tt.request)
			if n := testing.AllocsPerRun(100, func() { s.response(v) }); n > tt.respond {
				t.Errorf("response allocates %v times, want at most %v", n, tt.respond)
			}
		})
	}
}
