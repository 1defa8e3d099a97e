package main

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/sepconv"
)

// BenchmarkLayer runs every layer of the suite with every set of kernels that the
// CPU can run.
func BenchmarkLayer(b *testing.B) {
	threads := slices.Compact([]int{1, runtime.GOMAXPROCS(0)})
	for _, set := range dispatch.Sets() {
		b.Run(set.Name, func(b *testing.B) {
			layers, err := readSuite("", sepconv.ChannelsLast)
			if err != nil {
				b.Fatal(err)
			}
			for _, l := range layers {
				b.Run(l.ID, func(b *testing.B) {
					for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
						b.Run(string(format), func(b *testing.B) {
							for _, n := range threads {
								b.Run(fmt.Sprintf("threads=%d", n), func(b *testing.B) { benchmark(b, set, l, format, n) })
							}
						})
					}
				})
			}
		})
	}
}

// benchmark runs one layer between two bursts at peak rate.
func benchmark(b *testing.B, set *kernel.Set, l layer, format sepconv.DataFormat, threads int) {
	w, err := newWorkload(l, set.Name, format, threads)
	if err != nil {
		b.Fatal(err)
	}
	m := newMeter(set, threads)
	before := m.burst()
	b.ReportAllocs()
	for b.Loop() {
		if err := w.run(); err != nil {
			b.Fatal(err)
		}
	}
	rate := l.flops() * float64(b.N) / b.Elapsed().Seconds()
	after := m.burst()
	b.ReportMetric(rate/1e9, "GFLOP/s")
	b.ReportMetric(rate/((before+after)/2), "peak-share")
}
