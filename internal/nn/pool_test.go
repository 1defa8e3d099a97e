package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

var pools = []Pool{{1, 1, false}, {2, 2, false}, {3, 1, true}, {3, 2, true}, {2, 3, false}, {5, 2, true}, {9, 1, true}, {4, 9, true}}

// Every window is where the definition of the padding puts it.
func TestWindows(t *testing.T) {
	for _, p := range pools {
		for steps := range 12 {
			outputs := p.Steps(steps)
			if !p.Same {
				require.Equal(t, max(0, int(math.Floor(float64(steps-p.Size)/float64(p.Stride)))+1), outputs)
			}
			for o := range outputs {
				from, to := p.window(o, steps)
				require.Less(t, from, to)
				require.GreaterOrEqual(t, from, 0)
				require.LessOrEqual(t, to, steps)
				require.LessOrEqual(t, to-from, p.Size)
			}
		}
	}
}

func TestPoolingByDifferences(t *testing.T) {
	const batch, channels = 2, 3
	r := rand.New(rand.NewPCG(5, 6))
	for _, p := range pools {
		for _, steps := range []int{1, 5, 10} {
			outputs := p.Steps(steps)
			x, dy := random(r, batch*steps*channels), random(r, batch*outputs*channels)
			x64 := doubles(x)
			y, dx := make([]float32, len(dy)), make([]float32, len(x))

			p.Average(y, x, batch, steps, channels, make([]float64, channels))
			p.AverageBack(dx, dy, batch, steps, channels)
			mean := func(s []float64) float64 {
				sum := 0.0
				for _, x := range s {
					sum += x
				}
				return sum / float64(len(s))
			}
			holdPooling(t, p, mean, x64, y, dy, dx, steps)

			p.Max(y, x, batch, steps, channels)
			p.MaxBack(dx, dy, x, batch, steps, channels)
			largest := func(s []float64) float64 {
				most := s[0]
				for _, x := range s {
					most = math.Max(most, x)
				}
				return most
			}
			holdPooling(t, p, largest, x64, y, dy, dx, steps)
		}
	}
}

// holdPooling holds a pooling to its definition, of 2 signals of 3 channels.
func holdPooling(t *testing.T, p Pool, of func([]float64) float64, x []float64, y, dy, dx []float32, steps int) {
	pooled := func() (all []float64) {
		p.windows(2, steps, func(_, from, to int) {
			for c := range 3 {
				var window []float64
				for s := from; s < to; s++ {
					window = append(window, x[s*3+c])
				}
				all = append(all, of(window))
			}
		})
		return all
	}
	for i, want := range pooled() {
		require.InDelta(t, want, y[i], 1e-6, "%+v", p)
	}
	byDifferences(t, "dx", func() float64 { return dot(pooled(), dy) }, x, dx)
}

func TestMaxOfTiesAndNaN(t *testing.T) {
	nan := float32(math.NaN())
	p := Pool{Size: 3, Stride: 3}
	for _, c := range []struct {
		x  [3]float32
		at int
	}{{[3]float32{1, 2, 2}, 1}, {[3]float32{0, float32(math.Copysign(0, -1)), 0}, 0}, {[3]float32{3, nan, 5}, 1}, {[3]float32{nan, 7, nan}, 0}} {
		y, dx, want := make([]float32, 1), make([]float32, 3), make([]float32, 3)
		p.Max(y, c.x[:], 1, 3, 1)
		p.MaxBack(dx, []float32{4}, c.x[:], 1, 3, 1)
		require.Equal(t, math.Float32bits(c.x[c.at]), math.Float32bits(y[0]))
		want[c.at] = 4
		require.Equal(t, want, dx)
	}
}

func TestRectify(t *testing.T) {
	nan, infinity := float32(math.NaN()), float32(math.Inf(1))
	y := []float32{-1, float32(math.Copysign(0, -1)), 0, 0x1p-149, 2, infinity, -infinity, nan}
	Rectify(y)
	require.Equal(t, []uint32{0, 0, 0, 1}, []uint32{math.Float32bits(y[0]), math.Float32bits(y[1]), math.Float32bits(y[2]), math.Float32bits(y[3])})
	require.Equal(t, []float32{2, infinity, 0}, y[4:7])
	require.True(t, y[7] != y[7])
	dy := []float32{5, 5, 5, 5, 5, 5, nan, 5}
	RectifyBack(dy, y)
	require.Equal(t, []float32{0, 0, 0, 5, 5, 5}, dy[:6])
	require.True(t, dy[6] != dy[6], "NaN * 0")
	require.True(t, dy[7] != dy[7])
}
