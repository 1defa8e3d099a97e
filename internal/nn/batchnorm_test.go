package nn

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/workers"
	"github.com/stretchr/testify/require"
)

// normalized is the formula in float64, from all that y depends on.
func normalized(x, gamma, beta []float64, epsilon float64) []float64 {
	channels := len(gamma)
	n := float64(len(x) / channels)
	y := make([]float64, len(x))
	for c := range channels {
		mean, square := 0.0, 0.0
		for i := c; i < len(x); i += channels {
			mean += x[i] / n
		}
		for i := c; i < len(x); i += channels {
			square += (x[i] - mean) * (x[i] - mean) / n
		}
		for i := c; i < len(x); i += channels {
			y[i] = gamma[c]*(x[i]-mean)/math.Sqrt(square+epsilon) + beta[c]
		}
	}
	return y
}

func TestBatchNormalizationByDifferences(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, shape := range [][2]int{{2, 1}, {5, 3}, {300, 2}} {
		rows, channels := shape[0], shape[1]
		b := NewBatchNormalization("norm", channels, 3)
		x, dy := random(r, rows*channels), random(r, rows*channels)
		v := b.Variables()
		for _, v := range v {
			copy(v.Value, random(r, channels))
		}
		x64, gamma, beta := doubles(x), doubles(v[0].Value), doubles(v[1].Value)
		y, dx := make([]float32, len(x)), make([]float32, len(x))
		b.Forward(y, x)
		b.Backward(dx, dy)
		for i, want := range normalized(x64, gamma, beta, b.Epsilon) {
			require.InDelta(t, want, y[i], 1e-6)
		}
		loss := func() float64 { return dot(normalized(x64, gamma, beta, b.Epsilon), dy) }
		byDifferences(t, "dx", loss, x64, dx)
		byDifferences(t, "dgamma", loss, gamma, v[0].Gradient)
		byDifferences(t, "dbeta", loss, beta, v[1].Gradient)
	}
}

// byDifferences holds the derivative of a loss by each of its arguments to differences.
func byDifferences(t *testing.T, name string, loss func() float64, arguments []float64, gradient []float32) {
	t.Helper()
	const h = 1e-5
	for i, x := range arguments {
		arguments[i] = x + h
		above := loss()
		arguments[i] = x - h
		below := loss()
		arguments[i] = x
		require.InDelta(t, (above-below)/(2*h), gradient[i], 2e-5, "%s %d", name, i)
	}
}

// batchHash is the SHA-256 of what the test below computes.
const batchHash = "2edb6cf065346cfa58bf91046b3b1a3fb0484d099c81dc0c3d6db6ee89ac8dcf"

// The bits do not depend on threads nor on the CPU; gradients add up.
func TestBatchNormalizationBits(t *testing.T) {
	workers.Always(true)
	defer workers.Always(false)
	for _, threads := range []int{1, 2, 7} {
		r := rand.New(rand.NewPCG(3, 4))
		b := NewBatchNormalization("norm", 5, threads)
		hash := sha256.New()
		for _, rows := range []int{1, 255, 256, 257, 3000} {
			x, dy := random(r, rows*5), random(r, rows*5)
			y := make([]float32, len(x))
			b.Forward(y, x)
			b.Backward(dy, dy)
			v := b.Variables()
			for _, s := range [][]float32{y, dy, v[0].Gradient, v[1].Gradient, b.MovingMean, b.MovingVariance} {
				require.NoError(t, binary.Write(hash, binary.LittleEndian, s))
			}
		}
		require.Equal(t, batchHash, hex.EncodeToString(hash.Sum(nil)), "%d threads", threads)
	}
}

func TestBatchNormalizationTrained(t *testing.T) {
	b := NewBatchNormalization("norm", 2, 1)
	b.Momentum, b.Epsilon = 0, 0.5
	x := []float32{1, 10, 3, 14}
	y := make([]float32, 4)
	b.Forward(y, x)
	trained := b.Trained()
	require.Equal(t, []float32{2, 12}, trained.Mean)
	require.Equal(t, []float32{1, 4}, trained.Variance)
	require.Equal(t, 0.5, trained.Epsilon)
	b.Epsilon = 0
	require.NotZero(t, b.Trained().Epsilon, "which would be the default")
}

func random(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.Float64()*4 - 2)
	}
	return s
}

func doubles(s []float32) []float64 {
	d := make([]float64, len(s))
	for i, x := range s {
		d[i] = float64(x)
	}
	return d
}

func dot(a []float64, b []float32) float64 {
	sum := 0.0
	for i, x := range a {
		sum += x * float64(b[i])
	}
	return sum
}
