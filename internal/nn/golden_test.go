package nn

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// array is numbers as testdata/make.py writes them.
type array []float32

func (a *array) UnmarshalText(text []byte) error {
	for _, field := range strings.Fields(string(text)) {
		x, err := strconv.ParseFloat(field, 32)
		if err != nil {
			return err
		}
		*a = append(*a, float32(x))
	}
	return nil
}

// golden is what Keras computed.
type golden struct {
	Layer                                                    string
	Momentum, Epsilon                                        float64
	Size, Stride                                             int
	Same                                                     bool
	Shape                                                    [3]int
	X, Y, DY, DX, Gamma, Beta, Mean, Variance, DGamma, DBeta array
	MovedMean                                                array `json:"moved_mean"`
	MovedVariance                                            array `json:"moved_variance"`
}

// TestGolden holds the layers to real Keras, and their gradients to TensorFlow's.
func TestGolden(t *testing.T) {
	f, err := os.Open("testdata/golden.jsonl")
	require.NoError(t, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	count := map[string]int{}
	for lines.Scan() {
		var g golden
		require.NoError(t, json.Unmarshal(lines.Bytes(), &g))
		count[g.Layer]++
		y, dx := make([]float32, len(g.Y)), make([]float32, len(g.DX))
		batch, steps, channels := g.Shape[0], g.Shape[1], g.Shape[2]
		pool := Pool{g.Size, g.Stride, g.Same}
		room := make([]float64, channels)
		switch g.Layer {
		case "batch":
			g.holdNormalization(t, y, dx)
		case "max":
			pool.Max(y, g.X, batch, steps, channels)
			pool.MaxBack(dx, g.DY, g.X, batch, steps, channels)
		case "average":
			pool.Average(y, g.X, batch, steps, channels, room)
			pool.AverageBack(dx, g.DY, batch, steps, channels)
		case "global_average":
			GlobalAverage(y, g.X, batch, steps, channels, room)
			GlobalAverageBack(dx, g.DY, batch, steps, channels)
		}
		near(t, g.Y, y, "%s: y", g.Layer)
		near(t, g.DX, dx, "%s: dx", g.Layer)
	}
	require.NoError(t, lines.Err())
	require.Equal(t, map[string]int{"batch": 10, "max": 15, "average": 15, "global_average": 3}, count)
}

func (g *golden) holdNormalization(t *testing.T, y, dx []float32) {
	b := NewBatchNormalization(g.Shape[2], 2)
	b.Momentum, b.Epsilon = g.Momentum, g.Epsilon
	copy(b.Gamma, g.Gamma)
	copy(b.Beta, g.Beta)
	copy(b.MovingMean, g.Mean)
	copy(b.MovingVariance, g.Variance)
	b.Forward(y, g.X)
	b.Backward(dx, g.DY)
	near(t, g.DGamma, b.DGamma, "dgamma")
	near(t, g.DBeta, b.DBeta, "dbeta")
	near(t, g.MovedMean, b.MovingMean, "the moving mean")
	near(t, g.MovedVariance, b.MovingVariance, "the moving variance")
}

// near holds values to those of float32 arithmetic in another order: to 2^-16 of the
// greatest, which is 128 roundings.
func near(t *testing.T, want, got []float32, format string, args ...any) {
	t.Helper()
	require.Len(t, got, len(want))
	most := 1.0
	for _, x := range want {
		most = math.Max(most, math.Abs(float64(x)))
	}
	for i := range want {
		require.InDelta(t, want[i], got[i], most*0x1p-16, append([]any{format + " %d"}, append(args, i)...)...)
	}
}
