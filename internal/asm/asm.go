// Package asm is the contract of package kernel in assembly: generated kernels
// and one table row a set. The Go code here cuts blocks into the pieces that a
// kernel computes at once.
package asm

import "github.com/sepconv/go/internal/kernel"

// Sets returns the rows of this architecture, best first. Each says what it
// requires of the CPU.
func Sets() []kernel.Set { return sets() }
