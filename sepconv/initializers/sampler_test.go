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
