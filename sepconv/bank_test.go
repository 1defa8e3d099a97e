package sepconv_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// conversation is a signal in a slot of a bank.
type conversation struct {
	*signal
	from, given int
}

// together pushes the next steps[i] of conversations slots[i], and compares.
func together(t testing.TB, b *sepconv.Bank, all []*conversation, slots, steps []int) {
	var src []float32
	outputs, filters := make([]int, len(slots)), all[0].filters
	total := 0
	for i, slot := range slots {
		x := all[slot]
		src = append(src, x.chunk(x.from, steps[i])...)
		outputs[i] = b.Steps(slot, steps[i])
		total += outputs[i]
	}
	dst := dirty(total * filters)
	n, err := b.Push(slots, dst, src, steps)
	require.NoError(t, err)
	require.Equal(t, total, n)
	for i, slot := range slots {
		x := all[slot]
		l := listener{signal: x.signal, from: x.from, given: x.given}
		l.compare(t, dst[:outputs[i]*filters], outputs[i])
		dst = dst[outputs[i]*filters:]
		x.from, x.given = x.from+steps[i], l.given
		pushed, given := b.Position(slot)
		require.Equal(t, [2]int64{int64(x.from), int64(x.given)}, [2]int64{pushed, given})
	}
}

// end pushes what is left of each conversation by itself, and flushes.
func end(t testing.TB, b *sepconv.Bank, all []*conversation) {
	for i, x := range all {
		together(t, b, all, []int{i}, []int{x.steps - x.from})
		dst := dirty(b.Rest(i) * x.filters)
		n, err := b.Flush(i, dst)
		require.NoError(t, err)
		l := listener{signal: x.signal, from: x.from, given: x.given}
		l.compare(t, dst, n)
		require.Equal(t, x.outSteps, l.given)
		_, err = b.Flush(i, dst)
		require.ErrorIs(t, err, sepconv.ErrState)
		require.NoError(t, b.Reset(i))
		x.from, x.given = 0, 0
	}
}

// Any slots, in any order, some without steps and some with many, give what each signal
// gives by itself, and so do the signals that follow after Reset.
func TestBank(t *testing.T) {
	threads(t, 4)
	rng := rand.New(rand.NewPCG(10, 1))
	n := 60
	if testing.Short() {
		n = 15
	}
	for range n {
		c, channels := streamed(rng)
		layer := newLayer(t, c, channels)
		const slots = 7
		steps := rng.IntN(3 * c.Strides)
		var all []*conversation
		for range slots {
			s, ok := newSignal(t, rng, layer, steps+c.Strides*(100/c.Strides+rng.IntN(3)))
			if ok {
				all = append(all, &conversation{signal: s})
			}
		}
		if len(all) < slots {
			continue
		}
		for _, kernel := range sepconv.Kernels() {
			plan := compile(t, layer, sepconv.WithKernel(kernel), sepconv.WithThreads(1+rng.IntN(3)))
			bank, err := plan.Bank(slots, sepconv.KnownLength(int64(steps)))
			require.NoError(t, err)
			require.Equal(t, slots, bank.Len())
			for range 2 {
				for range 12 {
					some := rng.Perm(slots)[:rng.IntN(slots+1)]
					chunks := make([]int, len(some))
					for i, slot := range some {
						chunks[i] = min(rng.IntN(1<<rng.IntN(6)), all[slot].steps-all[slot].from)
					}
					together(t, bank, all, some, chunks)
				}
				end(t, bank, all)
			}
		}
	}
}

// More slots than fit a tile, for several threads.
func TestBankOfMany(t *testing.T) {
	threads(t, 3)
	rng := rand.New(rand.NewPCG(10, 2))
	const slots = 1500
	for _, c := range []sepconv.Config{
		{Filters: 24, KernelSize: 3, Padding: sepconv.Causal},
		{Filters: 24, KernelSize: 3, Padding: sepconv.Same, DataFormat: sepconv.ChannelsFirst, Activation: sepconv.Tanh},
	} {
		layer := newLayer(t, c, 8)
		all, some := make([]*conversation, slots), make([]int, slots)
		for i := range all {
			s, ok := newSignal(t, rng, layer, 6)
			require.True(t, ok)
			all[i], some[i] = &conversation{signal: s}, i
		}
		bank, err := compile(t, layer, sepconv.WithThreads(3)).Bank(slots)
		require.NoError(t, err)
		for _, n := range []int{1, 2, 1} {
			together(t, bank, all, some, slices.Repeat([]int{n}, slots))
		}
		end(t, bank, all)
	}
}

