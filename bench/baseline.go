package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"golang.org/x/perf/benchmath"
)

// confidence is that of the intervals around medians, as benchstat has it.
const confidence = 0.95

// A move is a layer in earlier results and in later ones.
type move struct {
	id       string
	old, new benchmath.Summary // microseconds
	test     benchmath.Comparison
	shares   [2]float64 // of the peak
}

// moved reports whether the times differ by more than noise would make them: the
// Mann-Whitney test of benchstat, at its level of 5 %.
func (m *move) moved() bool { return m.test.P < m.test.Alpha && m.old.Center != m.new.Center }

// moves returns the layers that are in both passes.
func moves(old, new *pass) []move {
	var list []move
	for _, l := range new.Layers {
		before := old.find(l.ID)
		if before == nil {
			continue
		}
		a, b := sample(before.Samples), sample(l.Samples)
		list = append(list, move{
			id:  l.ID,
			old: benchmath.AssumeNothing.Summary(a, confidence), new: benchmath.AssumeNothing.Summary(b, confidence),
			test: benchmath.AssumeNothing.Compare(a, b), shares: [2]float64{before.Share, l.Share},
		})
	}
	return list
}

func sample(values []float64) *benchmath.Sample {
	return benchmath.NewSample(values, &benchmath.DefaultThresholds)
}

// printMoves prints, for each pass that is in both, what has moved.
func printMoves(w io.Writer, old, new *results) error {
	p := &moveTable{w: w}
	if old.CPU != new.CPU {
		p.printf("\nthe CPU is not the same: %s before, %s now\n", old.CPU, new.CPU)
	}
	compared := 0
	for _, b := range new.passes() {
		for _, a := range old.passes() {
			if a.Kernel == b.Kernel && a.Threads == b.Threads && a.Format == b.Format {
				p.pass(a, b)
				compared++
				break
			}
		}
	}
	if compared == 0 {
		return fmt.Errorf("the baseline has no kernel %s with %d threads and %s: nothing to compare", new.Kernel, new.Threads, new.Format)
	}
	return p.err
}

// A moveTable prints moves. The first error of writing is kept.
type moveTable struct {
	w   io.Writer
	err error
}

func (p *moveTable) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// pass prints the layers of a pass that have moved, and counts the others.
func (p *moveTable) pass(old, new *pass) {
	p.printf("\nsince the baseline: kernel %s, threads %d, %s\n", new.Kernel, new.Threads, new.Format)
	p.printf("peak: %.2f -> %.2f GFLOP/s (%+.1f %%)\n", old.PeakGFLOPS, new.PeakGFLOPS, 100*(new.PeakGFLOPS/old.PeakGFLOPS-1))
	list := moves(old, new)
	out := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', tabwriter.AlignRight)
	rows, sum := 0, 0.0
	for _, m := range list {
		sum += math.Log(m.new.Center / m.old.Center)
		if !m.moved() {
			continue
		}
		if rows == 0 {
			fmt.Fprintf(out, "id\told us\t\tnew us\t\ttime\tshare\t\t\t\n")
		}
		rows++
		fmt.Fprintf(out, "%s\t%.4g\t±%s\t%.4g\t±%s\t%s\t%.1f ->\t%.1f %%\t%s\t\n", m.id, m.old.Center, m.old.PctRangeString(),
			m.new.Center, m.new.PctRangeString(), m.test.FormatDelta(m.old.Center, m.new.Center), 100*m.shares[0], 100*m.shares[1], m.test)
	}
	if err := out.Flush(); p.err == nil {
		p.err = err
	}
	p.printf("%d of %d layers have moved beyond the noise", rows, len(list))
	if len(list) > 0 {
		p.printf("; geometric mean of all: %+.1f %%", 100*(math.Exp(sum/float64(len(list)))-1))
	}
	p.printf("\n")
}
