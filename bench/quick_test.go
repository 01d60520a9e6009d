package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"hevlayer.com/layer/internal/testkit"
)

// TestQuickRun measures with the real programs: a cell with a small and one with a large body through every
// variant, the streamed write, and Index objects. Numbers are not judged, only that there are some.
func TestQuickRun(t *testing.T) {
	t.Parallel()
	env := map[string]string{"PATH": os.Getenv("PATH"), "HOME": os.Getenv("HOME"), "LAYER_ENVOY": testkit.Envoy(t)}
	args := []string{"-quick", "-layer", testkit.Layer(t), "-only", "small/1$|upload64k/16|stream|index/10$"}
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), args, func(k string) string { return env[k] }, &stdout, &stderr); status != 0 {
		t.Fatalf("exit status %d\n%s", status, stderr.String())
	}
	out := stdout.String()
	var want []string
	for _, v := range variants() {
		want = append(want, "| small/1 | "+v.name+" |", "| upload64k/16 | "+v.name+" |")
	}
	want = append(want, "| layer | chunked |", "| ext_proc | content-length |", "| 10 | ",
		"p50, at most 1.10 of", "edit to live with 10 Index objects")
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("the report lacks %q", w)
		}
	}
	if strings.Contains(out, "failed |") || t.Failed() {
		t.Errorf("the report:\n%s", out)
	}
}
