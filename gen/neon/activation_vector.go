package main

import (
	"slices"

	"github.com/sepconv/go/gen/a64"
	"github.com/sepconv/go/gen/activation"
)

// vec is an operand of an instruction for each of the vectors that are worked on
// side by side, so that one need not wait for the result of another.
type vec []operand

// operand is a register, or a constant that is still in memory.
type operand struct {
	register register // 0 is none
	constant string
}

// all returns the same operand for each vector.
func (k *activations) all(x operand) vec { return slices.Repeat(vec{x}, k.beside) }

// Constant returns a constant, which is loaded where it is used.
func (k *activations) Constant(name string) vec { return k.all(operand{constant: name}) }

// inRegisters returns x, loaded once for all vectors if it is a constant.
func (k *activations) inRegisters(x vec) vec {
	if x[0].constant == "" {
		return x
	}
	r := k.new()
	k.load(x[0].constant, r)
	return k.all(operand{register: r})
}

func (k *activations) load(constant string, r register) {
	m := a64.At(k.constants).Plus(k.offset(constant))
	k.add(step{writes: []register{r}, write: func(v func(register) a64.V) {
		k.LoadQ(m, v(r))
		k.Remark(constant)
	}})
}

// CopyOf returns registers to be overwritten.
func (k *activations) CopyOf(x vec) vec {
	copies := k.fresh()
	for i := range copies {
		from, to := x[i], copies[i].register
		if from.constant != "" {
			k.load(from.constant, to)
			continue
		}
		k.add(step{reads: []register{from.register}, writes: []register{to}, move: true,
			write: func(v func(register) a64.V) { k.VMOV(v(from.register), v(to)) }})
	}
	return copies
}

// fresh returns a new register for each vector.
func (k *activations) fresh() vec {
	v := make(vec, k.beside)
	for i := range v {
		v[i].register = k.new()
	}
	return v
}

// The instructions of which the steps below consist, with one or two operands to
// read, in Go's order, and one to write.
type (
	unaryOp  func(x, z a64.V)
	binaryOp func(y, x, z a64.V)
)

// to writes an instruction for each vector that makes or changes z.
func (k *activations) to(z vec, reads []vec, write func(z a64.V, src []a64.V)) vec {
	for i := range reads {
		reads[i] = k.inRegisters(reads[i])
	}
	for i := range z {
		t := step{writes: []register{z[i].register}}
		for _, x := range reads {
			t.reads = append(t.reads, x[i].register)
		}
		t.write = func(v func(register) a64.V) {
			var src []a64.V
			for _, r := range t.reads {
				src = append(src, v(r))
			}
			write(v(t.writes[0]), src)
		}
		k.add(t)
	}
	return z
}

func (k *activations) unary(op unaryOp, x vec) vec {
	return k.to(k.fresh(), []vec{x}, func(z a64.V, src []a64.V) { op(src[0], z) })
}

func (k *activations) binary(op binaryOp, x, y vec) vec {
	return k.into(k.fresh(), op, x, y)
}

// into is binary for an instruction that reads z too, or overwrites it.
func (k *activations) into(z vec, op binaryOp, x, y vec) vec {
	return k.to(z, []vec{x, y}, func(z a64.V, src []a64.V) { op(src[1], src[0], z) })
}

// The steps that the formulas consist of: see activation.Unit.

func (k *activations) Add(x, y vec) vec { return k.binary(k.VFADD, x, y) }
func (k *activations) Sub(x, y vec) vec { return k.binary(k.VFSUB, x, y) }
func (k *activations) Mul(x, y vec) vec { return k.binary(k.VFMUL, x, y) }
func (k *activations) Div(x, y vec) vec { return k.binary(k.VFDIV, x, y) }
func (k *activations) Sqrt(x vec) vec   { return k.unary(k.VFSQRT, x) }

func (k *activations) FMA213(x, y, z vec) vec  { return k.into(k.CopyOf(z), k.VFMLA, x, y) }
func (k *activations) FMA231(x, y, z vec) vec  { return k.into(z, k.VFMLA, x, y) }
func (k *activations) FNMA231(x, y, z vec) vec { return k.into(z, k.VFMLS, x, y) }

func (k *activations) AtLeast(x vec, low string) vec { return k.binary(k.VFMAX, x, k.Constant(low)) }
func (k *activations) AtMost(x vec, high string) vec { return k.binary(k.VFMIN, x, k.Constant(high)) }

func (k *activations) Compare(x vec, p activation.Predicate, y vec) vec {
	switch p {
	case activation.Less:
		return k.binary(k.VFCMGT, y, x)
	case activation.AtLeast:
		return k.binary(k.VFCMGE, x, y)
	case activation.Greater:
		return k.binary(k.VFCMGT, x, y)
	}
	return k.binary(k.VFCMEQ, x, y)
}

func (k *activations) Negative(x vec) vec { return k.unary(k.VCMLT0, x) }

func (k *activations) Choose(mask, yes, no vec) vec { return k.into(k.CopyOf(mask), k.VBSL, yes, no) }

func (k *activations) And(x, y vec) vec    { return k.binary(k.VAND, x, y) }
func (k *activations) Or(x, y vec) vec     { return k.binary(k.VORR, x, y) }
func (k *activations) Abs(x vec) vec       { return k.unary(k.VFABS, x) }
func (k *activations) Minus(x vec) vec     { return k.unary(k.VFNEG, x) }
func (k *activations) MinusAbs(x vec) vec  { return k.Or(x, k.Constant("signBit")) }
func (k *activations) AddInt(x, y vec) vec { return k.binary(k.VADD, x, y) }
func (k *activations) SubInt(x, y vec) vec { return k.binary(k.VSUB, x, y) }
func (k *activations) MinInt(x, y vec) vec { return k.binary(k.VSMIN, x, y) }

func (k *activations) ShiftLeft(x vec, by uint64) vec {
	return k.unary(func(x, z a64.V) { k.VSHL(int(by), x, z) }, x)
}

func (k *activations) ShiftRight(x vec, by uint64) vec {
	return k.unary(func(x, z a64.V) { k.VSSHR(int(by), x, z) }, x)
}

// pool is constants in memory, four lanes of each.
type pool struct {
	name    string
	words   []uint32
	offsets map[string]int // in bytes
}

// offset returns where a constant is.
func (p *pool) offset(name string) int {
	if at, ok := p.offsets[name]; ok {
		return at
	}
	if p.offsets == nil {
		p.offsets = map[string]int{}
	}
	at := 4 * len(p.words)
	p.offsets[name] = at
	p.words = append(p.words, slices.Repeat([]uint32{activation.Bits(name)}, lanes)...)
	return at
}
