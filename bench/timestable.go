package main

import (
	"fmt"
	"math"
)

// times prints how the times of results that are complete divide.
func (t *table) times(r *results) {
	t.timesHeader(r)
	for i := range r.Times {
		t.division(&r.Times[i])
	}
	t.timesFooter(r)
}

// timesHeader prints what the columns are.
func (t *table) timesHeader(r *results) {
	of := "the thread"
	if r.Threads > 1 {
		of = fmt.Sprintf("all %d threads together", r.Threads)
	}
	t.printf("\nhow the time divides: microseconds of a run, of %s; of the peak what a part reaches in its own time\n\n", of)
	t.printf("%-*s %7s %11s", t.id, "id", "samples", "us")
	for i, name := range partNames {
		t.printf("  %10s %9s", name, "us")
		if part(i).computes() {
			t.printf(" %7s", "of peak")
		}
	}
	t.printf("\n")
}

// computes reports whether a part is multiply-adds, as the peak is.
func (p part) computes() bool { return p == partDepthwise || p == partPointwise }

// division prints a layer.
func (t *table) division(d *division) {
	t.printf("%-*s %7d %11s", t.id, d.ID, d.Samples, formatMicros(d.Micros))
	for i, p := range d.Parts {
		t.printf("  %8.1f %% %9s", 100*p.Share, formatMicros(p.Micros))
		if part(i).computes() {
			t.printf(" %7s", orDash(p.Peak))
		}
	}
	t.printf("\n")
}

// timesFooter prints how certain it is.
func (t *table) timesFooter(r *results) {
	fewest := int64(math.MaxInt64)
	for _, d := range r.Times {
		fewest = min(fewest, d.Samples)
	}
	if len(r.Times) > 0 {
		t.printf("\nstandard error of a share: sqrt(share * (1 - share) / samples), %.1f %% at most\n", 50/math.Sqrt(float64(fewest)))
	}
}
