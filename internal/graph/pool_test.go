package graph

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/stretchr/testify/require"
)

// windowOf is the maximum or the mean of the steps from one to another that there are.
func windowOf(x []float32, steps, channels, c, from, to int, mean bool) float32 {
	from, to = max(from, 0), min(to, steps)
	most, sum := x[from*channels+c], 0.0
	for t := from; t < to; t++ {
		most = max(most, x[t*channels+c])
		sum += float64(x[t*channels+c])
	}
	if mean {
		return float32(sum / float64(to-from))
	}
	return most
}

// Windows of all sizes, strides and paddings on signals of few steps, of which many
// leave them on one side or on both.
func TestPooling(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	values := []float32{float32(math.NaN()), 0, float32(math.Copysign(0, -1)), float32(math.Inf(-1)), 1, -2, 1.0 / 3}
	for _, set := range dispatch.Sets() {
		for n := range 6 * 8 * 7 * 4 {
			steps, size, stride, mean, padding := n%6+1, n/6%8+1, n/48%7+1, n/336%2 == 1, Padding(n/672)
			channels, batch := random.IntN(40)+1, random.IntN(2)+1
			w := Window{Size: size, Stride: stride, Dilation: 1, Padding: padding}
			out, left, err := w.steps(steps)
			if err != nil {
				continue
			}
			x := make([]float32, batch*steps*channels)
			for i := range x {
				if x[i] = float32(random.NormFloat64()); random.IntN(4) == 0 {
					x[i] = values[random.IntN(len(values))]
				}
			}
			target := Target{Set: set, L1: 32 << 10, L2: 256 << 10, Threads: 1}
			b := NewBuilder(target)
			in := b.Input(Shape{Open, Open, channels})
			y, err := b.Add("pool", NewPool(w, mean), in)
			require.NoError(t, err)
			got := make([]float32, batch*out*channels)
			require.NoError(t, b.Program(y, 1<<20).Run([][]float32{got}, [][]float32{x}, batch))
			for i, g := range got {
				signal, step, c := i/(out*channels), i/channels%out, i%channels
				from := step*stride - left
				want := windowOf(x[signal*steps*channels:], steps, channels, c, from, from+size, mean)
				require.True(t, math.Float32bits(want) == math.Float32bits(g) || want != want && g != g,
					"%s, %d steps, %d channels, %+v, mean %v: element %d is %v, not %v", set.Name, steps, channels, w, mean, i, g, want)
			}
		}
	}
}
