package amd64

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vec is an operand of an instruction for each of the vectors that are worked on
// side by side, so that one need not wait for the result of another: registers, or
// the same constant for all.
type vec []Op

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

// CopyOf returns registers to be overwritten.
func (k *activations) CopyOf(x vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.move(x[i], dst) })
}

func (k *activations) move(x Op, dst reg.VecVirtual) {
	if inMemory(x) {
		k.loadConstant(x, dst)
	} else {
		k.VMOVAPS(x, dst)
	}
}

// loadConstant loads a constant in memory into every lane.
func (k *activations) loadConstant(x Op, dst reg.VecVirtual) {
	if k.broadcasts() {
		k.VBROADCASTSS(x, dst)
	} else {
		k.VMOVUPS(x, dst)
	}
}

// taking returns the form of an instruction that takes x, which may be a constant in
// memory: broadcasting is the form for a single lane of it.
func (k *activations) taking(x Op, plain, broadcasting func(...Op)) func(...Op) {
	if k.broadcasts() && inMemory(x) {
		return broadcasting
	}
	return plain
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

func (k *activations) Add(x, y vec) vec {
	x, y = commute(x, y)
	return k.new(func(i int, dst reg.VecVirtual) { k.taking(y[i], k.VADDPS, k.VADDPS_BCST)(y[i], x[i], dst) })
}

func (k *activations) Sub(x, y vec) vec {
	x = k.registers(x)
	return k.new(func(i int, dst reg.VecVirtual) { k.taking(y[i], k.VSUBPS, k.VSUBPS_BCST)(y[i], x[i], dst) })
}

func (k *activations) Mul(x, y vec) vec {
	x, y = commute(x, y)
	return k.new(func(i int, dst reg.VecVirtual) { k.taking(y[i], k.VMULPS, k.VMULPS_BCST)(y[i], x[i], dst) })
}

func (k *activations) Div(x, y vec) vec {
	x = k.registers(x)
	return k.new(func(i int, dst reg.VecVirtual) { k.taking(y[i], k.VDIVPS, k.VDIVPS_BCST)(y[i], x[i], dst) })
}

func (k *activations) Sqrt(x vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.VSQRTPS(x[i], dst) })
}

// FMA213 overwrites x with x*y + z.
func (k *activations) FMA213(x, y, z vec) vec {
	y = k.registers(y)
	for i := range x {
		k.taking(z[i], k.VFMADD213PS, k.VFMADD213PS_BCST)(z[i], y[i], x[i])
	}
	return x
}

// FMA231 overwrites z with x*y + z.
func (k *activations) FMA231(x, y, z vec) vec {
	x, y = commute(x, y)
	for i := range z {
		k.taking(y[i], k.VFMADD231PS, k.VFMADD231PS_BCST)(y[i], x[i], z[i])
	}
	return z
}

// FNMA231 overwrites z with -x*y + z.
func (k *activations) FNMA231(x, y, z vec) vec {
	x, y = commute(x, y)
	for i := range z {
		k.taking(y[i], k.VFNMADD231PS, k.VFNMADD231PS_BCST)(y[i], x[i], z[i])
	}
	return z
}

// AtLeast is: if x < low { x = low }. Of NaN, and of zeros of any sign, the
// instruction returns the operand that comes first here.
func (k *activations) AtLeast(x vec, low string) vec {
	lows := k.registers(k.Constant(low))
	return k.new(func(i int, dst reg.VecVirtual) { k.VMAXPS(x[i], lows[i], dst) })
}

// AtMost is: if x > high { x = high }.
func (k *activations) AtMost(x vec, high string) vec {
	highs := k.registers(k.Constant(high))
	return k.new(func(i int, dst reg.VecVirtual) { k.VMINPS(x[i], highs[i], dst) })
}

func (k *activations) And(x, y vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.taking(y[i], k.VANDPS, k.VANDPS_BCST)(y[i], x[i], dst) })
}

func (k *activations) Or(x, y vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.taking(y[i], k.VORPS, k.VORPS_BCST)(y[i], x[i], dst) })
}

func (k *activations) xor(x, y vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.taking(y[i], k.VXORPS, k.VXORPS_BCST)(y[i], x[i], dst) })
}

func (k *activations) Abs(x vec) vec      { return k.And(x, k.Constant("magnitude")) }
func (k *activations) Minus(x vec) vec    { return k.xor(x, k.Constant("signBit")) }
func (k *activations) MinusAbs(x vec) vec { return k.Or(x, k.Constant("signBit")) }

func (k *activations) AddInt(x, y vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.taking(y[i], k.VPADDD, k.VPADDD_BCST)(y[i], x[i], dst) })
}

func (k *activations) SubInt(x, y vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.taking(y[i], k.VPSUBD, k.VPSUBD_BCST)(y[i], x[i], dst) })
}

func (k *activations) MinInt(x, y vec) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.taking(y[i], k.VPMINSD, k.VPMINSD_BCST)(y[i], x[i], dst) })
}

func (k *activations) ShiftLeft(x vec, by uint64) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.VPSLLD(Imm(by), x[i], dst) })
}

// ShiftRight keeps the sign.
func (k *activations) ShiftRight(x vec, by uint64) vec {
	return k.new(func(i int, dst reg.VecVirtual) { k.VPSRAD(Imm(by), x[i], dst) })
}
