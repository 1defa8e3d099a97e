package asmtest

import "golang.org/x/sys/cpu"

//go:noescape
func fma(dst, x, y, z []float32)

// FMA sets dst to x*y+z by the processor's float32 fused multiply-add. It
// reports false where the processor has none. The slices are equally long.
func FMA(dst, x, y, z []float32) bool {
	if !cpu.X86.HasFMA {
		return false
	}
	fma(dst, x, y, z)
	return true
}
