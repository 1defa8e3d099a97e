package initializers

import (
	"math"
	"testing"

	"github.com/sepconv/go/internal/param"
	"github.com/stretchr/testify/assert"
)

// The numbers of a seed must never change: programs rely on getting the same weights again.
func TestSamplerIsPinned(t *testing.T) {
	s := newSampler(0, 42)
	assert.Equal(t, []float64{0.34932951778061705, 0.1020063421694134, 0.7198154829990946}, []float64{s.uniform(), s.uniform(), s.uniform()})
	assert.Equal(t, []float64{-0.7471100521967184, 0.7812654484563554, -0.112418579690212}, []float64{s.normal(), s.normal(), s.normal()})
	assert.Equal(t, []float64{-0.9047180720714542, -0.6275700058393747}, []float64{s.truncatedNormal(), s.truncatedNormal()})
}

func TestSamplerSeeds(t *testing.T) {
	assert.Equal(t, newSampler(0, 7).uniform(), newSampler(7, 1).uniform(), "an own seed comes before the layer's")
	assert.Equal(t, newSampler(0, 0).uniform(), newSampler(param.Zero, 1).uniform(), "param.Zero is the seed 0")
	assert.NotEqual(t, newSampler(0, 7).uniform(), newSampler(0, 8).uniform())
}

// Streams of seeds that differ in one bit, or by the steps that layers and
// models count in, must not be correlated.
func TestSamplerStreamsAreIndependent(t *testing.T) {
	const n = 1 << 14
	steps := []uint64{1, 2, 3, 1 << 31, 1 << 32, 1<<63 + 1, 0x9e3779b97f4a7c15}
	for _, step := range steps {
		a, b := newSampler(0, 5), newSampler(0, 5+step)
		sum := 0.0
		for range n {
			sum += (a.uniform() - 0.5) * (b.uniform() - 0.5)
		}
		assert.Less(t, math.Abs(sum/n), 5/12.0/math.Sqrt(n), "step %#x", step)
	}
}

func TestLogOf(t *testing.T) {
	for _, x := range []float64{0x1p-1022, 1e-300, 1e-10, 0.1, 0.25, 0.5, 0.70710678, 0.70710679, 0.999999999, 1, 1.5, 2, 1e9, math.MaxFloat64} {
		assert.InDelta(t, math.Log(x), logOf(x), 2*0x1p-52*math.Abs(math.Log(x)), "log %g", x)
	}
	for i := 1; i < 1000; i++ {
		x := float64(i) / 1000
		assert.InDelta(t, math.Log(x), logOf(x), 2*0x1p-52*math.Abs(math.Log(x)), "log %g", x)
	}
}

func TestTurns(t *testing.T) {
	for _, d := range []int64{1, 2, 3, 4, 5, 8, 12, 1000, 1 << 30} {
		for _, n := range []int64{0, 1, 2, 3, 7, 499, 500, 1 << 28, -1, -5} {
			sin, cos := math.Sincos(2 * math.Pi * float64(n%d) / float64(d))
			assert.InDelta(t, cos, cosTurn(n, d), 1e-15, "cos of %d/%d of a turn", n, d)
			assert.InDelta(t, sin, sinTurn(n, d), 1e-15, "sin of %d/%d of a turn", n, d)
		}
	}
	assert.Zero(t, cosTurn(1, 4))
	assert.Zero(t, sinTurn(1, 2))
	assert.Equal(t, 1.0, sinTurn(1, 4))
}

// The polar method's normal numbers against the distribution function, at a few quantiles.
func TestNormalDistribution(t *testing.T) {
	const n = 1 << 16
	s := newSampler(0, 1)
	counts := map[float64]int{-2: 0, -1: 0, -0.5: 0, 0: 0, 0.5: 0, 1: 0, 2: 0, 3: 0}
	for range n {
		z := s.normal()
		for limit := range counts {
			if z < limit {
				counts[limit]++
			}
		}
	}
	for limit, count := range counts {
		p := 0.5 * math.Erfc(-limit/math.Sqrt2)
		assert.InDelta(t, p, float64(count)/n, 5*math.Sqrt(p*(1-p)/n), "P(z < %g)", limit)
	}
}
