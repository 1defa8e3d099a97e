package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Steps that the formulas consist of, each one instruction for all lanes. They
// return a new register, but for those said to overwrite one. Operands may be
// constants in memory, which some instructions take and others want loaded.

// mask is the result of a comparison, or what select goes by: the top bit of each
// lane.
type mask = reg.VecVirtual

// copyOf loads memory or copies a register, to be overwritten.
func (k *activations) copyOf(x Op) reg.VecVirtual {
	v := k.vector()
	if _, ok := x.(Mem); ok {
		k.VMOVUPS(x, v)
	} else {
		k.VMOVAPS(x, v)
	}
	return v
}

// register returns x, loaded if it is memory.
func (k *activations) register(x Op) Op {
	if _, ok := x.(Mem); ok {
		return k.copyOf(x)
	}
	return x
}

// swapped returns the two factors or summands with memory second.
func swapped(x, y Op) (Op, Op) {
	if _, ok := x.(Mem); ok {
		return y, x
	}
	return x, y
}

func (k *activations) add(x, y Op) reg.VecVirtual {
	x, y = swapped(x, y)
	v := k.vector()
	k.VADDPS(y, x, v)
	return v
}

func (k *activations) sub(x, y Op) reg.VecVirtual {
	v := k.vector()
	k.VSUBPS(y, k.register(x), v)
	return v
}

func (k *activations) mul(x, y Op) reg.VecVirtual {
	x, y = swapped(x, y)
	v := k.vector()
	k.VMULPS(y, x, v)
	return v
}

func (k *activations) div(x, y Op) reg.VecVirtual {
	v := k.vector()
	k.VDIVPS(y, k.register(x), v)
	return v
}

func (k *activations) sqrt(x Op) reg.VecVirtual {
	v := k.vector()
	k.VSQRTPS(x, v)
	return v
}

// fma213 overwrites x with x*y + z.
func (k *activations) fma213(x reg.VecVirtual, y, z Op) reg.VecVirtual {
	k.VFMADD213PS(z, k.register(y), x)
	return x
}

// fms213 overwrites x with x*y - z.
func (k *activations) fms213(x reg.VecVirtual, y, z Op) reg.VecVirtual {
	k.VFMSUB213PS(z, k.register(y), x)
	return x
}

// fma231 overwrites z with x*y + z.
func (k *activations) fma231(x, y Op, z reg.VecVirtual) reg.VecVirtual {
	x, y = swapped(x, y)
	k.VFMADD231PS(y, x, z)
	return z
}

// fnma231 overwrites z with -x*y + z.
func (k *activations) fnma231(x, y Op, z reg.VecVirtual) reg.VecVirtual {
	x, y = swapped(x, y)
	k.VFNMADD231PS(y, x, z)
	return z
}

// polynomial is Horner's scheme: the names are of the coefficients of x, from the
// highest power down.
func (k *activations) polynomial(x reg.VecVirtual, names []string) reg.VecVirtual {
	q := k.copyOf(k.constant(names[0]))
	for _, name := range names[1:] {
		k.fma213(q, x, k.constant(name))
	}
	return q
}

// atLeast is: if x < low { x = low }. Of NaN, and of zeros of any sign, the
// instruction returns the operand that comes first here.
func (k *activations) atLeast(x reg.VecVirtual, low string) reg.VecVirtual {
	v := k.vector()
	k.VMAXPS(x, k.register(k.constant(low)), v)
	return v
}

// atMost is: if x > high { x = high }.
func (k *activations) atMost(x reg.VecVirtual, high string) reg.VecVirtual {
	v := k.vector()
	k.VMINPS(x, k.register(k.constant(high)), v)
	return v
}

// Predicates of comparisons, false for NaN, without exceptions.
const (
	isEqual   = 0x00
	isLess    = 0x11
	isNotLess = 0x1d // greater or equal, false for NaN
	isGreater = 0x1e
)

func (k *activations) compare(x, y Op, predicate uint8) mask {
	m := k.vector()
	k.VCMPPS(U8(predicate), y, k.register(x), m)
	return m
}

// negative goes by the sign bit: -0 and some NaN are negative.
func (k *activations) negative(x reg.VecVirtual) mask { return x }

// choose is yes where m is set, elsewhere no.
func (k *activations) choose(m mask, yes, no Op) reg.VecVirtual {
	v := k.vector()
	k.VBLENDVPS(m, yes, k.register(no), v)
	return v
}

func (k *activations) and(x, y Op) reg.VecVirtual {
	x, y = swapped(x, y)
	v := k.vector()
	k.VANDPS(y, x, v)
	return v
}

func (k *activations) or(x, y Op) reg.VecVirtual {
	x, y = swapped(x, y)
	v := k.vector()
	k.VORPS(y, x, v)
	return v
}

func (k *activations) xor(x, y Op) reg.VecVirtual {
	x, y = swapped(x, y)
	v := k.vector()
	k.VXORPS(y, x, v)
	return v
}

func (k *activations) abs(x reg.VecVirtual) reg.VecVirtual { return k.and(x, k.constant("magnitude")) }

func (k *activations) minusAbs(x reg.VecVirtual) reg.VecVirtual { return k.or(x, k.constant("signBit")) }

func (k *activations) minus(x reg.VecVirtual) reg.VecVirtual { return k.xor(x, k.constant("signBit")) }

func (k *activations) addInt(x, y Op) reg.VecVirtual {
	v := k.vector()
	k.VPADDD(y, x, v)
	return v
}

func (k *activations) subInt(x, y Op) reg.VecVirtual {
	v := k.vector()
	k.VPSUBD(y, x, v)
	return v
}

func (k *activations) minInt(x, y Op) reg.VecVirtual {
	v := k.vector()
	k.VPMINSD(y, x, v)
	return v
}

func (k *activations) shiftLeft(x Op, by uint64) reg.VecVirtual {
	v := k.vector()
	k.VPSLLD(Imm(by), x, v)
	return v
}

// shiftRight keeps the sign.
func (k *activations) shiftRight(x Op, by uint64) reg.VecVirtual {
	v := k.vector()
	k.VPSRAD(Imm(by), x, v)
	return v
}
