package a64

import (
	"fmt"
	"strings"
)

// Mem is memory at a register and an offset in bytes, or at a register and an
// index in bytes, which is another register.
type Mem struct {
	Base    R
	Offset  int
	Index   R
	Indexed bool
}

// At is memory at a register.
func At(base R) Mem { return Mem{Base: base} }

// Plus is memory further on.
func (m Mem) Plus(offset int) Mem {
	m.Offset += offset
	return m
}

// AtIndex is memory at a register and an index.
func AtIndex(base, index R) Mem { return Mem{Base: base, Index: index, Indexed: true} }

func (m Mem) String() string {
	switch {
	case m.Indexed && m.Offset != 0:
		panic("memory with an index has no offset")
	case m.Indexed:
		return fmt.Sprintf("(%s)(%s)", m.Base, m.Index)
	case m.Offset != 0:
		return fmt.Sprintf("%d(%s)", m.Offset, m.Base)
	}
	return fmt.Sprintf("(%s)", m.Base)
}

// LoadQ, LoadD and LoadS load four, two or one float32; of fewer than four the
// other lanes become 0.

func (f *Func) LoadQ(m Mem, v V) {
	if m.Indexed {
		f.word(0x3ce06800|uint32(m.Index)<<16|uint32(m.Base)<<5|uint32(v), "FMOVQ", m, v.F())
		return
	}
	f.op("FMOVQ", m, v.F())
}

func (f *Func) LoadD(m Mem, v V) { f.op("FMOVD", m, v.F()) }
func (f *Func) LoadS(m Mem, v V) { f.op("FMOVS", m, v.F()) }

// LoadWord loads a uint32 into a general register, LoadInt an int.

func (f *Func) LoadWord(m Mem, r R) { f.op("MOVWU", m, r) }
func (f *Func) LoadInt(m Mem, r R)  { f.op("MOVD", m, r) }

// StoreQ, StoreD and StoreS store the first four, two or one.

func (f *Func) StoreQ(v V, m Mem) {
	if m.Indexed {
		f.word(0x3ca06800|uint32(m.Index)<<16|uint32(m.Base)<<5|uint32(v), "FMOVQ", v.F(), m)
		return
	}
	f.op("FMOVQ", v.F(), m)
}
func (f *Func) StoreD(v V, m Mem) { f.op("FMOVD", v.F(), m) }
func (f *Func) StoreS(v V, m Mem) { f.op("FMOVS", v.F(), m) }

// LoadLane loads one lane and keeps the others; StoreLane stores one.

func (f *Func) LoadLane(at R, l Lane)  { f.op("VLD1", At(at), l) }
func (f *Func) StoreLane(l Lane, at R) { f.op("VST1", l, At(at)) }

// LD1R loads a float32 into every lane and moves the address past it.
func (f *Func) LD1R(at R, v V) { f.op("VLD1R.P", At(at).Plus(4), registers([]V{v})) }

// LD1 loads one to four registers, which follow one another, from memory without
// gaps. LD1Next moves the address past what it loads, LD1Step by a register. The
// same for stores.

func (f *Func) LD1(at R, v ...V)     { f.op("VLD1", At(at), registers(v)) }
func (f *Func) LD1Next(at R, v ...V) { f.op("VLD1.P", At(at).Plus(16*len(v)), registers(v)) }
func (f *Func) LD1Step(at, step R, v ...V) {
	f.op("VLD1.P", AtIndex(at, step), registers(v))
}

func (f *Func) ST1(at R, v ...V)     { f.op("VST1", registers(v), At(at)) }
func (f *Func) ST1Next(at R, v ...V) { f.op("VST1.P", registers(v), At(at).Plus(16*len(v))) }
func (f *Func) ST1Step(at, step R, v ...V) {
	f.op("VST1.P", registers(v), AtIndex(at, step))
}

// registers writes a list of those that an instruction loads or stores.
func registers(v []V) string {
	names := make([]string, len(v))
	for i := range v {
		if v[i] != v[0]+V(i) || len(v) > 4 {
			panic(fmt.Sprintf("%v are not up to four registers that follow one another", v))
		}
		names[i] = v[i].S4()
	}
	return "[" + strings.Join(names, ", ") + "]"
}
