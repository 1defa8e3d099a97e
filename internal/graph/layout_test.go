package graph

import (
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/workers"
	"github.com/stretchr/testify/require"
)

func target(set *kernel.Set, threads int) Target {
	l1, l2, l3 := dispatch.Caches()
	return Target{Set: set, L1: l1, L2: l2, L3: l3, Threads: threads}
}

func relu() Op {
	return NewActivation(engine.Activation{Activation: kernel.Activation{Func: kernel.ReLU}})
}

// A chain of element-wise operations is computed in one place, which is the caller's.
func TestChainInPlace(t *testing.T) {
	b := NewBuilder(target(dispatch.Default(), 1))
	x := b.Input(Shape{Open, Open, 4})
	v := x
	for range 5 {
		out, err := b.Add("relu", relu(), v)
		require.NoError(t, err)
		v = out[0]
	}
	p := b.Program([]Value{v}, 1<<20)
	n, err := p.ArenaBytes(2, []int{10})
	require.NoError(t, err)
	require.Zero(t, n)
	in, out := []float32{-1, 2, -3, 4}, make([]float32, 4)
	require.NoError(t, p.Run([][]float32{out}, [][]float32{in}, 1))
	require.Equal(t, []float32{0, 2, 0, 4}, out)
	require.Equal(t, []float32{-1, 2, -3, 4}, in, "inputs are not written")
}

// Tensors that are needed at the same time do not share memory, whatever the graph.
func TestLayoutsDoNotOverlap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		p := randomProgram(t, random, target(dispatch.Default(), 1))
		l, err := p.newLayout([]Shape{p.concrete(0, 2, 6), p.concrete(1, 2, 6)})
		require.NoError(t, err)
		for i, a := range l.blocks {
			if a.input || a.output >= 0 || a.in != i || a.size == 0 {
				continue
			}
			require.LessOrEqual(t, l.offsets[i]+a.size, l.floats)
			for j, b := range l.blocks[:i] {
				if b.input || b.output >= 0 || b.in != j || b.last < a.first || a.last < b.first {
					continue
				}
				apart := l.offsets[i]+a.size <= l.offsets[j] || l.offsets[j]+b.size <= l.offsets[i]
				require.True(t, apart, "blocks %d and %d", i, j)
			}
		}
	}
}

// The limit is one of the arena.
func TestArenaLimit(t *testing.T) {
	b := NewBuilder(target(dispatch.Default(), 1))
	x := b.Input(Shape{Open, Open, 4})
	up, err := b.Add("up", NewUpSampling(1000), x)
	require.NoError(t, err)
	mean, err := b.Add("mean", NewGlobalPool(true, false), up[0])
	require.NoError(t, err)
	p := b.Program(mean, 1<<16)
	_, err = p.OutputShapes(1, []int{4})
	require.NoError(t, err)
	_, err = p.OutputShapes(1, []int{5})
	require.ErrorIs(t, err, fault.ErrShape)
}

// FuzzGraphs holds random graphs to the same bits with every set of kernels, any number
// of threads, and each element of the batch for itself.
func FuzzGraphs(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, uint8(3), uint8(seed*3))
	}
	f.Fuzz(func(t *testing.T, seed uint64, batch, steps uint8) {
		workers.Always(true)
		defer workers.Always(false)
		n, s := int(batch%4)+1, int(steps%40)+1
		var first [][]float32
		for _, set := range dispatch.Sets() {
			for _, threads := range []int{1, 2, 7} {
				p := randomProgram(t, rand.New(rand.NewPCG(seed, 1)), target(set, threads))
				inputs := randomInputs(p, seed, n, s)
				outputs := runRandom(t, p, inputs, n, s)
				if first == nil {
					first = outputs
				}
				require.Equal(t, bits(first), bits(outputs), "%s, %d threads", set.Name, threads)
				for i := range n {
					alone := runRandom(t, p, element(inputs, i, n), 1, s)
					require.Equal(t, bits(element(first, i, n)), bits(alone), "element %d of %d, %s, %d threads", i, n, set.Name, threads)
				}
			}
		}
	})
}

// element returns one of n parts of each slice.
func element(list [][]float32, i, n int) (parts [][]float32) {
	for _, x := range list {
		parts = append(parts, x[i*len(x)/n:(i+1)*len(x)/n])
	}
	return parts
}
