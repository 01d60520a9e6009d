package extproc

import (
	"strings"
	"testing"
)

func TestValidTraceparent(t *testing.T) {
	t.Parallel()
	const (
		trace = "0af7651916cd43dd8448eb211c80319c"
		span  = "b7ad6b7169203331"
	)
	for _, text := range []string{
		"00-" + trace + "-" + span + "-01", "00-" + trace + "-" + span + "-00", "cc-" + trace + "-" + span + "-ff",
	} {
		if !validTraceparent(text) {
			t.Errorf("%q is not taken", text)
		}
	}
	for _, text := range []string{
		"", "00", "00-" + trace + "-" + span, "00-" + trace + "-" + span + "-1", "00-" + trace + "-" + span + "-01-", "00-" + trace + "-" + span + "-01 ",
		"ff-" + trace + "-" + span + "-01", "00-" + strings.ToUpper(trace) + "-" + span + "-01", "00-" + strings.Repeat("0", 32) + "-" + span + "-01",
		"00-" + trace + "-" + strings.Repeat("0", 16) + "-01", "00-" + trace + "_" + span + "-01", "00_" + trace + "-" + span + "-01",
		"00-" + trace + "-" + span + "_01", "0g-" + trace + "-" + span + "-01", "00-" + trace[:31] + "g-" + span + "-01",
		"00-" + trace + "-" + span[:15] + "\x00-01", "00-" + trace[:31] + "--" + span + "-01",
	} {
		if validTraceparent(text) {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestMintTraceparent(t *testing.T) {
	t.Parallel()
	traces, spans := map[string]bool{}, map[string]bool{}
	const n = 1000
	for range n {
		text := mintTraceparent()
		if !validTraceparent(text) || !strings.HasPrefix(text, "00-") || !strings.HasSuffix(text, "-01") {
			t.Fatalf("minted %q", text)
		}
		traces[text[3:35]], spans[text[36:52]] = true, true
	}
	if len(traces) != n || len(spans) != n {
		t.Errorf("%d traces and %d spans of %d differ", len(traces), len(spans), n)
	}
}

// A request's own trace goes on; only one without gets a new one, and only where it goes on at all.
func TestJudgeTraceparent(t *testing.T) {
	t.Parallel()
	s, _ := filter(mixed(t))
	tests := map[string]struct {
		traceparent, token string
		minted             bool
	}{
		"own":     {aTraceparent, reader, false},
		"none":    {"", reader, true},
		"broken":  {"00-0-0-0", reader, true},
		"refused": {"", "wrong", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ask("POST", "/v2/namespaces/x/query", "store/a", tt.token)
			r.traceparent = tt.traceparent
			if v := s.judge(r); (v.traceparent != "") != tt.minted || tt.minted && !validTraceparent(v.traceparent) {
				t.Errorf("minted %q", v.traceparent)
			}
		})
	}
}
