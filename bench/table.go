package main

import (
	"fmt"
	"io"
	"unicode/utf8"
)

// peerWidth is that of the column of a peer.
const peerWidth = 16

// A table prints results as they come, in columns. The first error of writing is
// kept.
type table struct {
	w        io.Writer
	id, from int // widths
	err      error
}

// newTable returns a table with room for the layers.
func newTable(w io.Writer, layers []layer) *table {
	t := &table{w: w, id: len("id"), from: len("from")}
	for _, l := range layers {
		t.id = max(t.id, utf8.RuneCountInString(l.ID))
		t.from = max(t.from, utf8.RuneCountInString(l.From))
	}
	return t
}

func (t *table) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}

func (t *table) header(r *report) {
	t.printf("%s, kernel %s, threads %d, %s, %s\n\n", r.CPU, r.Kernel, r.Threads, r.Format, r.Go)
	t.printf("%-*s  %-*s %9s %11s %9s %8s %7s", t.id, "id", t.from, "from", "MFLOP", "us", "GFLOP/s", "share", "allocs")
	for _, p := range r.Peers {
		t.printf("  %*s", peerWidth, p.Name)
	}
	t.printf("\n")
}

// row prints what was measured of a layer, and the microseconds of the peers.
func (t *table) row(l layer, r result, others []*contestant) {
	t.printf("%-*s  %-*s %9.3f %11.1f %9.2f %6.1f %% %7d",
		t.id, l.ID, t.from, l.From, l.flops()/1e6, r.Micros, r.GFLOPS, 100*r.Share, r.Allocs)
	for _, o := range others {
		micros := "-"
		if o.err == nil {
			micros = fmt.Sprintf("%.1f", o.layer.Micros)
		}
		t.printf("  %*s", peerWidth, micros)
	}
	t.printf("\n")
}

func (t *table) footer(r *report) {
	t.printf("\npeak: %.2f GFLOP/s\n", r.PeakGFLOPS)
	mean := "none"
	if r.GeomeanShare != nil {
		mean = fmt.Sprintf("%.1f %%", 100**r.GeomeanShare)
	}
	t.printf("geometric mean of the shares, layers of at least %g MFLOP: %s\n", largeFLOPs/1e6, mean)
}
