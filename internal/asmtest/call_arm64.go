package asmtest

import (
	"encoding/binary"
	"fmt"
	"runtime"
)

// machine is what the trampoline puts into registers and on the stack, and what it
// finds there afterwards.
type machine struct {
	entry uintptr
	frame [frameWords]uint64
	below [belowWords]uint64 // what stands below the stack pointer and the frame pointer saved there

	garbage [8]uint64 // of vector registers

	stack, base, g, platform                     uint64 // RSP, R29, R28, R18
	stackAfter, baseAfter, gAfter, platformAfter uint64
	fpcr, fpcrAfter                              uint64
}

// called is how many bytes below the stack pointer a call takes by itself: with a
// frame, the assembler saves R30 and R29 in it and keeps RSP a multiple of 16.
func called(frame int) int {
	if frame == 0 {
		return 0
	}
	return (frame + 8 + 15) / 16 * 16
}

func (m *machine) prepare() { m.platform = garbage }

// broken lists the rules for this architecture that the call broke.
//
// The control bits of floating point are held against what Go has there always,
// not against what they were: another call may have changed them before.
func (m *machine) broken() (rules []string) {
	rule := func(ok bool, format string, arguments ...any) {
		if !ok {
			rules = append(rules, fmt.Sprintf(format, arguments...))
		}
	}
	rule(m.stack == m.stackAfter, "RSP was %#x and is %#x", m.stack, m.stackAfter)
	rule(m.base == m.baseAfter, "R29, the frame pointer, was %#x and is %#x", m.base, m.baseAfter)
	rule(m.g == m.gAfter, "R28, the goroutine, was %#x and is %#x", m.g, m.gAfter)
	if runtime.GOOS == "linux" { // elsewhere it is the operating system's
		rule(m.platform == m.platformAfter, "R18, the platform's, was %#x and is %#x", m.platform, m.platformAfter)
	}
	const control, always = 0x3c09f07, 0
	rule(m.fpcrAfter&control == always, "the control bits of FPCR are %#x, not %#x", m.fpcrAfter&control, always)
	return rules
}

const instructionUnit = 4

// callTarget returns where a BL at pc goes to, or 0.
func callTarget(pc uintptr) uintptr {
	const opcode, bits = 0b100101, 26
	word := binary.LittleEndian.Uint32(code(pc, 4))
	if word>>bits != opcode {
		return 0
	}
	return pc + uintptr(int32(word<<(32-bits))>>(32-bits)*4)
}
