package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vec is an operand of an instruction for each of the vectors that are worked on
// side by side, so that one need not wait for the result of another: registers, or
// the same constant for all.
type vec []Op

// mask is the result of comparisons, and what choose goes by: the top bit of each
// lane.
type mask = vec

// The steps that the formulas consist of follow, each one instruction for a vector.
// They return new registers, but for those said to overwrite some. Constants may
// be in memory, which some operands of instructions can be and others not.

// new returns a register for each vector, and calls emit for each.
func (k *activations) new(emit func(i int, dst reg.VecVirtual)) vec {
	v := make(vec, k.beside)
	for i := range v {
		dst := k.vector()
		emit(i, dst)
		v[i] = dst
	}
	return v
}

// copyOf returns registers to be overwritten.
func (k *activations) copyOf(x vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.move(x[i], dst) })
}

func (k *activations) move(x Op, dst reg.VecVirtual) {
	if inMemory(x) {
		k.VMOVUPS(x, dst)
	} else {
		k.VMOVAPS(x, dst)
	}
}

// registers returns x, loaded once for all vectors if it is a constant in memory.
func (k *activations) registers(x vec) vec {
	if !inMemory(x[0]) {
		return x
	}
	v := k.vector()
	k.move(x[0], v)
	return k.all(v)
}

// all returns the same operand for each vector.
func (k *activations) all(x Op) vec {
	v := make(vec, k.beside)
	for i := range v {
		v[i] = x
	}
	return v
}

func inMemory(x Op) bool {
	_, ok := x.(Mem)
	return ok
}

// commute returns two factors or summands with memory second.
func commute(x, y vec) (vec, vec) {
	if inMemory(x[0]) {
		return y, x
	}
	return x, y
}

func (k *activations) add(x, y vec) vec {
	x, y = commute(x, y)
	return k.new(func(i int, dst reg.VecVirtual) { k.VADDPS(y[i], x[i], dst) })
}

func (k *activations) sub(x, y vec) vec {
	x = k.registers(x)
	return k.new(func(i int, dst reg.VecVirtual) { k.VSUBPS(y[i], x[i], dst) })
}

func (k *activations) mul(x, y vec) vec {
	x, y = commute(x, y)
	return k.new(func(i int, dst reg.VecVirtual) { k.VMULPS(y[i], x[i], dst) })
}

func (k *activations) div(x, y vec) vec {
	x = k.registers(x)
	return k.new(func(i int, dst reg.VecVirtual) { k.VDIVPS(y[i], x[i], dst) })
}

func (k *activations) sqrt(x vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.VSQRTPS(x[i], dst) })
}

// fma213 overwrites x with x*y + z.
func (k *activations) fma213(x, y, z vec) vec {
	y = k.registers(y)
	for i := range x {
		k.VFMADD213PS(z[i], y[i], x[i])
	}
	return x
}

// fms213 overwrites x with x*y - z.
func (k *activations) fms213(x, y, z vec) vec {
	y = k.registers(y)
	for i := range x {
		k.VFMSUB213PS(z[i], y[i], x[i])
	}
	return x
}

// fma231 overwrites z with x*y + z.
func (k *activations) fma231(x, y, z vec) vec {
	x, y = commute(x, y)
	for i := range z {
		k.VFMADD231PS(y[i], x[i], z[i])
	}
	return z
}

// fnma231 overwrites z with -x*y + z.
func (k *activations) fnma231(x, y, z vec) vec {
	x, y = commute(x, y)
	for i := range z {
		k.VFNMADD231PS(y[i], x[i], z[i])
	}
	return z
}

// polynomial is Horner's scheme: the names are of the coefficients of x, from the
// highest power down.
func (k *activations) polynomial(x vec, names []string) vec {
	q := k.copyOf(k.constant(names[0]))
	for _, name := range names[1:] {
		k.fma213(q, x, k.constant(name))
	}
	return q
}

// atLeast is: if x < low { x = low }. Of NaN, and of zeros of any sign, the
// instruction returns the operand that comes first here.
func (k *activations) atLeast(x vec, low string) vec {
	lows := k.registers(k.constant(low))
	return k.new(func(i int, dst reg.VecVirtual) { k.VMAXPS(x[i], lows[i], dst) })
}

// atMost is: if x > high { x = high }.
func (k *activations) atMost(x vec, high string) vec {
	highs := k.registers(k.constant(high))
	return k.new(func(i int, dst reg.VecVirtual) { k.VMINPS(x[i], highs[i], dst) })
}

// Predicates of comparisons. All are false for NaN.
const (
	isEqual   = 0x00
	isLess    = 0x11
	isAtLeast = 0x1d
	isGreater = 0x1e
)

func (k *activations) compare(x vec, predicate uint8, y vec) mask {
	return k.new(func(i int, dst reg.VecVirtual) { k.VCMPPS(U8(predicate), y[i], x[i], dst) })
}

// negative goes by the sign bit: -0 and some NaN are negative.
func (k *activations) negative(x vec) mask { return x }

// choose is yes where m is set, elsewhere no.
func (k *activations) choose(m mask, yes, no vec) vec {
	no = k.registers(no)
	return k.new(func(i int, dst reg.VecVirtual) { k.VBLENDVPS(m[i], yes[i], no[i], dst) })
}

func (k *activations) and(x, y vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.VANDPS(y[i], x[i], dst) })
}

func (k *activations) or(x, y vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.VORPS(y[i], x[i], dst) })
}

func (k *activations) xor(x, y vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.VXORPS(y[i], x[i], dst) })
}

func (k *activations) abs(x vec) vec      { return k.and(x, k.constant("magnitude")) }
func (k *activations) minus(x vec) vec    { return k.xor(x, k.constant("signBit")) }
func (k *activations) minusAbs(x vec) vec { return k.or(x, k.constant("signBit")) }

func (k *activations) addInt(x, y vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.VPADDD(y[i], x[i], dst) })
}

func (k *activations) subInt(x, y vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.VPSUBD(y[i], x[i], dst) })
}

func (k *activations) minInt(x, y vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.VPMINSD(y[i], x[i], dst) })
}

func (k *activations) shiftLeft(x vec, by uint64) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.VPSLLD(Imm(by), x[i], dst) })
}

// shiftRight keeps the sign.
func (k *activations) shiftRight(x vec, by uint64) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.VPSRAD(Imm(by), x[i], dst) })
}
