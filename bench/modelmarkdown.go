package main

import (
	"fmt"
	"strings"
)

// The README's table of whole models is between these comments.
const (
	modelsBegin = "<!-- models table: go -C bench run . -models -peers -times -readme ../README.md -->"
	modelsEnd   = "<!-- end of the models table -->"
)

// modelMarkdown is the README's table of whole models.
func modelMarkdown(r *modelResults) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s, %s, kernels `%s`, %s; peak %.0f GFLOP/s. Microseconds of a run on one signal, and how many times faster ours is.\n\n",
		r.CPU, count(r.Threads, "thread"), r.Kernel, r.Go, r.PeakGFLOPS)
	b.WriteString("| model | MFLOP | ours, µs | share of peak | besides products |")
	for _, p := range r.Peers {
		fmt.Fprintf(&b, " %s |", p.Name)
	}
	b.WriteString("\n|---|--:|--:|--:|--:|" + strings.Repeat("--:|", len(r.Peers)) + "\n")
	for _, m := range r.Models {
		besides := "-"
		if d := r.Division(m.ID); d != nil {
			besides = fmt.Sprintf("%.0f %%", 100*d.Besides())
		}
		fmt.Fprintf(&b, "| %s | %.0f | %s | %.0f %% | %s |", m.From, m.MFLOP, formatMicros(m.Micros), 100*m.Share, besides)
		for i := range r.Peers {
			if l := r.Peers[i].find(m.ID); l != nil {
				fmt.Fprintf(&b, " %s (%s) |", formatMicros(l.Micros), formatTimes(l.Micros/m.Micros))
			} else {
				b.WriteString(" - |")
			}
		}
		b.WriteString("\n")
	}
	if len(r.Faster) > 0 {
		var means []string
		for _, f := range r.Faster {
			means = append(means, fmt.Sprintf("%s %s", f.Than, formatTimes(f.Geomean)))
		}
		fmt.Fprintf(&b, "\nTimes faster in the geometric mean: %s.\n", strings.Join(means, ", "))
	}
	return b.String()
}
