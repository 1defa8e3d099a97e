package sepconv_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/sepconv/go/internal/suite"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// BenchmarkTrainer measures a step of training, and of it Backward, on one thread.
// Batches of short signals are 16.
func BenchmarkTrainer(b *testing.B) {
	var layers []struct {
		ID, Activation, Padding                                               string
		Batch, Steps, Channels, Kernel, Stride, Dilation, Multiplier, Filters int
	}
	require.NoError(b, json.Unmarshal(suite.JSON, &layers))
	for _, l := range layers {
		if l.Steps < 600 {
			l.Batch = 16
		}
		var activation sepconv.Activation
		for f := range sepconv.StandardActivation(64) {
			if f.Name() == l.Activation {
				activation = f
			}
		}
		b.Run(l.ID, func(b *testing.B) {
			layer, err := sepconv.New(sepconv.Config{
				Filters: l.Filters, KernelSize: l.Kernel, Strides: l.Stride, DilationRate: l.Dilation, DepthMultiplier: l.Multiplier,
				Padding: sepconv.Padding(l.Padding), Activation: activation,
			}, l.Channels)
			require.NoError(b, err)
			trainer, err := layer.Train(sepconv.WithThreads(1))
			require.NoError(b, err)
			shape, err := layer.OutputShape(l.Batch, l.Steps)
			require.NoError(b, err)
			src, dst := make([]float32, l.Batch*l.Steps*l.Channels), make([]float32, shape[0]*shape[1]*shape[2])
			for i := range src {
				src[i] = float32(i%37) - 18
			}
			ddst, dsrc := make([]float32, len(dst)), make([]float32, len(src))
			for i := range ddst {
				ddst[i] = float32(i%41)*0.01 - 0.2
			}
			var forward, backward time.Duration
			for b.Loop() {
				start := time.Now()
				if err := trainer.Forward(dst, src, l.Batch, l.Steps); err != nil {
					b.Fatal(err)
				}
				between := time.Now()
				if err := trainer.Backward(dsrc, ddst); err != nil {
					b.Fatal(err)
				}
				forward += between.Sub(start)
				backward += time.Since(between)
			}
			flops := 2 * float64(shape[0]*shape[1]) * float64(l.Channels*l.Multiplier) * float64(l.Kernel+l.Filters)
			b.ReportMetric(flops*float64(b.N)/float64(forward.Nanoseconds()), "forward-GFLOP/s")
			b.ReportMetric(2*flops*float64(b.N)/float64(backward.Nanoseconds()), "backward-GFLOP/s")
			b.ReportMetric(float64(backward)/float64(forward), "backward/forward")
		})
	}
}
