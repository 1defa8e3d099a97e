package sepconv_test

import (
	"fmt"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

func BenchmarkRun(b *testing.B) {
	for _, kernel := range sepconv.Kernels() {
		for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
			b.Run(fmt.Sprintf("%s/%s", kernel, format), func(b *testing.B) {
				const steps, channels, taps, filters = 128, 64, 11, 128
				layer, err := sepconv.New(sepconv.Config{
					Filters: filters, KernelSize: taps, Padding: sepconv.Same, DataFormat: format, Activation: sepconv.ReLU,
				}, channels)
				require.NoError(b, err)
				plan, err := layer.Compile(sepconv.WithKernel(kernel), sepconv.WithThreads(1))
				require.NoError(b, err)
				dst, src := make([]float32, steps*filters), make([]float32, steps*channels)
				for i := range src {
					src[i] = float32(i%37) - 18
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := plan.Run(dst, src, 1, steps); err != nil {
						b.Fatal(err)
					}
				}
				macs := float64(steps * channels * (taps + filters))
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/macs, "ns/mac")
			})
		}
	}
}
