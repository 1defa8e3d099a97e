package sepconv_test

import (
	"fmt"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// W1 is a frame of voice activity detection, C3 a layer of a Conformer.
var streamLayers = []struct {
	id       string
	channels int
	config   sepconv.Config
}{
	{"W1", 32, sepconv.Config{Filters: 64, KernelSize: 5, Padding: sepconv.Causal, Activation: sepconv.ReLU}},
	{"C3", 512, sepconv.Config{Filters: 512, KernelSize: 9, Padding: sepconv.Causal, Activation: sepconv.SiLU}},
}

// BenchmarkStream pushes chunks of so many frames.
func BenchmarkStream(b *testing.B) {
	for _, l := range streamLayers {
		for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
			for _, frames := range []int{1, 14} {
				b.Run(fmt.Sprintf("%s/%s/%d", l.id, format, frames), func(b *testing.B) {
					l.config.DataFormat = format
					plan := compile(b, newLayer(b, l.config, l.channels), sepconv.WithThreads(1))
					stream, err := plan.Stream()
					require.NoError(b, err)
					dst, src := make([]float32, frames*l.config.Filters), make([]float32, frames*l.channels)
					ramp(src)
					b.ReportAllocs()
					for b.Loop() {
						if _, err := stream.Push(dst, src); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// BenchmarkBank pushes a frame of each of so many slots.
func BenchmarkBank(b *testing.B) {
	for _, l := range streamLayers {
		for _, n := range []int{1, 14, 64, 1000} {
			b.Run(fmt.Sprintf("%s/%d", l.id, n), func(b *testing.B) {
				plan := compile(b, newLayer(b, l.config, l.channels), sepconv.WithThreads(1))
				bank, err := plan.Bank(n)
				require.NoError(b, err)
				dst, src := make([]float32, n*l.config.Filters), make([]float32, n*l.channels)
				ramp(src)
				slots, steps := make([]int, n), make([]int, n)
				for i := range slots {
					slots[i], steps[i] = (i*7+3)%n, 1
				}
				if n%7 == 0 {
					for i := range slots {
						slots[i] = n - 1 - i
					}
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := bank.Push(slots, dst, src, steps); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/slot")
			})
		}
	}
}

// ramp fills x with small numbers.
func ramp(x []float32) {
	for i := range x {
		x[i] = float32(i%37) - 18
	}
}
