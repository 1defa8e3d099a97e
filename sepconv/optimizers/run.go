package optimizers

import "github.com/sepconv/go/sepconv"

// blockSize is how many elements are clipped at once. Two blocks are in the L1 cache.
const blockSize = 512

// A run goes over the elements of all variables once, block by block:
//
//	for run.next() {
//		... // changes run.value by run.gradient
//	}
type run struct {
	// The block: as long as each other, but the slots that are not there, which are nil.
	value, gradient []float32
	slot            [maxSlots][]float32

	rate float32 // the learning rate

	state     *state
	settings  settings
	variables []sepconv.Variable
	clip      clipper
	decay     float32

	variable int // the one that the block is of
	at       int // where the next block of it begins
	divisor  float32
	decays   bool
}

// next goes to the next block. Its gradient is clipped and its value has decayed.
func (r *run) next() bool {
	for r.variable < 0 || r.at == len(r.variables[r.variable].Value) {
		if r.variable++; r.variable == len(r.variables) {
			return false
		}
		r.at = 0
		v := &r.variables[r.variable]
		r.divisor = r.clip.divisor(v.Gradient)
		r.decays = r.settings.decays(v.Name)
	}
	v := &r.variables[r.variable]
	from, to := r.at, min(r.at+blockSize, len(v.Value))
	r.at = to
	r.value = v.Value[from:to]
	r.gradient = r.clip.block(r.state.buffer, v.Gradient[from:to], r.divisor)
	for i, slot := range r.state.variables[r.variable].slot {
		if slot != nil {
			r.slot[i] = slot[from:to]
		}
	}
	if r.decays {
		shrink(r.value, r.decay, r.rate)
	}
	return true
}

// shrink is weight decay: value -= value * decay * rate.
func shrink(value []float32, decay, rate float32) {
	for i, x := range value {
		value[i] = x - float32(float32(x*decay)*rate)
	}
}
