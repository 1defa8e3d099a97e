package dispatch

import (
	"github.com/sepconv/go/internal/kernel"
	"golang.org/x/sys/cpu"
)

// detected tells what may run, in the assembler's words. x/sys/cpu asks the
// operating system as well as the CPU, and honours GODEBUG=cpu.avx2=off.
func detected() kernel.CPU {
	return kernel.CPU{Features: map[string]bool{
		"AVX":  cpu.X86.HasAVX,
		"AVX2": cpu.X86.HasAVX2,
		"FMA3": cpu.X86.HasFMA,

		"AVX512F":  cpu.X86.HasAVX512F,
		"AVX512BW": cpu.X86.HasAVX512BW,
		"AVX512DQ": cpu.X86.HasAVX512DQ,
		"AVX512VL": cpu.X86.HasAVX512VL,
	}}
}
