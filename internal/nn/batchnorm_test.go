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
		b := NewBatchNormalization(channels, 3)
		x, dy := random(r, rows*channels), random(r, rows*channels)
		copy(b.Gamma, random(r, channels))
		copy(b.Beta, random(r, channels))
		x64, gamma, beta := doubles(x), doubles(b.Gamma), doubles(b.Beta)
		y, dx := make([]float32, len(x)), make([]float32, len(x))
		b.Forward(y, x)
		b.Backward(dx, dy)
		for i, want := range normalized(x64, gamma, beta, b.Epsilon) {
			require.InDelta(t, want, y[i], 1e-6)
		}
		loss := func() float64 { return dot(normalized(x64, gamma, beta, b.Epsilon), dy) }
		byDifferences(t, "dx", loss, x64, dx)
		byDifferences(t, "dgamma", loss, gamma, b.DGamma)
		byDifferences(t, "dbeta", loss, beta, b.DBeta)
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
		b := NewBatchNormalization(5, threads)
		hash := sha256.New()
		for _, rows := range []int{1, 255, 256, 257, 3000} {
			x, dy := random(r, rows*5), random(r, rows*5)
			y := make([]float32, len(x))
			b.Forward(y, x)
			b.Backward(dy, dy)
			for _, s := range [][]float32{y, dy, b.DGamma, b.DBeta, b.MovingMean, b.MovingVariance} {
				require.NoError(t, binary.Write(hash, binary.LittleEndian, s))
			}
		}
		require.Equal(t, batchHash, hex.EncodeToString(hash.Sum(nil)), "%d threads", threads)
	}
}

// With no momentum the moving statistics are the batch's, with all of it they stay.
func TestMovingStatistics(t *testing.T) {
	b := NewBatchNormalization(2, 1)
	b.Momentum = 0
	x, y := []float32{1, 10, 3, 14}, make([]float32, 4)
	b.Forward(y, x)
	require.Equal(t, []float32{2, 12}, b.MovingMean)
	require.Equal(t, []float32{1, 4}, b.MovingVariance)
	b.Momentum = 1
	b.Forward(y, []float32{7, 7, 7, 7})
	require.Equal(t, []float32{2, 12}, b.MovingMean)
	require.Equal(t, []float32{1, 4}, b.MovingVariance)
	require.Equal(t, []float32{0, 0, 0, 0}, y)
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
