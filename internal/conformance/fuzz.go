package conformance

import (
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/kernel"
)

// The fuzz targets run what the tests of the kernels run, but the fuzzer picks the
// shapes: a byte of each dimension, and the seed of the values.

func FuzzDepthwise(f *testing.F, sets []*kernel.Set) { fuzzKernels(f, sets, newDepthwiseSampler) }

func FuzzDepthwiseLines(f *testing.F, sets []*kernel.Set) { fuzzKernels(f, sets, newLinesSampler) }

func FuzzDepthwiseGradient(f *testing.F, sets []*kernel.Set) {
	fuzzKernels(f, sets, newGradientSampler)
}

func FuzzPointwise(f *testing.F, sets []*kernel.Set) { fuzzKernels(f, sets, newPointwiseSampler) }

func FuzzPointwiseGradient(f *testing.F, sets []*kernel.Set) {
	fuzzKernels(f, sets, newProductSampler)
}

func FuzzCopy(f *testing.F, sets []*kernel.Set) { fuzzKernels(f, sets, copying.sampler) }

func FuzzCopyPast(f *testing.F, sets []*kernel.Set) { fuzzKernels(f, sets, copyingPast.sampler) }

func FuzzTranspose(f *testing.F, sets []*kernel.Set) { fuzzKernels(f, sets, transposing.sampler) }

func FuzzMaximum(f *testing.F, sets []*kernel.Set) { fuzzKernels(f, sets, newMaximumSampler) }

func FuzzSum(f *testing.F, sets []*kernel.Set) { fuzzKernels(f, sets, newSumSampler) }

func fuzzKernels(f *testing.F, sets []*kernel.Set, newSampler func(t testing.TB, s *kernel.Set, rng *rand.Rand) sampler) {
	source := rand.NewPCG(0, 0)
	var samplers []sampler
	for _, s := range sets {
		if s.Name != oracle.Name {
			samplers = append(samplers, newSampler(f, s, rand.New(source)))
		}
	}
	if len(samplers) == 0 {
		f.Skip("this CPU has no set but the oracle")
	}
	for i := range 64 {
		f.Add(uint64(i), []byte{byte(i), byte(3 * i), byte(7 * i), byte(i >> 2), byte(5 * i), byte(i), byte(11 * i), byte(i), byte(13 * i), byte(i), byte(i)})
	}
	f.Fuzz(func(t *testing.T, seed uint64, bytes []byte) {
		for _, s := range samplers {
			pick := make([]int, len(s.sizes))
			for i := range min(len(pick), len(bytes)) {
				pick[i] = int(bytes[i]) % s.sizes[i]
			}
			source.Seed(seed, 0)
			s.on(t)
			s.run(pick)
		}
	})
}
