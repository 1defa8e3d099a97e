package main

// A trainingTable prints results of training as they come.
type trainingTable struct{ table }

func (t *trainingTable) header(r *trainingResults, peers []peerResults) {
	t.printf("%s, kernel %s, threads %d, %s, %s; steps of training\n\n", r.CPU, r.Kernel, r.Threads, r.Format, r.Go)
	t.printf("%-*s  %-*s %9s %11s %11s %8s %11s %9s %8s %7s",
		t.id, "id", t.from, "from", "MFLOP", "forward us", "backward us", "by fwd", "step us", "GFLOP/s", "share", "allocs")
	t.peerHeads(peers)
}

// row prints a layer that has just been measured.
func (t *trainingTable) row(r trainingResult, others []*contestant) {
	t.printf("%-*s  %-*s %9.2f %11.1f %11.1f %8.2f %11.1f %9.2f %6.1f %% %7d",
		t.id, r.ID, t.from, r.From, r.MFLOP, r.Forward, r.Backward, r.Ratio, r.Step, r.GFLOPS, 100*r.Share, r.Allocs)
	t.others(others)
	t.printf("\n")
}

func (t *trainingTable) footer(r *trainingResults) {
	t.printf("\npeak: %.2f GFLOP/s\n", r.PeakGFLOPS)
	t.printf("layers of at least %g MFLOP, geometric mean (least to most):\n", largeFLOPs/1e6)
	if r.Share == nil {
		t.printf("  none\n")
	} else {
		t.printf("  backward's share of the peak: %.1f %% (%.1f to %.1f)\n", 100*r.Share.Geomean, 100*r.Share.Least, 100*r.Share.Most)
		t.printf("  backward by forward: %.2f (%.2f to %.2f)\n", r.Ratio.Geomean, r.Ratio.Least, r.Ratio.Most)
	}
	for _, f := range r.Faster {
		t.printf("  a step is faster than that of %s: %.2f times (%.2f to %.2f)\n", f.Than, f.Geomean, f.Least, f.Most)
	}
	t.peers(r.Peers)
	t.missing(r.Missing)
}

// timesHeader prints what the columns of the division are.
func (t *trainingTable) timesHeader() {
	t.printf("\nhow the time of a step divides: shares of all threads' time; in brackets what of it only moves data; of the peak what a phase reaches in its own time\n\n")
	t.printf("%-*s %7s %9s", t.id, "id", "samples", "us")
	for i, name := range phaseNames {
		t.printf("  %16s", name)
		if phase(i).computes() {
			t.printf(" %5s", "peak")
		}
	}
	t.printf("\n")
}

// computes reports whether a phase is multiply-adds, as the peak is.
func (p phase) computes() bool {
	return p == phaseForward || p >= phasePointwise && p <= phaseInput
}

// division prints a layer.
func (t *trainingTable) division(d *trainingDivision) {
	t.printf("%-*s %7d %9s", t.id, d.ID, d.Samples, formatMicros(d.Micros))
	for i, p := range d.Phases {
		t.printf("  %6.1f %% (%4.1f %%)", 100*p.Share, 100*p.Copies)
		if phase(i).computes() {
			t.printf(" %5s", orDash(p.Peak))
		}
	}
	t.printf("\n")
}
