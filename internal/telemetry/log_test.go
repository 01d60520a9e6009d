package telemetry

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
)

func TestLogger(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := NewLogger(&out, slog.LevelWarn)
	l.Info("hidden")
	l.Warn("shown", "store", "a")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	if line["msg"] != "shown" || line["store"] != "a" || line["level"] != "WARN" {
		t.Errorf("line %v", line)
	}
}
