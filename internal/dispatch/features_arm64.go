package dispatch

import "golang.org/x/sys/cpu"

// features tells what may run. Every 64-bit Arm CPU has Advanced SIMD, but
// GODEBUG=cpu.asimd=off makes as if not, so that what is tested is the rest.
var features = map[string]bool{
	"ASIMD": cpu.ARM64.HasASIMD,
}
