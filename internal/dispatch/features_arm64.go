package dispatch

import (
	"github.com/sepconv/go/internal/kernel"
	"golang.org/x/sys/cpu"
)

// detected tells what may run. Every 64-bit Arm CPU has Advanced SIMD, but
// GODEBUG=cpu.asimd=off makes as if not, so that what is tested is the rest.
func detected() kernel.CPU {
	return kernel.CPU{Features: map[string]bool{"ASIMD": cpu.ARM64.HasASIMD}}
}
