package a64

import "fmt"

// Instructions of the vector registers, on four lanes. The encodings are those of
// the Arm Architecture Reference Manual, C7.2.

// VFMLA is z += x*y, rounded once, VFMLS z -= x*y.

func (f *Func) VFMLA(x, y, z V) { f.op("VFMLA", x.S4(), y.S4(), z.S4()) }
func (f *Func) VFMLS(x, y, z V) { f.op("VFMLS", x.S4(), y.S4(), z.S4()) }

// VFMLALane is VFMLA with the same x for every lane.
func (f *Func) VFMLALane(x Lane, y, z V) {
	lane := uint32(x.Index)
	f.word(0x4f801000|(lane&1)<<21|uint32(x.V)<<16|(lane>>1)<<11|uint32(y)<<5|uint32(z), "VFMLA", x, y.S4(), z.S4())
}

func (f *Func) three(base uint32, mnemonic string, x, y, z V) {
	f.word(base|uint32(x)<<16|uint32(y)<<5|uint32(z), mnemonic, x.S4(), y.S4(), z.S4())
}

func (f *Func) VFADD(x, y, z V) { f.three(0x4e20d400, "VFADD", x, y, z) }
func (f *Func) VFSUB(x, y, z V) { f.three(0x4ea0d400, "VFSUB", x, y, z) } // y - x
func (f *Func) VFMUL(x, y, z V) { f.three(0x6e20dc00, "VFMUL", x, y, z) }
func (f *Func) VFDIV(x, y, z V) { f.three(0x6e20fc00, "VFDIV", x, y, z) } // y / x

// VFADDDouble is VFADD on two lanes of float64.
func (f *Func) VFADDDouble(x, y, z V) {
	f.word(0x4e60d400|uint32(x)<<16|uint32(y)<<5|uint32(z), "VFADD", x.D2(), y.D2(), z.D2())
}

// VFCVTL makes float64 of the two lower lanes, VFCVTL2 of the two upper ones.

func (f *Func) VFCVTL(x, y V) {
	f.word(0x0e617800|uint32(x)<<5|uint32(y), "VFCVTL", x.String()+".S2", y.D2())
}
func (f *Func) VFCVTL2(x, y V) { f.word(0x4e617800|uint32(x)<<5|uint32(y), "VFCVTL2", x.S4(), y.D2()) }

// VFMAX and VFMIN give NaN if either is, and take -0 for less than +0.

func (f *Func) VFMAX(x, y, z V) { f.three(0x4e20f400, "VFMAX", x, y, z) }
func (f *Func) VFMIN(x, y, z V) { f.three(0x4ea0f400, "VFMIN", x, y, z) }

// The comparisons are of y with x: all bits are 1 where they hold.

func (f *Func) VFCMEQ(x, y, z V) { f.three(0x4e20e400, "VFCMEQ", x, y, z) }
func (f *Func) VFCMGE(x, y, z V) { f.three(0x6e20e400, "VFCMGE", x, y, z) }
func (f *Func) VFCMGT(x, y, z V) { f.three(0x6ea0e400, "VFCMGT", x, y, z) }

// VSMIN is of signed integers.
func (f *Func) VSMIN(x, y, z V) { f.three(0x4ea06c00, "VSMIN", x, y, z) }

func (f *Func) two(base uint32, mnemonic string, x, y V) {
	f.word(base|uint32(x)<<5|uint32(y), mnemonic, x.S4(), y.S4())
}

func (f *Func) VFABS(x, y V)  { f.two(0x4ea0f800, "VFABS", x, y) }
func (f *Func) VFNEG(x, y V)  { f.two(0x6ea0f800, "VFNEG", x, y) }
func (f *Func) VFSQRT(x, y V) { f.two(0x6ea1f800, "VFSQRT", x, y) }

// VCMLT0 sets all bits of y where the integer x is negative.
func (f *Func) VCMLT0(x, y V) {
	f.word(0x4ea0a800|uint32(x)<<5|uint32(y), "VCMLT", imm(0), x.S4(), y.S4())
}

// VSSHR shifts right by 1 to 32 and keeps the sign.
func (f *Func) VSSHR(by int, x, y V) {
	if by < 1 || by > 32 {
		panic(fmt.Sprintf("shift by %d is not from 1 to 32", by))
	}
	f.word(0x4f000400|uint32(64-by)<<16|uint32(x)<<5|uint32(y), "VSSHR", imm(by), x.S4(), y.S4())
}

func (f *Func) VSHL(by int, x, y V) { f.op("VSHL", imm(by), x.S4(), y.S4()) }
func (f *Func) VADD(x, y, z V)      { f.op("VADD", x.S4(), y.S4(), z.S4()) }
func (f *Func) VSUB(x, y, z V)      { f.op("VSUB", x.S4(), y.S4(), z.S4()) } // y - x

// VADDV makes the first lane of z the sum of all lanes of x, and the others 0.
func (f *Func) VADDV(x, z V) { f.op("VADDV", x.S4(), z) }

// VCMTST sets all bits of the lanes where x and y have a bit in common.
func (f *Func) VCMTST(x, y, z V) { f.op("VCMTST", x.S4(), y.S4(), z.S4()) }

func (f *Func) VAND(x, y, z V) { f.op("VAND", x.B16(), y.B16(), z.B16()) }
func (f *Func) VORR(x, y, z V) { f.op("VORR", x.B16(), y.B16(), z.B16()) }
func (f *Func) VMOV(x, y V)    { f.op("VMOV", x.B16(), y.B16()) }

// Zero sets all bits to 0, by the form that newer CPUs do without a vector unit.
func (f *Func) Zero(x V) { f.word(0x6f00e400|uint32(x), "VMOVI", imm(0), x.String()+".D2") }

// VBSL replaces each bit of the mask by that of yes where it is 1, else of no.
func (f *Func) VBSL(no, yes, mask V) { f.op("VBSL", no.B16(), yes.B16(), mask.B16()) }

// VDUP copies a lane to all.
func (f *Func) VDUP(x Lane, y V) { f.op("VDUP", x, y.S4()) }

// VZIP1 and VZIP2 interleave the first, or last, two lanes of y and x.

func (f *Func) VZIP1(x, y, z V) { f.op("VZIP1", x.S4(), y.S4(), z.S4()) }
func (f *Func) VZIP2(x, y, z V) { f.op("VZIP2", x.S4(), y.S4(), z.S4()) }

// VTBL2 takes for each byte of index that byte of the pair of registers that
// begins with table.
func (f *Func) VTBL2(index, table, z V) {
	f.op("VTBL", index.B16(), "["+table.B16()+", "+(table+1).B16()+"]", z.B16())
}
