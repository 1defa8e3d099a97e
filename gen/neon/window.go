package main

import "github.com/sepconv/go/gen/a64"

// window is the loop over chunks of taps of the depthwise kernels with many rows.
//
// It visits a chunk's inputs in order. The first and the last ones meet few outputs
// and taps each, too few to hide the latency of multiply-adds on CPUs that execute
// in order. So the last visits of a chunk take turns with the first ones of the
// next, here for 16 outputs and 12 taps:
//
//	this chunk   6 7 ... 19 20 21   22   23   24   25   26
//	next chunk                    0    1    2    3    4    5   and from the top
//
// Inputs are loaded some visits ahead, and weights of the next chunk as soon as
// registers are free, of which the first is after the visit of the last output's
// first tap. There the loop is entered, and left if there is no next chunk.
type window struct {
	*depthwiseKernel
	visits []visit
	held   []a64.V // weights of this chunk's taps, or already of the next chunk's
	x      []a64.V // the inputs of visits, in rotation
	// What is to be done beside a visit, for this chunk and for the next.
	this, next [][]func()
}

// visit is an input, of this chunk or the next.
type visit struct {
	input int
	next  bool
}

// windowOutputs is from how many rows on there are enough of them for that.
const windowOutputs = 8

func newWindow(k *depthwiseKernel) *window {
	chunk := k.inputs.chunk
	behind := k.outputs + chunk
	w := &window{
		depthwiseKernel: k,
		held:            a64.Vectors(a64.V(k.outputs), a64.V(behind-1)),
		x:               k.inputRegisters(behind),
	}
	last, shared := behind-2, chunk/2
	for i := shared; i <= last-shared; i++ {
		w.visits = append(w.visits, visit{i, false})
	}
	for i := range shared {
		w.visits = append(w.visits, visit{last - shared + 1 + i, false}, visit{i, true})
	}
	if len(w.visits)%len(w.x) == 1 { // the last visit and the first would have the same
		w.x = w.x[1:]
	}
	w.this, w.next = make([][]func(), len(w.visits)), make([][]func(), len(w.visits))
	w.placeInputs()
	w.placeWeights()
	return w
}

// exit is the visit before which the loop is entered and left.
func (w *window) exit() int { return w.visitOf(w.outputs) }

// visitOf returns the visit of an input of this chunk; of one that is not in it, the
// last visit.
func (w *window) visitOf(input int) int {
	for i, v := range w.visits {
		if v == (visit{input, false}) {
			return i
		}
	}
	return len(w.visits) - 1
}

// placeInputs loads the input of each visit when the register is free, but not
// further ahead than there are registers. Inputs of the first visits are loaded
// before them, in the turn before.
func (w *window) placeInputs() {
	for i, v := range w.visits {
		before := i - 1 // which has the register before
		for w.register(before) != w.register(i) {
			before--
		}
		when := max(before+1, i-len(w.x)+1)
		load := func(input int) func() {
			return func() { w.load(input, w.register(i)) }
		}
		switch {
		case v.next:
			when = max(when, w.exit())
			w.next[when] = append(w.next[when], load(v.input))
		case when < 0:
			when += len(w.visits)
			w.next[when] = append(w.next[when], load(v.input))
		case when >= w.exit(): // the bases have been advanced
			w.this[when] = append(w.this[when], load(v.input-w.inputs.chunk))
		default:
			w.this[when] = append(w.this[when], load(v.input))
		}
	}
}

// register returns what holds the input of a visit, of this turn or of the one
// before.
func (w *window) register(visit int) a64.V {
	return w.x[(visit+len(w.visits))%len(w.visits)%len(w.x)]
}

// placeWeights loads the next chunk's weight of a tap after the last visit that
// the tap has, which is that of the last output.
func (w *window) placeWeights() {
	for t, weight := range w.held {
		when := w.visitOf(t + w.outputs)
		w.next[when] = append(w.next[when], func() { w.LoadQ(a64.At(w.weights).Plus(vectorBytes*t), weight) })
	}
}

// write writes the loop, which is done k.count times, at least once.
func (w *window) write() {
	exit := w.exit()
	w.this[exit-2] = append(w.this[exit-2], func() { w.SUBSImm(1, w.count, w.count) })
	w.this[exit-1] = append(w.this[exit-1], w.steps(w.inputs.chunk)...)
	w.second(false, true)
	w.Label("chunk")
	for i := range exit {
		w.visit(i, w.this[i])
	}
	w.BEQ("last_chunk")
	w.second(true, true)
	w.B("chunk")
	w.Label("last_chunk")
	w.second(true, false)
}

// second writes the second part of the loop, from exit on, or what of it belongs
// to this chunk or to the next.
func (w *window) second(this, next bool) {
	for i := w.exit(); i < len(w.visits); i++ {
		var beside []func()
		if this {
			beside = append(beside, w.this[i]...)
		}
		if next {
			beside = append(beside, w.next[i]...)
		}
		if w.visits[i].next && next || !w.visits[i].next && this {
			w.visit(i, beside)
			continue
		}
		for _, do := range beside {
			do()
		}
	}
}

// visit multiplies an input with all it meets, and does other things between.
func (w *window) visit(i int, beside []func()) {
	for n, p := range w.products(w.visits[i].input, w.inputs.chunk) {
		w.multiplyAdd(w.register(i), w.held[p.tap], w.sums[p.output])
		if n%2 == 0 && len(beside) > 0 {
			beside[0]()
			beside = beside[1:]
		}
	}
	for _, do := range beside {
		do()
	}
}
