package sepconv_test

import (
	"math"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// BenchmarkStopTheWorld measures how long the world takes to stop, for the
// collector and for others, while all threads run a layer: at most the longest
// call of an assembly function, which cannot be preempted, longer than while they
// run Go. (That no call is too long is a test of package asm.)
func BenchmarkStopTheWorld(b *testing.B) {
	b.Run("Go", func(b *testing.B) {
		benchmarkStops(b, func(int) func() {
			x := make([]float32, 1<<14)
			return func() {
				for i := range x {
					x[i] += float32(i)
				}
			}
		})
	})
	for _, c := range append(suiteLayers, adversary) {
		b.Run(c.id, func(b *testing.B) {
			plan := compile(b, newLayer(b, c.config, c.channels))
			shape, err := plan.OutputShape(1, c.steps)
			require.NoError(b, err)
			benchmarkStops(b, func(int) func() {
				dst, src := make([]float32, product(shape[:])), make([]float32, c.steps*c.channels)
				return func() {
					if err := plan.Run(dst, src, 1, c.steps); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// adversary is a layer whose depthwise calls are as long as any.
var adversary = suiteLayer{"many taps", sepconv.Config{Filters: 8, KernelSize: 256, DilationRate: 65, Padding: sepconv.Same}, 64, 17_000}

// benchmarkStops stops the world b.N times while as many goroutines as there are
// threads do what work returns.
func benchmarkStops(b *testing.B, work func(i int) func()) {
	var stopped atomic.Bool
	var wg sync.WaitGroup
	for i := range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for f := work(i); !stopped.Load(); {
				f()
			}
		}()
	}
	before := stoppings()
	var stats runtime.MemStats
	for i := 0; b.Loop(); i++ {
		if i%8 == 0 {
			runtime.GC()
		}
		runtime.ReadMemStats(&stats)
	}
	after := stoppings()
	stopped.Store(true)
	wg.Wait()
	for i, name := range []string{"gc", "other"} {
		h := after[i].Value.Float64Histogram()
		counts := append([]uint64(nil), h.Counts...)
		for k, n := range before[i].Value.Float64Histogram().Counts {
			counts[k] -= n
		}
		b.ReportMetric(1e6*quantile(counts, h.Buckets, 0.5), name+"-p50-us")
		b.ReportMetric(1e6*quantile(counts, h.Buckets, 0.99), name+"-p99-us")
		b.ReportMetric(1e6*quantile(counts, h.Buckets, 1), name+"-max-us")
	}
}

// stoppings reads how long the world took to stop since the program started.
func stoppings() []metrics.Sample {
	s := []metrics.Sample{{Name: "/sched/pauses/stopping/gc:seconds"}, {Name: "/sched/pauses/stopping/other:seconds"}}
	metrics.Read(s)
	return s
}

// quantile returns the upper bound of the bucket that holds it.
func quantile(counts []uint64, buckets []float64, q float64) float64 {
	var total, sum uint64
	for _, n := range counts {
		total += n
	}
	for i, n := range counts {
		if sum += n; n > 0 && float64(sum) >= q*float64(total) {
			return buckets[i+1]
		}
	}
	return math.NaN()
}
