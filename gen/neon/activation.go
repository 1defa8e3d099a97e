package main

import (
	"fmt"

	"github.com/sepconv/go/gen/a64"
	"github.com/sepconv/go/gen/activation"
)

// activations writes one kernel for each activation function. Functions of the
// same names in package generic say what they compute and why.
type activations struct {
	*generator
	*straight // the code that is being written
	pool      // of the whole file

	constants a64.R    // where the pool is
	a         register // the parameter in every lane, if there is one
	// beside is how many vectors are worked on side by side.
	beside int
}

// The vector registers that a kernel keeps: its parameter, and the inputs of the
// last vectors.
const (
	parameterRegister a64.V = 31
	inputRegister     a64.V = 29 // and the next
)

func (g *generator) activation() {
	k := &activations{generator: g, pool: pool{name: "constants"}}
	f := k.formulas()
	k.each("relu", f.ReLU)
	k.each("relu6", f.ReLU6)
	k.eachA("leakyReLU", f.LeakyReLU)
	k.eachA("elu", f.ELU)
	k.each("selu", f.SELU)
	k.eachA("celu", f.CELU)
	k.each("exp", f.Exp)
	k.each("sigmoid", f.Sigmoid)
	k.each("tanh", f.Tanh)
	k.each("silu", f.SiLU)
	k.each("gelu", f.GELU)
	k.each("geluTanh", f.GELUTanh)
	k.each("mish", f.Mish)
	k.each("softplus", f.Softplus)
	k.each("logSigmoid", f.LogSigmoid)
	k.each("softsign", f.Softsign)
	k.each("hardSigmoid", f.HardSigmoid)
	k.each("hardSigmoid2", f.HardSigmoid2)
	k.each("hardSiLU", f.HardSiLU)
	k.each("hardTanh", f.HardTanh)
	k.eachA("squarePlus", f.SquarePlus)
	k.gate()
	k.Data(k.pool.name, k.pool.words)
}

// pullback writes the kernels that take gradients back through the functions.
func (g *generator) pullback() {
	k := &activations{generator: g, pool: pool{name: "pullbackConstants"}}
	f := k.formulas()
	k.slope("relu", f.ReLUSlope)
	k.slope("relu6", f.ReLU6Slope)
	k.slopeA("leakyReLU", f.LeakyReLUSlope)
	k.slopeA("elu", f.ELUSlope)
	k.slope("selu", f.SELUSlope)
	k.slopeA("celu", f.CELUSlope)
	k.slope("exp", f.Exp)
	k.slope("sigmoid", f.SigmoidSlope)
	k.slope("tanh", f.TanhSlope)
	k.slope("silu", f.SiLUSlope)
	k.slope("gelu", f.GELUSlope)
	k.slope("geluTanh", f.GELUTanhSlope)
	k.slope("mish", f.MishSlope)
	k.slope("softplus", f.Sigmoid)
	k.slope("softsign", f.SoftsignSlope)
	k.slope("logSigmoid", f.LogSigmoidSlope)
	k.slope("hardSigmoid", f.HardSigmoidSlope)
	k.slope("hardSigmoid2", f.HardSigmoid2Slope)
	k.slope("hardSiLU", f.HardSiLUSlope)
	k.slope("hardTanh", f.HardTanhSlope)
	k.slope("tanhShrink", f.TanhShrinkSlope)
	k.slopeA("shrink", f.ShrinkSlope)
	k.slopeA("threshold", f.ThresholdSlope)
	k.slopeA("squarePlus", f.SquarePlusSlope)
	k.slope("sparsePlus", f.SparsePlusSlope)
	k.slope("sparseSigmoid", f.SparseSigmoidSlope)
	k.Data(k.pool.name, k.pool.words)
}

// slope writes a kernel that multiplies dy by the slope f at each of n floats.
func (k *activations) slope(name string, f func(x vec) vec) {
	k.begin(name+"Pullback", "(z, dy *float32, n int)", fmt.Sprintf("z[i] = dy[i] * %sSlope(z[i])", name))
	k.elements(func(load func(int) vec) vec {
		s := f(load(0))
		return k.Mul(load(1), s)
	}, "z", "dy")
}

// slopeA is slope for a function with a parameter.
func (k *activations) slopeA(name string, f func(x, a vec) vec) {
	k.begin(name+"Pullback", "(z, dy *float32, n int, a float32)", fmt.Sprintf("z[i] = dy[i] * %sSlope(z[i], a)", name))
	k.LoadFloatParam("a", parameterRegister)
	k.VDUP(parameterRegister.S(0), parameterRegister)
	k.elements(func(load func(int) vec) vec {
		s := f(load(0), k.all(operand{register: k.fix(parameterRegister)}))
		return k.Mul(load(1), s)
	}, "z", "dy")
}

// formulas returns the functions in the instructions of this file's neighbour.
func (k *activations) formulas() activation.Formulas[vec] {
	return activation.Formulas[vec]{Unit: k}
}

// each writes a kernel that applies f to n floats.
func (k *activations) each(name string, f func(x vec) vec) {
	k.begin(name, "(y *float32, n int)", fmt.Sprintf("y[i] = %s(y[i])", name))
	k.elements(func(load func(int) vec) vec { return f(load(0)) }, "y")
}

