// Package neon is the set of NEON, or Advanced SIMD, whose vectors have 4 lanes.
// Every 64-bit Arm CPU has it.
package neon
