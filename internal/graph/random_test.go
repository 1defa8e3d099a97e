package graph

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

// builderOfRandom puts random graphs together, of tensors of time and channels.
type builderOfRandom struct {
	*Builder
	*rand.Rand
	t      testing.TB
	target Target
	values []Value
}

// randomProgram returns a random model of two inputs, the same for the same numbers.
func randomProgram(t testing.TB, random *rand.Rand, target Target) *Program {
	b := &builderOfRandom{NewBuilder(target), random, t, target, nil}
	for range 2 {
		b.values = append(b.values, b.Input(Shape{Open, Open, 1 + b.IntN(20)}))
	}
	for range 4 + b.IntN(12) {
		b.grow()
	}
	outputs := []Value{b.values[len(b.values)-1]}
	for range b.IntN(3) {
		outputs = append(outputs, b.values[b.IntN(len(b.values))])
	}
	return b.Program(outputs, 1<<30)
}

func (b *builderOfRandom) any() Value { return b.values[b.IntN(len(b.values))] }

func (b *builderOfRandom) weights(n int) []float32 {
	w := make([]float32, n)
	for i := range w {
		w[i] = float32(b.NormFloat64()) * 0.5
	}
	return w
}

func (b *builderOfRandom) activation() engine.Activation {
	functions := []kernel.Func{kernel.Linear, kernel.ReLU, kernel.Sigmoid, kernel.Tanh, kernel.Softmax, kernel.GELU}
	return engine.Activation{Activation: kernel.Activation{Func: functions[b.IntN(len(functions))]}}
}

func (b *builderOfRandom) window() Window {
	w := Window{Size: 1 + b.IntN(6), Stride: 1, Dilation: 1, Padding: []Padding{Same, Causal}[b.IntN(2)]}
	if b.IntN(3) == 0 {
		w.Dilation = 1 + b.IntN(4)
	}
	return w
}

// grow adds an operation that keeps the number of steps, so that any can meet any.
func (b *builderOfRandom) grow() {
	x := b.any()
	c := b.Shape(x).Last()
	n := 1 + b.IntN(40)
	switch b.IntN(14) {
	case 0:
		b.add(NewDense(&b.target, b.weights(c*n), b.weights(n), c, n, b.activation()), x)
	case 1:
		w := b.window()
		b.add(NewConv1D(&b.target, w, b.weights(w.Size*c*n), b.weights(n), c, n, 1, b.activation()), x)
	case 2:
		w := b.window()
		b.add(NewDepthwise1D(&b.target, w, b.weights(w.Size*c*2), nil, c, 2, b.activation()), x)
	case 3:
		w := b.window()
		b.add(NewConv1D(&b.target, w, b.weights(w.Size*c*2), nil, c, 2*c, c, engine.Activation{}), x)
	case 4:
		b.add(NewActivation(b.activation()), x)
	case 5:
		b.add(NewAffine(&b.target, 2, b.weights(c), b.weights(c)), x)
	case 6:
		b.add(NewLayerNorm(1, c, LayerNorm, 1e-3, b.weights(c), b.weights(c)), x)
	case 7:
		w := b.window()
		w.Dilation, w.Padding = 1, Same
		b.add(NewPool(w, b.IntN(2) == 0), x)
	case 8:
		b.add(NewConcat(-1), x, b.any())
	case 9:
		b.merge(x)
	case 10: // a gate for each channel
		mean := b.node(NewGlobalPool(b.IntN(2) == 0, true), x)
		gate := b.node(NewDense(&b.target, b.weights(c*c), nil, c, c, b.activation()), mean)
		b.add(NewMerge(Multiply), x, gate)
	case 11:
		flat := b.node(NewMergeTime(), x)
		dense := b.node(NewDense(&b.target, b.weights(c*n), nil, c, n, b.activation()), flat)
		b.add(NewSplitTime(), dense, x)
	case 12:
		b.add(NewPermute(0, 2, 1), b.node(NewPermute(0, 2, 1), x))
	case 13:
		b.recurrent(x)
	}
}

// merge merges a tensor with another that has as many channels.
func (b *builderOfRandom) merge(x Value) {
	same := []Value{x}
	for _, v := range b.values {
		if b.Shape(v).Last() == b.Shape(x).Last() {
			same = append(same, v)
		}
	}
	list := []Value{x}
	for range 1 + b.IntN(3) {
		list = append(list, same[b.IntN(len(same))])
	}
	b.add(NewMerge([]Merge{Add, Subtract, Multiply, Maximum, Minimum}[b.IntN(5)]), list...)
}

func (b *builderOfRandom) recurrent(x Value) {
	c, units := b.Shape(x).Last(), 1+b.IntN(9)
	r := Recurrent{Cell: Cell(b.IntN(4)), Units: units, Sequences: true, Backwards: b.IntN(2) == 0, Masked: b.IntN(2) == 0}
	wide := r.Gates() * units
	r.Weights = b.weights(units * wide)
	r.Activation.Func, r.Gate.Func = kernel.Tanh, kernel.Sigmoid
	in := []Value{b.node(NewDense(&b.target, b.weights(c*wide), b.weights(wide), c, wide, engine.Activation{}), x)}
	if r.Masked {
		in = append(in, b.node(NewAnyNotEqual(0), b.node(relu(), x)))
	}
	b.add(NewRecurrent(&b.target, r), in...)
}

// node adds an operation whose output only the next ones take.
func (b *builderOfRandom) node(op Op, in ...Value) Value {
	out, err := b.Add("random", op, in...)
	require.NoError(b.t, err)
	return out[0]
}

func (b *builderOfRandom) add(op Op, in ...Value) { b.values = append(b.values, b.node(op, in...)) }

func randomInputs(p *Program, seed uint64, batch, steps int) (list [][]float32) {
	random := rand.New(rand.NewPCG(seed, 2))
	for i := range p.inputs {
		x := make([]float32, batch*steps*p.InputShape(i).Last())
		for j := range x {
			x[j] = float32(random.NormFloat64())
		}
		list = append(list, x)
	}
	return list
}

func runRandom(t testing.TB, p *Program, inputs [][]float32, batch, steps int) (outputs [][]float32) {
	shapes, err := p.OutputShapes(batch, []int{steps, steps})
	require.NoError(t, err)
	for _, s := range shapes {
		outputs = append(outputs, make([]float32, s.Elements()))
	}
	for range 2 { // the second in memory that is not 0
		require.NoError(t, p.Run(outputs, inputs, batch))
	}
	return outputs
}

// bits are the numbers, with all NaN the same: their payload is free.
func bits(list [][]float32) (b []uint32) {
	for _, x := range list {
		for _, v := range x {
			if v != v {
				v = float32(math.NaN())
			}
			b = append(b, math.Float32bits(v))
		}
	}
	return b
}