// What is in one slot never reaches another.
func TestNaNStaysInItsSlot(t *testing.T) {
	for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
		plan := compile(t, newLayer(t, sepconv.Config{Filters: 33, KernelSize: 3, Padding: sepconv.Causal, DataFormat: format}, 5))
		bank, err := plan.Bank(4)
		require.NoError(t, err)
		dst, src := make([]float32, 4*2*33), make([]float32, 4*2*5)
		for round := range 4 {
			for i := range src {
				src[i] = 1
				if slot := []int{2, 0, 3, 1}[i/10]; slot == 0 && round < 2 || slot == 3 {
					src[i] = float32(math.Inf(1 - 2*(i%2)))
				}
			}
			_, err := bank.Push([]int{2, 0, 3, 1}, dst, src, []int{2, 2, 2, 2})
			require.NoError(t, err)
			for i, slot := range []int{2, 0, 3, 1} {
				broken := slot == 3 || slot == 0 && round < 3
				for _, y := range dst[i*66:][:66] {
					if finite := y-y == 0; finite == broken && round != 2 {
						t.Fatalf("round %d: slot %d gives %v", round, slot, y)
					}
				}
			}
		}
	}
}

// Whatever is refused, no slot has changed.
func TestBankRefuses(t *testing.T) {
	plan := compile(t, newLayer(t, sepconv.Config{Filters: 4, KernelSize: 3, Padding: sepconv.Same}, 2))
	bank, err := plan.Bank(5)
	require.NoError(t, err)
	shared := make([]float32, 200)
	src := make([]float32, 12)
	ramp(src)
	_, err = bank.Push([]int{0, 1, 4}, shared, src, []int{2, 2, 2})
	require.NoError(t, err)
	_, err = bank.Flush(4, shared)
	require.NoError(t, err)
	export := func() (states [][]byte) {
		for i := range bank.Len() {
			state, err := bank.Export(i)
			require.NoError(t, err)
			states = append(states, state)
		}
		return states
	}
	before := export()
	dst := dirty(12)
	for _, test := range []struct {
		slots, steps []int
		dst, src     []float32
		is           error
		says         string
	}{
		{[]int{0, 5}, []int{1, 1}, dst, src[:4], sepconv.ErrShape, "no slot 5; the bank has 5"},
		{[]int{0, -1}, []int{1, 1}, dst, src[:4], sepconv.ErrShape, "no slot -1"},
		{[]int{0, 1, 0}, []int{1, 1, 1}, dst, src[:6], sepconv.ErrShape, "slot 0 is there twice"},
		{[]int{0, 1}, []int{1}, dst, src[:4], sepconv.ErrShape, "steps for 1 slots"},
		{[]int{0, 1}, []int{1, -1}, dst, src[:4], sepconv.ErrShape, "slot 1 is to have -1 steps"},
		{[]int{0, 1}, []int{1, 2}, dst, src[:4], sepconv.ErrShape, "slot 1 is to have 2 steps of 2 channels; src has 4 elements, 2 of them"},
		{[]int{0, 1}, []int{1, math.MaxInt}, dst, src[:4], sepconv.ErrShape, "slot 1"},
		{[]int{0, 1}, []int{1, 1}, dst, src[:5], sepconv.ErrShape, "src has 5 elements; the steps of 2 channels need 4"},
		{[]int{}, []int{}, dst, src[:2], sepconv.ErrShape, "src has 2 elements"},
		{[]int{0, 1}, []int{1, 1}, dst[:7], src[:4], sepconv.ErrShape, "the sum of Steps(slots[i], steps[i]) = 2 steps"},
		{[]int{0, 1}, []int{1, 1}, shared, shared[4:8], sepconv.ErrOverlap, "share memory"},
		{[]int{0, 4}, []int{1, 1}, dst, src[:4], sepconv.ErrState, "slot 4: sepconv: invalid state"},
		{[]int{0, 4}, []int{1, 0}, dst, src[:2], sepconv.ErrState, "was ended by Flush after 2 steps"},
	} {
		_, err := bank.Push(test.slots, test.dst, test.src, test.steps)
		require.ErrorIs(t, err, test.is)
		require.ErrorContains(t, err, test.says)
		require.Equal(t, before, export())
	}
	for _, y := range dst {
		require.True(t, y != y, "dst was written")
	}
	n, err := bank.Push(nil, nil, nil, nil)
	require.NoError(t, err)
	require.Zero(t, n)
	_, err = bank.Push([]int{3, 2}, nil, nil, []int{0, 0})
	require.NoError(t, err)

	for _, slot := range []int{-1, 5} {
		_, err := bank.Flush(slot, dst)
		require.ErrorIs(t, err, sepconv.ErrShape)
		_, err = bank.Export(slot)
		require.ErrorIs(t, err, sepconv.ErrShape)
		require.ErrorIs(t, bank.Import(slot, before[0]), sepconv.ErrShape)
		require.ErrorIs(t, bank.Reset(slot), sepconv.ErrShape)
		require.Zero(t, bank.Steps(slot, 3))
		require.Zero(t, bank.Rest(slot))
	}
	require.ErrorIs(t, bank.Import(0, before[1][1:]), sepconv.ErrState)
	require.Equal(t, before, export())
	require.Equal(t, 1, bank.Delay())
	require.Equal(t, 3, bank.Reach())

	_, err = plan.Bank(-1)
	require.ErrorIs(t, err, sepconv.ErrShape)
	require.ErrorContains(t, err, "-1 slots")
	for _, n := range []int{math.MaxInt, 1 << 26} {
		_, err = plan.Bank(n)
		require.ErrorIs(t, err, sepconv.ErrShape)
		require.ErrorContains(t, err, "too many for a bank")
	}
}
