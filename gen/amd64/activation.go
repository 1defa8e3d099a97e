package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/sepconv/go/gen/activation"
)

// activations writes one kernel for each activation function. Functions of the
// same names in package generic say what they compute and why.
type activations struct {
	*generator
	pool map[string]Mem            // constants in memory, of the whole file
	held map[string]reg.VecVirtual // constants in registers, of one kernel
	// beside is how many vectors are worked on side by side.
	beside int
}

func (g *generator) activation() {
	k := &activations{generator: g, pool: map[string]Mem{}}
	f := k.formulas()
	k.each("relu", f.ReLU, "zero")
	k.each("relu6", f.ReLU6, "zero", "six")
	k.eachA("leakyReLU", f.LeakyReLU)
	k.eachA("elu", f.ELU, "one", "expm1Lowest")
	k.each("selu", f.SELU, "one", "expm1Lowest")
	k.eachA("celu", f.CELU, "one")
	k.each("exp", f.Exp, "one", "expLowest", "expHighest")
	k.each("sigmoid", f.Sigmoid, "one", "swishLowest")
	k.each("tanh", f.Tanh, "one", "two", "tanhHighest")
	k.each("silu", f.SiLU, "one", "swishLowest")
	k.each("gelu", f.GELU, "geluStart", "geluEnd")
	k.each("geluTanh", f.GELUTanh, "geluTanhStart", "geluTanhEnd")
	k.each("mish", f.Mish, "one", "two")
	k.each("softplus", f.Softplus, "zero", "one", "expLowest")
	k.each("logSigmoid", f.LogSigmoid, "zero", "one", "expLowest")
	k.each("softsign", f.Softsign, "one", "softsignLowest", "softsignHighest")
	k.each("hardSigmoid", f.HardSigmoid, "zero", "six")
	k.each("hardSigmoid2", f.HardSigmoid2, "zero", "one")
	k.each("hardSiLU", f.HardSiLU, "zero", "six", "minusThree")
	k.each("hardTanh", f.HardTanh, "one", "minusOne")
	k.eachA("squarePlus", f.SquarePlus, "zero", "half", "quarter")
	k.gate("one", "swishLowest")
}

// pullback writes the kernels that take gradients back through the functions.
func (g *generator) pullback() {
	k := &activations{generator: g, pool: map[string]Mem{}}
	f := k.formulas()
	k.slope("relu", f.ReLUSlope, "zero", "one")
	k.slope("relu6", f.ReLU6Slope, "zero", "one")
	k.slopeA("leakyReLU", f.LeakyReLUSlope, "zero", "one")
	k.slopeA("elu", f.ELUSlope, "one", "expLowest")
	k.slope("selu", f.SELUSlope, "one", "expLowest")
	k.slopeA("celu", f.CELUSlope, "one", "expLowest", "expHighest")
	k.slope("exp", f.Exp, "one", "expLowest", "expHighest")
	k.slope("sigmoid", f.SigmoidSlope, "one", "expLowest")
	k.slope("tanh", f.TanhSlope, "one", "expLowest")
	k.slope("silu", f.SiLUSlope, "one", "expLowest")
	k.slope("gelu", f.GELUSlope, "geluStart", "geluEnd")
	k.slope("geluTanh", f.GELUTanhSlope, "one")
	k.slope("mish", f.MishSlope, "one", "two")
	k.slope("softplus", f.Sigmoid, "one", "swishLowest")
	k.slope("softsign", f.SoftsignSlope, "one")
	k.slope("logSigmoid", f.LogSigmoidSlope, "one", "swishLowest")
	k.slope("hardSigmoid", f.HardSigmoidSlope, "zero")
	k.slope("hardSigmoid2", f.HardSigmoid2Slope, "zero")
	k.slope("hardSiLU", f.HardSiLUSlope, "zero", "one", "three")
	k.slope("hardTanh", f.HardTanhSlope, "zero", "one")
	k.slope("tanhShrink", f.TanhShrinkSlope, "one", "two", "tanhHighest")
	k.slopeA("shrink", f.ShrinkSlope, "zero", "one")
	k.slopeA("threshold", f.ThresholdSlope, "zero", "one")
	k.slopeA("squarePlus", f.SquarePlusSlope, "zero", "half")
	k.slope("sparsePlus", f.SparsePlusSlope, "zero", "one")
	k.slope("sparseSigmoid", f.SparseSigmoidSlope, "zero")
}

// slope writes a kernel that multiplies dy by the slope f at each of n floats.
func (k *activations) slope(name string, f func(x vec) vec, hold ...string) {
	k.begin(name+"Pullback", "func(z, dy *float32, n int)", fmt.Sprintf("z[i] = dy[i] * %sSlope(z[i])", name))
	k.hold(hold)
	k.elements(func(load func(int) vec) vec {
		s := f(load(0))
		return k.Mul(load(1), s)
	}, "z", "dy")
}

