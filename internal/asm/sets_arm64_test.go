//go:build !purego && !noasm

package asm

// vectorSets has the functions of each row of the table.
var vectorSets = map[string]*vectorSet{"neon": neon}

// otherKernels points to what holds functions besides.
var otherKernels = []any{&neonSingle, &neonTwice}
