package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestMeasureCellGoesOnWithoutAFailedVariant(t *testing.T) {
	t.Parallel()
	good := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 200)) })
	bad := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadGateway) })
	good.name, bad.name = "good", "bad"
	l := testLab(t)
	l.opts = options{rounds: 3, roundTime: 200 * time.Millisecond, warmUp: time.Millisecond}
	c, err := l.measureCell(t.Context(), plannedCell{workloads()[0], 2}, []*gateway{good, bad})
	for _, want := range []string{"small/2, round 1 through bad: status 502: no", "round 3 through bad"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if n := len(c.values("good", perSecond)); n != 3 {
		t.Errorf("%d rounds of the good variant, want 3", n)
	}
	var b strings.Builder
	for _, v := range c.variants {
		writeCellRow(&b, c, v)
	}
	if !strings.Contains(b.String(), "| small/2 | bad | failed |") || strings.Contains(b.String(), "| good | failed |") {
		t.Errorf("rows\n%s", b.String())
	}
}

func TestPlannedCells(t *testing.T) {
	t.Parallel()
	l := testLab(t)
	var err error
	if l.opts, err = parseOptions([]string{"-only", "/16$"}, func(string) string { return "" }, l.progress); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range l.plannedCells() {
		names = append(names, p.name())
	}
	if got := strings.Join(names, " "); got != "small/16 answer64k/16 upload64k/16" {
		t.Errorf("cells %q", got)
	}
}

func TestWorkloadsHaveTheSizeThatTheyName(t *testing.T) {
	t.Parallel()
	sizes := map[string]int{}
	for _, w := range workloads() {
		body, err := w.body()
		if err != nil {
			t.Fatal(err)
		}
		sizes[w.name] = len(body)
	}
	if sizes["upload64k"] != 64<<10 || sizes["small"] > 128 || sizes["answer64k"] > 128 {
		t.Errorf("bodies of %v bytes", sizes)
	}
}
