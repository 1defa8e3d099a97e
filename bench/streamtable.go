package main

import (
	"fmt"
	"strings"
)

// A streamTable prints results of streams as they come.
type streamTable struct{ table }

func (t *streamTable) fitStreams(list []streamcase) {
	for _, c := range list {
		t.id = max(t.id, len(c.id))
	}
}

// all prints results that are complete.
func (t *streamTable) all(r *streamResults) {
	t.fitStreams(streamcases)
	t.header(r, r.Peers)
	for _, s := range r.Streams {
		t.ours(s)
		for _, l := range r.Theirs(s.ID) {
			t.peer(l)
		}
		t.printf("\n")
	}
	t.footer(r)
}

func (t *streamTable) header(r *streamResults, peers []peerResults) {
	t.printf("%s, kernel %s, threads %d, %s; pushes to streams\n\n", r.CPU, r.Kernel, r.Threads, r.Go)
	t.printf("%-*s %5s %6s %9s %9s %9s %8s %9s %8s %7s", t.id, "id", "slots", "frames", "MFLOP", "us", "us a slot", "share", "read GB/s", "share", "allocs")
	t.peerHeads(peers)
}

// row prints a stream that has just been measured.
func (t *streamTable) row(r streamResult, others []*contestant) {
	t.ours(r)
	t.others(others)
	t.printf("\n")
}

func (t *streamTable) ours(r streamResult) {
	t.printf("%-*s %5d %6d %9.3f %9.3f %9.3f %6.1f %% %9s %8s %7d",
		t.id, r.ID, r.Slots, r.Frames, r.MFLOP, r.Micros, r.Slot(), 100*r.Share, orNothing("%.1f", r.Read), orNothing("%.1f %%", 100*r.ReadShare), r.Allocs)
}

// orNothing writes a number, and one that is not known as a dash.
func orNothing(format string, v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf(format, v)
}

func (t *streamTable) peer(l *peerLayer) {
	if l == nil {
		t.printf(" %11s", "-")
	} else {
		t.printf(" %11.3f", l.Micros)
	}
}

// others prints the times of the peers.
func (t *streamTable) others(list []*contestant) {
	for _, o := range list {
		if o.err != nil {
			t.peer(nil)
		} else {
			t.peer(&o.layer)
		}
	}
}

func (t *streamTable) footer(r *streamResults) {
	t.printf("\npeak: %.2f GFLOP/s\n", r.PeakGFLOPS)
	for _, note := range r.Notes() {
		t.printf("%s\n", note)
	}
	t.peers(r.Peers)
	t.missing(r.Missing)
}

// Notes are what is known of some of the streams alone.
func (r *streamResults) Notes() []string {
	var list []string
	for _, s := range r.Streams {
		if s.ReadShare > 0 && s.Slots*s.Frames == 1 && s.P99 == 0 {
			list = append(list, fmt.Sprintf("%s: its weights, %s, at %.0f %% of the %.0f GB/s at which an array of that size can be read",
				s.ID, formatBytes(int64(s.Weights)), 100*s.ReadShare, s.Read))
		}
		if times := r.Beside(s); times > 0 {
			list = append(list, fmt.Sprintf("%s: %.2f times as long as %s of one signal", s.ID, times, count(s.Slots*s.Frames, "frame")))
		}
		if s.P99 > 0 {
			list = append(list, fmt.Sprintf("%s: %.3f %% of real time; of single pushes the median %.2f us, the 99th percentile %.2f, %.2f times that",
				s.ID, 100*s.RealTime, s.Median, s.P99, s.P99/s.Median))
		}
	}
	return list
}

// The README's table of streams is between these comments.
const (
	streamsBegin = "<!-- streams table: go -C bench run . -stream -peers -readme ../README.md -->"
	streamsEnd   = "<!-- end of the streams table -->"
)

// streamMarkdown is the README's table of streams.
func streamMarkdown(r *streamResults) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s, %s, kernels `%s`, %s; peak %.0f GFLOP/s. Microseconds of a push, and how many times faster ours is.\n\n",
		r.CPU, count(r.Threads, "thread"), r.Kernel, r.Go, r.PeakGFLOPS)
	b.WriteString("| stream | from | a push | ours, µs | share of peak |")
	for _, p := range r.Peers {
		fmt.Fprintf(&b, " %s |", p.Name)
	}
	b.WriteString("\n|---|---|---|--:|--:|" + strings.Repeat("--:|", len(r.Peers)) + "\n")
	for _, s := range r.Streams {
		c := streamcase{slots: s.Slots, frames: s.Frames}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %.0f %% |", s.Of, s.From, c.pushed(), formatMicros(s.Micros), 100*s.Share)
		for _, l := range r.Theirs(s.ID) {
			if l == nil {
				b.WriteString(" - |")
			} else {
				fmt.Fprintf(&b, " %s (%s) |", formatMicros(l.Micros), formatTimes(l.Micros/s.Micros))
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	for _, note := range r.Notes() {
		fmt.Fprintf(&b, "- %s\n", strings.ReplaceAll(note, " us", " µs"))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
