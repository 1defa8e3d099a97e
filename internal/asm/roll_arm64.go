//go:build !purego && !noasm

package asm

import "github.com/sepconv/go/internal/kernel"

// No kernels roll: in order, the multiply-adds of a row and few taps would wait for
// each other.
type (
	rollKernel         func()
	gatheredRollKernel func()
)

func (v *vectorSet) roll(*kernel.Depthwise, *taps) bool { return false }
