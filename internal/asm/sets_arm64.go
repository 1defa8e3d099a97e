//go:build !purego && !noasm

package asm

import "github.com/sepconv/go/internal/kernel"

const (
	panelWidth = 4  // of packed panels of depthwise taps
	peakChains = 24 // multiply-adds in an iteration of the peak kernel
)

func sets() []kernel.Set {
	return []kernel.Set{neon.row("neon", 16_000, "ASIMD")}
}

// neon has 32 registers of 4 lanes. Every 64-bit Arm CPU has it, under the name of
// Advanced SIMD.
var neon = &vectorSet{
	lanes:         4,
	chunk:         12,
	gatheredChunk: 8,
	pointwise: []pointwiseKernel{
		1: pointwise1x8NEON, 2: pointwise2x8NEON, 3: pointwise3x8NEON, 4: pointwise4x8NEON,
		5: pointwise5x8NEON, 6: pointwise6x8NEON, 7: pointwise7x8NEON, 8: pointwise8x8NEON,
	},
	wide: []wide{1: {4, pointwise1x32NEON}, 2: {4, pointwise2x32NEON}, 3: {2, pointwise3x16NEON}, 4: {2, pointwise4x16NEON}},
	strided: []stridedKernel{
		1: pointwise1x4NEON, 2: pointwise2x4NEON, 3: pointwise3x4NEON, 4: pointwise4x4NEON,
		5: pointwise5x4NEON, 6: pointwise6x4NEON, 7: pointwise7x4NEON, 8: pointwise8x4NEON,
	},
	columns:  []columnsKernel{1: depthwise1x4NEON, 2: depthwise2x4NEON, 4: depthwise4x4NEON, 8: depthwise8x4NEON, 16: depthwise16x4NEON},
	lines:    []linesKernel{1: depthwiseLines8NEON, 2: depthwiseLines16NEON, 4: depthwiseLines32NEON, 8: depthwiseLines64NEON},
	gathered: []gatheredKernel{1: depthwiseGathered1x4NEON, 2: depthwiseGathered2x4NEON, 4: depthwiseGathered4x4NEON, 8: depthwiseGathered8x4NEON, 16: depthwiseGathered16x4NEON},
	copy:     copyRowsNEON,
	band:     transpose8x8NEON,
	peak:     peakNEON,
	activations: activations{
		plain: [kernel.Funcs]func(y *float32, n int){
			kernel.ReLU:         reluNEON,
			kernel.ReLU6:        relu6NEON,
			kernel.SELU:         seluNEON,
			kernel.Exponential:  expNEON,
			kernel.Sigmoid:      sigmoidNEON,
			kernel.Tanh:         tanhNEON,
			kernel.SiLU:         siluNEON,
			kernel.GELU:         geluNEON,
			kernel.GELUTanh:     geluTanhNEON,
			kernel.Mish:         mishNEON,
			kernel.Softplus:     softplusNEON,
			kernel.Softsign:     softsignNEON,
			kernel.LogSigmoid:   logSigmoidNEON,
			kernel.HardSigmoid:  hardSigmoidNEON,
			kernel.HardSigmoid2: hardSigmoid2NEON,
			kernel.HardSiLU:     hardSiLUNEON,
			kernel.HardTanh:     hardTanhNEON,
		},
		withA: [kernel.Funcs]func(y *float32, n int, a float32){
			kernel.LeakyReLU:  leakyReLUNEON,
			kernel.ELU:        eluNEON,
			kernel.CELU:       celuNEON,
			kernel.SquarePlus: squarePlusNEON,
		},
		gate: gateNEON,
	},
}

// For vectors of columns that have one input, and those of which every two have one.
var (
	neonSingle = []gatheredKernel{
		1: depthwiseSingle1x4NEON, 2: depthwiseSingle2x4NEON, 4: depthwiseSingle4x4NEON, 8: depthwiseSingle8x4NEON, 16: depthwiseSingle16x4NEON,
	}
	neonTwice = []gatheredKernel{
		1: depthwiseTwice1x4NEON, 2: depthwiseTwice2x4NEON, 4: depthwiseTwice4x4NEON, 8: depthwiseTwice8x4NEON, 16: depthwiseTwice16x4NEON,
	}
)
