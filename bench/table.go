package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A table prints results as they come, in columns. The first error of writing is
// kept.
type table struct {
	w        io.Writer
	id, from int // widths
	err      error
}

// fit makes room for the layers.
func (t *table) fit(layers []layer) {
	for _, l := range layers {
		t.room(l.ID, l.From)
	}
}

func (t *table) room(id, from string) {
	t.id = max(t.id, utf8.RuneCountInString(id), len("id"))
	t.from = max(t.from, utf8.RuneCountInString(from), len("from"))
}

// all prints results that are complete.
func (t *table) all(r *results) {
	for _, l := range r.Layers {
		t.room(l.ID, l.From)
	}
	peers := r.peers(r.Threads)
	t.header(r, values(peers))
	for _, l := range r.Layers {
		t.ours(l)
		for _, p := range peers {
			t.peer(p.find(l.ID))
		}
		t.printf("\n")
	}
	t.footer(r)
}

func (t *table) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}

// header prints what the columns are: microseconds, where it is a peer's.
func (t *table) header(r *results, peers []peerResults) {
	t.printf("%s, kernel %s, threads %d, %s, %s\n\n", r.CPU, r.Kernel, r.Threads, r.Format, r.Go)
	t.printf("%-*s  %-*s %9s %11s %9s %8s %7s", t.id, "id", t.from, "from", "MFLOP", "us", "GFLOP/s", "share", "allocs")
	t.peerHeads(peers)
}

// peerHeads ends a header with the columns of the peers.
func (t *table) peerHeads(peers []peerResults) {
	for _, p := range peers {
		t.printf(" %11s", p.Short)
	}
	t.printf("\n")
}

// row prints a layer that has just been measured.
func (t *table) row(r result, others []*contestant) {
	t.ours(r)
	t.others(others)
	t.printf("\n")
}

// others prints the times of the peers.
func (t *table) others(list []*contestant) {
	for _, o := range list {
		if o.err != nil {
			t.peer(nil)
		} else {
			t.peer(&o.layer)
		}
	}
}

func (t *table) ours(r result) {
	t.printf("%-*s  %-*s %9.3f %11.1f %9.2f %6.1f %% %7d",
		t.id, r.ID, t.from, r.From, r.MFLOP, r.Micros, r.GFLOPS, 100*r.Share, r.Allocs)
}

func (t *table) peer(l *peerLayer) {
	if l == nil {
		t.printf(" %11s", "-")
	} else {
		t.printf(" %11.1f", l.Micros)
	}
}

func (t *table) footer(r *results) {
	t.printf("\npeak: %.2f GFLOP/s\n", r.PeakGFLOPS)
	mean := "none"
	if r.GeomeanShare != nil {
		mean = fmt.Sprintf("%.1f %%", 100**r.GeomeanShare)
	}
	t.printf("geometric mean of the shares, layers of at least %g MFLOP: %s\n", largeFLOPs/1e6, mean)
	t.peers(values(r.peers(r.Threads)))
	t.missing(r.Missing)
}

// values returns what a list points to.
func values[T any](list []*T) []T {
	var all []T
	for _, p := range list {
		all = append(all, *p)
	}
	return all
}

// missing prints which peers cannot be had, and why.
func (t *table) missing(list []missing) {
	for _, m := range list {
		t.printf("missing: %s: %s\n", m.Name, m.Why)
	}
}

// peers prints who they are, if there are any, and why a layer has a dash.
func (t *table) peers(peers []peerResults) {
	if len(peers) == 0 {
		return
	}
	t.printf("\nmicroseconds of the peers:\n")
	for _, p := range peers {
		t.printf("%11s  %s %s\n", p.Short, p.Name, p.Version)
	}
	for _, p := range peers {
		for _, l := range p.LeftOut {
			t.printf("left out: %s, %s: %s\n", p.Name, l.ID, cmp.Or(firstLine(l.Why), "it does not say why"))
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
