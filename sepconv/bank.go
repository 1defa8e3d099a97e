package sepconv

import (
	"fmt"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/overlap"
)

// Bank is a number of streams on one plan, its slots, made by Plan.Bank: many
// conversations at a time. Its Push gives any of them their next steps with one pass over
// the weights, which makes short chunks much cheaper than pushing them stream by stream.
// Each slot gives the bits that a Stream of its own gives, whatever is in the others.
//
// A Bank is for one goroutine at a time. What else is said of Stream is true of each slot.
// When a method returns an error, no slot has changed.
type Bank struct {
	flow
	states []engine.State
	chunks []engine.Chunk
	pushes uint64   // calls of Push
	last   []uint64 // the last of them that had a slot
}

// slotOwn is at most what a slot takes beside its steps, in floats.
const slotOwn = 32

// Bank returns n slots, each at the beginning of a signal. The options are for all of them.
func (p *Plan) Bank(n int, options ...StreamOption) (*Bank, error) {
	f, err := p.flow(options)
	if err != nil {
		return nil, err
	}
	if n < 0 {
		return nil, fmt.Errorf("%w: the bank is to have %d slots; it must have at least 0", ErrShape, n)
	}
	room := f.feed.Room()
	size, ok := engine.Elements(n, room+slotOwn)
	if !ok || size > engine.MaxWeights {
		return nil, fmt.Errorf("%w: %d slots are too many for a bank; %d of this layer are possible", ErrShape, n, engine.MaxWeights/(room+slotOwn))
	}
	b := &Bank{flow: f, states: make([]engine.State, n), last: make([]uint64, n)}
	memory := make([]float32, n*room)
	for i := range b.states {
		b.states[i] = f.feed.NewState(memory[i*room:][:room:room])
	}
	return b, nil
}

// Len returns the number of slots.
func (b *Bank) Len() int {
	if b == nil {
		return 0
	}
	return len(b.states)
}

// slot returns the state of a slot.
func (b *Bank) slot(i int) (*engine.State, error) {
	if b == nil || b.feed == nil {
		return nil, fmt.Errorf("%w: the Bank is nil or a zero value; Plan.Bank makes one", ErrConfig)
	}
	if i < 0 || i >= len(b.states) {
		return nil, fmt.Errorf("%w: there is no slot %d; the bank has %d, from 0 on", ErrShape, i, len(b.states))
	}
	return &b.states[i], nil
}

// Push gives slot slots[i] its next steps[i] steps, for all i, and writes the outputs that
// they complete to dst. It returns how many steps of output these are in all; Steps(slots[i],
// steps[i]), before the call, is how many are of slot slots[i]. Any number of slots may be
// given, in any order, but none twice.
//
// src holds the steps of slots[0], then those of slots[1] and so on, each as Stream.Push
// takes them, and nothing else; dst is for their outputs in the same order, and may be
// longer. They must not overlap. Push allocates nothing once it has had as many slots and
// steps before. If any of the slots has ended, nothing changes.
func (b *Bank) Push(slots []int, dst, src []float32, steps []int) (outputs int, err error) {
	if b == nil || b.feed == nil {
		_, err := b.slot(0)
		return 0, err
	}
	if len(steps) != len(slots) {
		return 0, fmt.Errorf("%w: there are steps for %d slots; there must be as many as slots, %d", ErrShape, len(steps), len(slots))
	}
	outputs, err = b.take(slots, src, steps)
	defer b.drop()
	if err != nil {
		return 0, err
	}
	if !b.fits(dst, outputs) {
		return 0, b.errOutput(dst, outputs, "the sum of Steps(slots[i], steps[i])")
	}
	if overlap.Slices(dst[:outputs*b.filters], src) {
		return 0, errOverlap
	}
	b.feed.Push(dst, b.chunks, true)
	return outputs, nil
}

// take makes chunks of the arguments of Push, and counts their outputs.
func (b *Bank) take(slots []int, src []float32, steps []int) (outputs int, err error) {
	b.pushes++
	rest, channels := src, b.feed.Channels
	for i, slot := range slots {
		st, err := b.slot(slot)
		if err != nil {
			return 0, err
		}
		if b.last[slot] == b.pushes {
			return 0, fmt.Errorf("%w: slot %d is there twice; give it all its steps at once", ErrShape, slot)
		}
		b.last[slot] = b.pushes
		n := steps[i]
		if n < 0 || n > len(rest)/channels {
			return 0, fmt.Errorf("%w: slot %d is to have %d steps of %d channels; src has %d elements, %d of them for it and those after it",
				ErrShape, slot, n, channels, len(src), len(rest))
		}
		if err := b.check(st, n); err != nil {
			return 0, fmt.Errorf("slot %d: %w", slot, err)
		}
		b.chunks = append(b.chunks, engine.Chunk{State: st, Src: rest[:n*channels], Steps: n})
		rest = rest[n*channels:]
		outputs += b.feed.Outputs(st, n)
	}
	if len(rest) > 0 {
		return 0, fmt.Errorf("%w: src has %d elements; the steps of %d channels need %d", ErrShape, len(src), channels, len(src)-len(rest))
	}
	return outputs, nil
}

// drop lets go of the caller's slices.
func (b *Bank) drop() {
	clear(b.chunks)
	b.chunks = b.chunks[:0]
}

// Flush ends the signal of a slot, as Stream.Flush does.
func (b *Bank) Flush(slot int, dst []float32) (steps int, err error) {
	st, err := b.slot(slot)
	if err != nil {
		return 0, err
	}
	return b.flush(st, dst)
}

// Reset begins another signal in a slot.
func (b *Bank) Reset(slot int) error {
	st, err := b.slot(slot)
	if err != nil {
		return err
	}
	b.feed.Restore(st, 0, false)
	return nil
}

// Steps returns how many steps of output a Push of n steps gives for a slot now; 0 if there
// is no such slot.
func (b *Bank) Steps(slot, n int) int {
	st, err := b.slot(slot)
	if err != nil || st.Ended() {
		return 0
	}
	return b.feed.Outputs(st, n)
}

// Rest returns how many steps of output a Flush of a slot gives now; 0 if there is no such
// slot.
func (b *Bank) Rest(slot int) int {
	st, err := b.slot(slot)
	if err != nil {
		return 0
	}
	return b.feed.Rest(st)
}

// Delay returns what Stream.Delay does.
func (b *Bank) Delay() int {
	if b == nil || b.feed == nil {
		return 0
	}
	return b.feed.Delay()
}

// Reach returns what Stream.Reach does.
func (b *Bank) Reach() int {
	if b == nil || b.feed == nil {
		return 0
	}
	return b.feed.Reach() + 1
}

// Position returns how many steps the signal of a slot has had so far, and how many steps
// of output it has given; 0 if there is no such slot.
func (b *Bank) Position(slot int) (pushed, given int64) {
	st, err := b.slot(slot)
	if err != nil {
		return 0, 0
	}
	return st.Steps(), b.feed.Given(st)
}

// Export returns the state of a slot, as Stream.MarshalBinary does: a Stream of the layer, or
// a slot of another bank, can go on from it.
func (b *Bank) Export(slot int) ([]byte, error) {
	st, err := b.slot(slot)
	if err != nil {
		return nil, err
	}
	return b.export(nil, st), nil
}

// Import makes a slot go on where another slot, or a Stream, was: see
// Stream.UnmarshalBinary.
func (b *Bank) Import(slot int, data []byte) error {
	st, err := b.slot(slot)
	if err != nil {
		return err
	}
	return b.restore(st, data)
}
