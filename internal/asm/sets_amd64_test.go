//go:build !purego && !noasm

package asm

// vectorSets has the functions of each row of the table.
var vectorSets = map[string]*vectorSet{"avx2": avx2, "avx512": avx512}

// otherKernels points to what holds functions besides.
var otherKernels []any
