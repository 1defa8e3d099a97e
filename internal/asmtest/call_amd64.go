package asmtest

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"golang.org/x/sys/cpu"
)

// machine is what the trampoline puts into registers and on the stack, and what it
// finds there afterwards.
type machine struct {
	entry uintptr
	wide  uint64 // the CPU has AVX-512
	frame [frameWords]uint64
	below [belowWords]uint64 // what stands below the stack pointer

	garbage [8]uint64 // of a vector register

	stack, base           uint64 // SP and BP
	stackAfter, baseAfter uint64
	flags                 uint64
	vectors               [16][8]uint64
	mxcsr, mxcsrAfter     uint32
}

// called is how many bytes below the stack pointer a call takes by itself: the
// return address; and if it has a frame, the assembler saves BP there.
func called(frame int) int {
	if frame == 0 {
		return 8
	}
	return 8 + frame + 8
}

func (m *machine) prepare() {
	m.wide = 0
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW {
		m.wide = 1
	}
}

// broken lists the rules for this architecture that the call broke. MXCSR's status
// bits are not looked at: Go's own code changes them whenever it computes.
//
// The control bits are held against what Go has there always (all exceptions
// masked), not against what they were: another call may have changed them before.
func (m *machine) broken() (rules []string) {
	rule := func(ok bool, format string, arguments ...any) {
		if !ok {
			rules = append(rules, fmt.Sprintf(format, arguments...))
		}
	}
	const control, always = 0xffc0, 0x1f80
	rule(m.stack == m.stackAfter, "SP was %#x and is %#x", m.stack, m.stackAfter)
	rule(m.base == m.baseAfter, "BP was %#x and is %#x", m.base, m.baseAfter)
	rule(m.flags&(1<<10) == 0, "the direction flag is set")
	rule(m.mxcsrAfter&control == always, "the control bits of MXCSR are %#x, not %#x", m.mxcsrAfter&control, always)
	dirty := uint16(0)
	for i, v := range &m.vectors {
		for _, word := range v[2:] {
			if word != 0 {
				dirty |= 1 << i
			}
		}
	}
	rule(dirty == 0, "the upper halves of %d vector registers are not zero, of which the first is %d", bits.OnesCount16(dirty), bits.TrailingZeros16(dirty))
	return rules
}

const instructionUnit = 1

// callTarget returns where a CALL of a relative address at pc goes to, or 0.
func callTarget(pc uintptr) uintptr {
	const opcode, size = 0xe8, 5
	if code(pc, 1)[0] != opcode {
		return 0
	}
	offset := int32(binary.LittleEndian.Uint32(code(pc+1, 4)))
	return pc + size + uintptr(offset)
}
