package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// report collects what was measured and prints it as Markdown.
type report struct {
	opts       options
	loadBefore string
	loadAfter  string
	variants   []string
	cells      []cell
	streams    []streamed
	indexes    []indexed
}

func newReport(opts options) *report { return &report{opts: opts, loadBefore: loadAverage()} }

// finish notes how busy the machine is at the end, which the start may not show.
func (r *report) finish() { r.loadAfter = loadAverage() }

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:1], " ")
}

func (r *report) variant(g *gateway) {
	r.variants = append(r.variants, fmt.Sprintf("- `%s`: %s", g.name, g.about))
}

func (r *report) cell(c cell) { r.cells = append(r.cells, c) }

func (r *report) markdown() string {
	var b strings.Builder
	r.writeHead(&b)
	r.writeCells(&b)
	r.writeStreams(&b)
	r.writeIndexes(&b)
	r.writeVerdicts(&b)
	return b.String()
}

func (r *report) writeHead(b *strings.Builder) {
	fmt.Fprintf(b, "# Layer bench\n\n%d CPUs, %s, load average %s before and %s after; %d rounds of %s, %s of warm-up before each.\n",
		runtime.NumCPU(), runtime.Version(), r.loadBefore, r.loadAfter, r.opts.rounds, r.opts.roundTime, r.opts.warmUp)
	b.WriteString("The load generator and the store share the CPUs with the gateway. A ratio is taken within a round, against\n" +
		"`ext_proc`, the Envoy with an ext_proc that does nothing; shown is the median over the rounds, then lowest and highest.\n")
	if r.opts.quick {
		b.WriteString("\n**A quick run: it shows that everything works; its numbers mean little.**\n")
	}
	if len(r.variants) > 0 {
		fmt.Fprintf(b, "\n%s\n", strings.Join(r.variants, "\n"))
	}
}

func (r *report) writeCells(b *strings.Builder) {
	if len(r.cells) == 0 {
		return
	}
	b.WriteString("\n## Requests\n\n")
	for _, w := range workloads() {
		fmt.Fprintf(b, "- `%s/N`: %s, over N connections\n", w.name, w.about)
	}
	b.WriteString("\n| cell | variant | requests/s | p50 | gateway CPU per request | throughput ratio | p50 ratio | CPU ratio |\n" +
		"| --- | --- | ---: | ---: | ---: | --- | --- | --- |\n")
	for _, c := range r.cells {
		for _, v := range c.variants {
			writeCellRow(b, c, v)
		}
	}
}

func writeCellRow(b *strings.Builder, c cell, v string) {
	if !c.has(v) {
		fmt.Fprintf(b, "| %s | %s | failed | | | | | |\n", c.name, v)
		return
	}
	cpu, cpuRatio := "-", "-"
	if c.hasCPU(v) {
		cpu = microseconds(spreadOf(c.values(v, cpuEach)).Median)
		cpuRatio = ratioText(spreadOf(c.ratios(v, noopVariant, cpuEach)))
	}
	fmt.Fprintf(b, "| %s | %s | %.0f | %s | %s | %s | %s | %s |\n", c.name, v,
		spreadOf(c.values(v, perSecond)).Median, microseconds(spreadOf(c.values(v, p50)).Median), cpu,
		ratioText(spreadOf(c.ratios(v, noopVariant, perSecond))), ratioText(spreadOf(c.ratios(v, noopVariant, p50))), cpuRatio)
}

func (r *report) writeStreams(b *strings.Builder) {
	if len(r.streams) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## A streamed write of %s\n\nPeak resident memory over idle; writes of each framing, one after another: %d.\n\n"+
		"| variant | framing | MiB/s | memory over idle |\n| --- | --- | ---: | --- |\n", mebibytes(r.opts.streamBytes), r.opts.streamRuns)
	for _, s := range r.streams {
		var parts []string
		for _, role := range s.roles {
			parts = append(parts, role+" "+mebibytes(s.over[role]))
		}
		fmt.Fprintf(b, "| %s | %s | %.0f (%.0f to %.0f) | %s |\n", s.variant, s.framing,
			s.perSecond.Median, s.perSecond.Min, s.perSecond.Max, strings.Join(parts, ", "))
	}
}

func (r *report) writeIndexes(b *strings.Builder) {
	if len(r.indexes) == 0 {
		return
	}
	b.WriteString("\n## Index objects that send a namespace to another store\n\n" +
		"An edit changes the store of one Index, in a file of its own. Memory is resident after the start, then the highest of all.\n\n" +
		"| Index objects | start to ready | busy after it | edit to live | failed requests | CPU per edit | Envoy memory | Layer memory |\n" +
		"| ---: | ---: | ---: | --- | ---: | --- | --- | --- |\n")
	without := r.indexes[len(r.indexes)-1].without
	fmt.Fprintf(b, "| 0 | | | | | | %s | %s |\n", memoryText(without[envoyRole]), memoryText(without[layerRole]))
	for _, x := range r.indexes {
		fmt.Fprintf(b, "| %d | %.1f s | %.1f s | %s | %d | Envoy %.2f s, Layer %.2f s | %s | %s |\n",
			x.count, x.ready.Seconds(), x.quiet.Seconds(), secondsText(x.toLive), x.failed,
			x.editCPU[envoyRole].Seconds(), x.editCPU[layerRole].Seconds(), memoryText(x.memory[envoyRole]), memoryText(x.memory[layerRole]))
	}
	b.WriteString("\nThe p50 of a small query over one connection, against a Layer without Index objects; the noise is that Layer against itself.\n\n" +
		"| Index objects | namespace without an Index | namespace with an Index | noise |\n| ---: | --- | --- | --- |\n")
	for _, x := range r.indexes {
		fmt.Fprintf(b, "| %d | %s | %s | %s |\n", x.count, ratioText(x.effect(defaultSlot)), ratioText(x.effect(routedSlot)), ratioText(x.noise()))
	}
}

func (r *report) writeVerdicts(b *strings.Builder) {
	verdicts := r.verdicts()
	if len(verdicts) == 0 {
		b.WriteString("\nLayer was not measured, so no target is judged.\n")
		return
	}
	b.WriteString("\n## Targets\n\n| target | seen | |\n| --- | --- | --- |\n")
	for _, v := range verdicts {
		fmt.Fprintf(b, "| %s | %s | %s |\n", v.target, v.seen, v.word())
	}
}

func ratioText(s spread) string {
	if s.N == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", s.Median, s.Min, s.Max)
}

func microseconds(nanoseconds float64) string {
	return fmt.Sprintf("%.0f µs", nanoseconds/float64(time.Microsecond))
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

func memoryText(m memory) string {
	return fmt.Sprintf("%s, %s", mebibytes(m.Resident), mebibytes(m.Peak))
}

func secondsText(s spread) string {
	return fmt.Sprintf("%.3f s (%.3f to %.3f)", s.Median, s.Min, s.Max)
}
