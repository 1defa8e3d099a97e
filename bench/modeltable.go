package main

import (
	"unicode/utf8"

	"github.com/sepconv/go/bench/internal/models"
)

// A modelTable prints results of whole models as they come.
type modelTable struct{ table }

func (t *modelTable) fitModels(ids []string) {
	for _, id := range ids {
		t.id = max(t.id, utf8.RuneCountInString(id))
	}
}

// all prints results that are complete.
func (t *modelTable) all(r *modelResults) {
	for _, m := range r.Models {
		t.fitModels([]string{m.ID})
	}
	t.header(r, r.Peers)
	for _, m := range r.Models {
		t.ours(m)
		for i := range r.Peers {
			t.peer(r.Peers[i].find(m.ID))
		}
		t.printf("\n")
	}
	if len(r.Times) > 0 {
		t.timesHeader()
		for i := range r.Times {
			t.division(&r.Times[i])
		}
	}
	t.footer(r)
}

func (t *modelTable) header(r *modelResults, peers []peerResults) {
	t.printf("%s, kernel %s, threads %d, %s; whole models, one signal\n\n", r.CPU, r.Kernel, r.Threads, r.Go)
	t.printf("%-*s %9s %11s %9s %8s %7s %9s %9s", t.id, "id", "MFLOP", "us", "GFLOP/s", "share", "allocs", "weights", "run")
	t.peerHeads(peers)
}

// row prints a model that has just been measured.
func (t *modelTable) row(r modelResult, others []*contestant) {
	t.ours(r)
	t.others(others)
	t.printf("\n")
}

func (t *modelTable) ours(r modelResult) {
	t.printf("%-*s %9.2f %11.1f %9.2f %6.1f %% %7d %9s %9s", t.id, r.ID, r.MFLOP, r.Micros, r.GFLOPS, 100*r.Share, r.Allocs, formatBytes(r.Weights), formatBytes(r.Run))
}

// timesHeader prints what the columns of the divisions are.
func (t *modelTable) timesHeader() {
	t.printf("\nhow the time divides by kind of layer: share and microseconds of a run; of the peak what products reach in their own time\n\n")
	t.printf("%-*s %7s %11s %8s", t.id, "id", "samples", "us", "besides")
	for i, name := range modelPartNames {
		t.printf("  %11s %9s", name, "us")
		if modelPart(i).product() {
			t.printf(" %7s", "of peak")
		}
	}
	t.printf("\n")
}

// division prints how the time of a model divides.
func (t *modelTable) division(d *modelDivision) {
	t.printf("%-*s %7d %11s %6.1f %%", t.id, d.ID, d.Samples, formatMicros(d.Micros), 100*d.Besides())
	for i, p := range d.Parts {
		t.printf("  %9.1f %% %9s", 100*p.Share, formatMicros(p.Micros))
		if modelPart(i).product() {
			t.printf(" %7s", orDash(p.Peak))
		}
	}
	t.printf("\n")
}

func (t *modelTable) footer(r *modelResults) {
	t.printf("\npeak: %.2f GFLOP/s\n", r.PeakGFLOPS)
	for _, f := range r.Faster {
		t.printf("faster than %s: %.2f times in the geometric mean (%.2f to %.2f)\n", f.Than, f.Geomean, f.Least, f.Most)
	}
	t.peers(r.Peers)
	t.missing(r.Missing)
	if n := len(r.Models); n < len(models.IDs) {
		t.printf("%d of %d models\n", n, len(models.IDs))
	}
}
