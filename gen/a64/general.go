package a64

import "fmt"

// Instructions of the general registers. Constants are what the assembler finds an
// encoding for; larger ones would cost R27 and more than one instruction.

func imm(x int) string { return fmt.Sprintf("$%d", x) }

func (f *Func) MOVD(from, to R)        { f.op("MOVD", from, to) }
func (f *Func) MOVDImm(x int, to R)    { f.op("MOVD", imm(x), to) }
func (f *Func) ADD(x, y, sum R)        { f.op("ADD", x, y, sum) }
func (f *Func) SUB(x, y, difference R) { f.op("SUB", x, y, difference) } // y - x
func (f *Func) MUL(x, y, product R)    { f.op("MUL", x, y, product) }

// MADD is product = x*y + z.
func (f *Func) MADD(x, z, y, product R) { f.op("MADD", x, z, y, product) }
func (f *Func) NEG(x, y R)              { f.op("NEG", x, y) }

// ADDImm and the others with Imm take a constant from 0 to 4095.

func (f *Func) ADDImm(x int, y, sum R)        { f.op("ADD", small(x), y, sum) }
func (f *Func) ADDSImm(x int, y, sum R)       { f.op("ADDS", small(x), y, sum) }
func (f *Func) SUBImm(x int, y, difference R) { f.op("SUB", small(x), y, difference) }
func (f *Func) SUBSImm(x int, y, difference R) {
	f.op("SUBS", small(x), y, difference)
}
func (f *Func) CMP(x, y R)        { f.op("CMP", x, y) } // flags of y - x
func (f *Func) CMPImm(x int, y R) { f.op("CMP", small(x), y) }

func small(x int) string {
	if x < 0 || x > 4095 {
		panic(fmt.Sprintf("constant %d is not from 0 to 4095", x))
	}
	return imm(x)
}

// ANDImm takes a constant of the form 2^n - 1.
func (f *Func) ANDImm(x int, y, z R)     { f.op("AND", imm(x), y, z) }
func (f *Func) LSL(by int, x, y R)       { f.op("LSL", imm(by), x, y) }
func (f *Func) LSR(by int, x, y R)       { f.op("LSR", imm(by), x, y) }
func (f *Func) Address(data string, r R) { f.op("MOVD", fmt.Sprintf("$%s<>(SB)", data), r) }

// Branches.

func (f *Func) B(label string)                  { f.op("B", label) }
func (f *Func) BEQ(label string)                { f.op("BEQ", label) }
func (f *Func) BNE(label string)                { f.op("BNE", label) }
func (f *Func) BLT(label string)                { f.op("BLT", label) }
func (f *Func) BGE(label string)                { f.op("BGE", label) }
func (f *Func) BGT(label string)                { f.op("BGT", label) }
func (f *Func) CBZ(x R, label string)           { f.op("CBZ", x, label) }
func (f *Func) TBZ(bit int, x R, label string)  { f.op("TBZ", imm(bit), x, label) }
func (f *Func) TBNZ(bit int, x R, label string) { f.op("TBNZ", imm(bit), x, label) }
func (f *Func) RET()                            { f.op("RET") }

// Prefetch asks for a line of the cache.
func (f *Func) Prefetch(h Hint, m Mem) { f.op("PRFM", m, hints[h]) }

// PrefetchBy8 asks for the line at a register and eight times an index.
func (f *Func) PrefetchBy8(h Hint, at, index R) {
	f.word(0xf8a07800|uint32(index)<<16|uint32(at)<<5|uint32(h), "PRFM", fmt.Sprintf("(%s)(%s<<3)", at, index), hints[h])
}

// Hint is what a line will be needed for, and how near.
type Hint uint32

const (
	LoadL1  Hint = 0
	LoadL2  Hint = 2
	StoreL1 Hint = 16
)

var hints = map[Hint]string{LoadL1: "PLDL1KEEP", LoadL2: "PLDL2KEEP", StoreL1: "PSTL1KEEP"}