// eachA is each for a function with a parameter.
func (k *activations) eachA(name string, f func(x, a vec) vec) {
	k.begin(name, "(y *float32, n int, a float32)", fmt.Sprintf("y[i] = %s(y[i], a)", name))
	k.LoadFloatParam("a", parameterRegister)
	k.VDUP(parameterRegister.S(0), parameterRegister)
	k.elements(func(load func(int) vec) vec { return f(load(0), k.all(operand{register: k.fix(parameterRegister)})) }, "y")
}

func (k *activations) gate() {
	k.begin("gate", "(a, b *float32, n int)", "a[i] *= sigmoid(b[i])")
	k.elements(func(load func(int) vec) vec {
		s := k.formulas().Sigmoid(load(1))
		return k.Mul(load(0), s)
	}, "a", "b")
}

func (k *activations) begin(name, signature, step string) {
	k.kernel(name+suffix, signature, "as package generic does it", "for i in 0..n-1: "+step)
}

// elements writes the loop over n floats at each of the pointers, where f makes
// vectors for the first of them from vectors of each. It takes several vectors at
// once as long as there are, and then one at a time, the last of which may have
// fewer than four floats.
func (k *activations) elements(f func(load func(pointer int) vec) vec, pointers ...string) {
	at := make([]a64.R, len(pointers))
	for i, name := range pointers {
		at[i] = k.Param(name)
	}
	n := k.Param("n")
	k.constants = k.R()
	k.Address(k.pool.name, k.constants)

	whole, registers := k.several(f, at)
	size := lanes * k.beside
	k.SUBSImm(size, n, n)
	k.BLT("rest")
	k.Label("whole")
	whole.write(registers)
	for _, p := range at {
		k.ADDImm(4*size, p, p)
	}
	k.SUBSImm(size, n, n)
	k.BGE("whole")

	k.Label("rest")
	k.ADDImm(size, n, n)
	k.CBZ(n, "done")
	k.Label("part")
	k.CMPImm(lanes, n)
	k.BLT("few")
	for i, p := range at {
		k.LoadQ(a64.At(p), inputRegister+a64.V(i))
	}
	k.Label("compute")
	result := k.one(f)
	k.CMPImm(lanes, n)
	k.BLT("store_few")
	k.StoreQ(result, a64.At(at[0]))
	for _, p := range at {
		k.ADDImm(vectorBytes, p, p)
	}
	k.SUBSImm(lanes, n, n)
	k.BNE("part")
	k.B("done")

	k.Label("few")
	k.loadFew(n, at)
	k.B("compute")
	k.Label("store_few")
	k.storeFew(n, result, at[0])
	k.Label("done")
	k.RET()
}

// several returns the code for several vectors, as many as registers allow.
func (k *activations) several(f func(load func(pointer int) vec) vec, at []a64.R) (*straight, assignment) {
	const most = 4
	for k.beside = most; ; k.beside-- {
		k.straight = &straight{}
		results := f(func(pointer int) vec {
			x := k.fresh()
			for i := range x {
				r := x[i].register
				k.add(step{writes: []register{r}, write: func(v func(register) a64.V) {
					k.LoadQ(a64.At(at[pointer]).Plus(vectorBytes*i), v(r))
				}})
			}
			return x
		})
		for i, y := range results {
			k.add(step{reads: []register{y.register}, write: func(v func(register) a64.V) {
				k.StoreQ(v(y.register), a64.At(at[0]).Plus(vectorBytes*i))
			}})
		}
		if registers, enough := k.assign(a64.Vectors(0, parameterRegister-1)); enough {
			return k.straight, registers
		}
	}
}

// one writes the code for one vector, whose inputs are in registers, and returns
// where the result is.
func (k *activations) one(f func(load func(pointer int) vec) vec) a64.V {
	k.beside = 1
	k.straight = &straight{}
	result := f(func(pointer int) vec {
		return vec{{register: k.fix(inputRegister + a64.V(pointer))}}
	})[0].register
	registers, enough := k.assign(a64.Vectors(0, inputRegister-1), result)
	if !enough {
		panic("one vector needs more registers than there are")
	}
	return k.write(registers)(result)
}

// loadFew loads one to three floats from each pointer.
func (k *activations) loadFew(n a64.R, at []a64.R) {
	next := k.R()
	k.TBNZ(1, n, "two")
	for i, p := range at {
		k.LoadS(a64.At(p), inputRegister+a64.V(i))
	}
	k.B("compute")
	k.Label("two")
	for i, p := range at {
		k.LoadD(a64.At(p), inputRegister+a64.V(i))
	}
	k.TBZ(0, n, "compute")
	for i, p := range at {
		k.ADDImm(8, p, next)
		k.LoadLane(next, (inputRegister + a64.V(i)).S(2))
	}
	k.Free(next)
}

// storeFew stores one to three floats.
func (k *activations) storeFew(n a64.R, v a64.V, at a64.R) {
	k.TBNZ(1, n, "store_two")
	k.StoreS(v, a64.At(at))
	k.B("done")
	k.Label("store_two")
	k.StoreD(v, a64.At(at))
	k.TBZ(0, n, "done")
	k.ADDImm(8, at, at)
	k.StoreLane(v.S(2), at)
}
