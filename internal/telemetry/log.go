package telemetry

import (
	"io"
	"log/slog"
)

// NewLogger makes the logger of a process: JSON lines.
func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}