// slopeA is slope for a function with a parameter.
func (k *activations) slopeA(name string, f func(x, a vec) vec, hold ...string) {
	k.begin(name+"Pullback", "func(z, dy *float32, n int, a float32)", fmt.Sprintf("z[i] = dy[i] * %sSlope(z[i], a)", name))
	a := k.broadcast("a")
	k.hold(hold)
	k.elements(func(load func(int) vec) vec {
		s := f(load(0), k.all(a))
		return k.Mul(load(1), s)
	}, "z", "dy")
}

// formulas returns the functions in the instructions below.
func (k *activations) formulas() activation.Formulas[vec] {
	return activation.Formulas[vec]{Unit: k}
}

// each writes a kernel that applies f to n floats. The constants to hold are
// those that instructions do not take from memory.
func (k *activations) each(name string, f func(x vec) vec, hold ...string) {
	k.begin(name, "func(y *float32, n int)", fmt.Sprintf("y[i] = %s(y[i])", name))
	k.hold(hold)
	k.elements(func(load func(int) vec) vec { return f(load(0)) }, "y")
}

// eachA is each for a function with a parameter.
func (k *activations) eachA(name string, f func(x, a vec) vec, hold ...string) {
	k.begin(name, "func(y *float32, n int, a float32)", fmt.Sprintf("y[i] = %s(y[i], a)", name))
	a := k.broadcast("a")
	k.hold(hold)
	k.elements(func(load func(int) vec) vec { return f(load(0), k.all(a)) }, "y")
}

func (k *activations) gate(hold ...string) {
	k.begin("gate", "func(a, b *float32, n int)", "a[i] *= sigmoid(b[i])")
	k.hold(hold)
	k.elements(func(load func(int) vec) vec {
		s := k.formulas().Sigmoid(load(1))
		return k.Mul(load(0), s)
	}, "a", "b")
}

func (k *activations) begin(name, signature, step string) {
	k.kernel(name+k.suffix, signature)
	k.Doc(
		fmt.Sprintf("%s%s does, as package generic does it,", name, k.suffix),
		"",
		"\tfor i in 0..n-1: "+step,
	)
	k.held = nil
}

// hold keeps constants in registers for the rest of the kernel.
func (k *activations) hold(names []string) {
	held := map[string]reg.VecVirtual{}
	for _, name := range names {
		held[name] = k.vector()
		k.loadConstant(k.pooled(name), held[name])
	}
	k.held = held
}

// broadcast returns a float32 parameter in every lane.
func (k *activations) broadcast(name string) reg.VecVirtual {
	v := k.vector()
	p, err := k.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	k.VBROADCASTSS(p.Addr, v)
	return v
}

// elements writes the loop over n floats at each of the pointers, where f makes
// vectors for the first of them from vectors of each. It takes several vectors at
// once, as long as there are, and then one at a time, under a mask: of lanes outside
// nothing is read or written, and f sees 0.
func (k *activations) elements(f func(load func(pointer int) vec) vec, pointers ...string) {
	at := make([]Mem, len(pointers))
	for i, name := range pointers {
		at[i] = Mem{Base: k.Load(k.Param(name), k.GP64())}
	}
	n := k.Load(k.Param("n"), k.GP64())

	k.beside = 2
	k.SUBQ(Imm(uint64(k.beside*k.lanes)), n)
	k.JLT(LabelRef("rest"))
	k.Label("whole")
	results := f(func(pointer int) vec {
		return k.new(func(v int, dst reg.VecVirtual) { k.VMOVUPS(at[pointer].Offset(v*k.bytes()), dst) })
	})
	for v, y := range results {
		k.VMOVUPS(y, at[0].Offset(v*k.bytes()))
	}
	for _, m := range at {
		k.ADDQ(Imm(uint64(k.beside*k.bytes())), m.Base)
	}
	k.SUBQ(Imm(uint64(k.beside*k.lanes)), n)
	k.JGE(LabelRef("whole"))

	k.Label("rest")
	k.ADDQ(Imm(uint64(k.beside*k.lanes)), n)
	k.JZ(LabelRef("done"))
	k.beside = 1
	k.Label("part")
	first := k.firstLanes(n)
	results = f(func(pointer int) vec {
		return k.new(func(_ int, dst reg.VecVirtual) { k.loadLanes(first, at[pointer], dst) })
	})
	k.storeLanes(results[0], first, at[0])
	for _, m := range at {
		k.ADDQ(Imm(uint64(k.bytes())), m.Base)
	}
	k.SUBQ(Imm(uint64(k.lanes)), n)
	k.JG(LabelRef("part"))

	k.Label("done")
	k.VZEROUPPER()
	k.RET()
}
