//go:build !purego && !noasm

package asm

import "github.com/sepconv/go/internal/kernel"

const (
	panelWidth = 16 // of packed panels of depthwise taps
	peakChains = 12 // multiply-adds in an iteration of the peak kernels
)

func sets() []kernel.Set {
	return []kernel.Set{
		avx512.row("avx512", 60_000, "AVX", "AVX2", "FMA3", "AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL"),
		avx2.row("avx2", 24_000, "AVX", "AVX2", "FMA3"),
	}
}

// avx2 has 16 registers of 8 lanes.
var avx2 = &vectorSet{
	lanes:         8,
	chunk:         6,
	gatheredChunk: 5,
	pointwise: []pointwiseKernel{
		1: pointwise1x16AVX2, 2: pointwise2x16AVX2, 3: pointwise3x16AVX2,
		4: pointwise4x16AVX2, 5: pointwise5x16AVX2, 6: pointwise6x16AVX2,
	},
	wide: []wide{1: {4, pointwise1x64AVX2}, 2: {2, pointwise2x32AVX2}, 3: {2, pointwise3x32AVX2}},
	copy: copyRowsAVX2,
	band: transpose8x8AVX2,
	peak: peakAVX2,
	strided: []stridedKernel{
		1: pointwiseStrided1x16AVX2, 2: pointwiseStrided2x16AVX2, 3: pointwiseStrided3x16AVX2,
		4: pointwiseStrided4x16AVX2, 5: pointwiseStrided5x16AVX2, 6: pointwiseStrided6x16AVX2,
	},
	lines:    []linesKernel{1: depthwiseLines16AVX2, 2: depthwiseLines32AVX2, 4: depthwiseLines64AVX2},
	columns:  []columnsKernel{1: depthwise1x8AVX2, 2: depthwise2x8AVX2, 4: depthwise4x8AVX2, 8: depthwise8x8AVX2},
	gathered: []gatheredKernel{1: depthwiseGathered1x8AVX2, 2: depthwiseGathered2x8AVX2, 4: depthwiseGathered4x8AVX2, 8: depthwiseGathered8x8AVX2},
	rollKernels: []rollKernel{
		1: depthwiseRoll1x8AVX2, 2: depthwiseRoll2x8AVX2, 3: depthwiseRoll3x8AVX2, 4: depthwiseRoll4x8AVX2, 5: depthwiseRoll5x8AVX2,
		6: depthwiseRoll6x8AVX2, 7: depthwiseRoll7x8AVX2,
	},
	gatheredRolls: []gatheredRollKernel{
		1: depthwiseRollGathered1x8AVX2, 2: depthwiseRollGathered2x8AVX2, 3: depthwiseRollGathered3x8AVX2,
		4: depthwiseRollGathered4x8AVX2, 5: depthwiseRollGathered5x8AVX2, 6: depthwiseRollGathered6x8AVX2,
	},
	activations: activations{
		plain: [kernel.Funcs]func(y *float32, n int){
			kernel.ReLU:         reluAVX2,
			kernel.ReLU6:        relu6AVX2,
			kernel.SELU:         seluAVX2,
			kernel.Exponential:  expAVX2,
			kernel.Sigmoid:      sigmoidAVX2,
			kernel.Tanh:         tanhAVX2,
			kernel.SiLU:         siluAVX2,
			kernel.GELU:         geluAVX2,
			kernel.GELUTanh:     geluTanhAVX2,
			kernel.Mish:         mishAVX2,
			kernel.Softplus:     softplusAVX2,
			kernel.Softsign:     softsignAVX2,
			kernel.LogSigmoid:   logSigmoidAVX2,
			kernel.HardSigmoid:  hardSigmoidAVX2,
			kernel.HardSigmoid2: hardSigmoid2AVX2,
			kernel.HardSiLU:     hardSiLUAVX2,
			kernel.HardTanh:     hardTanhAVX2,
		},
		withA: [kernel.Funcs]func(y *float32, n int, a float32){
			kernel.LeakyReLU:  leakyReLUAVX2,
			kernel.ELU:        eluAVX2,
			kernel.CELU:       celuAVX2,
			kernel.SquarePlus: squarePlusAVX2,
		},
		gate: gateAVX2,
	},
}

// avx512 has 32 registers of 16 lanes.
var avx512 = &vectorSet{
	lanes:         16,
	chunk:         12,
	gatheredChunk: 11,
	pointwise: []pointwiseKernel{
		1: pointwise1x32AVX512, 2: pointwise2x32AVX512, 3: pointwise3x32AVX512, 4: pointwise4x32AVX512, 5: pointwise5x32AVX512,
		6: pointwise6x32AVX512, 7: pointwise7x32AVX512, 8: pointwise8x32AVX512, 9: pointwise9x32AVX512, 10: pointwise10x32AVX512,
		11: pointwise11x32AVX512, 12: pointwise12x32AVX512, 13: pointwise13x32AVX512, 14: pointwise14x32AVX512,
	},
	wide: []wide{1: {4, pointwise1x128AVX512}, 2: {2, pointwise2x64AVX512}, 3: {2, pointwise3x64AVX512}},
	strided: []stridedKernel{
		1: pointwiseStrided1x16AVX512, 2: pointwiseStrided2x16AVX512, 3: pointwiseStrided3x16AVX512, 4: pointwiseStrided4x16AVX512, 5: pointwiseStrided5x16AVX512,
		6: pointwiseStrided6x16AVX512, 7: pointwiseStrided7x16AVX512, 8: pointwiseStrided8x16AVX512, 9: pointwiseStrided9x16AVX512, 10: pointwiseStrided10x16AVX512,
		11: pointwiseStrided11x16AVX512, 12: pointwiseStrided12x16AVX512, 13: pointwiseStrided13x16AVX512, 14: pointwiseStrided14x16AVX512,
	},
	lines: []linesKernel{1: depthwiseLines32AVX512, 2: depthwiseLines64AVX512, 4: depthwiseLines128AVX512},
	columns: []columnsKernel{
		1: depthwise1x16AVX512, 2: depthwise2x16AVX512, 4: depthwise4x16AVX512, 8: depthwise8x16AVX512, 16: depthwise16x16AVX512,
	},
	gathered: []gatheredKernel{
		1: depthwiseGathered1x16AVX512, 2: depthwiseGathered2x16AVX512, 4: depthwiseGathered4x16AVX512,
		8: depthwiseGathered8x16AVX512, 16: depthwiseGathered16x16AVX512,
	},
	rollKernels: []rollKernel{
		1: depthwiseRoll1x16AVX512, 2: depthwiseRoll2x16AVX512, 3: depthwiseRoll3x16AVX512, 4: depthwiseRoll4x16AVX512, 5: depthwiseRoll5x16AVX512,
		6: depthwiseRoll6x16AVX512, 7: depthwiseRoll7x16AVX512, 8: depthwiseRoll8x16AVX512, 9: depthwiseRoll9x16AVX512, 10: depthwiseRoll10x16AVX512,
		11: depthwiseRoll11x16AVX512, 12: depthwiseRoll12x16AVX512, 13: depthwiseRoll13x16AVX512, 14: depthwiseRoll14x16AVX512, 15: depthwiseRoll15x16AVX512,
	},
	gatheredRolls: []gatheredRollKernel{
		1: depthwiseRollGathered1x16AVX512, 2: depthwiseRollGathered2x16AVX512, 3: depthwiseRollGathered3x16AVX512,
		4: depthwiseRollGathered4x16AVX512, 5: depthwiseRollGathered5x16AVX512, 6: depthwiseRollGathered6x16AVX512,
		7: depthwiseRollGathered7x16AVX512, 8: depthwiseRollGathered8x16AVX512, 9: depthwiseRollGathered9x16AVX512,
		10: depthwiseRollGathered10x16AVX512, 11: depthwiseRollGathered11x16AVX512, 12: depthwiseRollGathered12x16AVX512,
		13: depthwiseRollGathered13x16AVX512, 14: depthwiseRollGathered14x16AVX512, 15: depthwiseRollGathered15x16AVX512,
	},
	peak: peakAVX512,

	activations: activations{
		plain: [kernel.Funcs]func(y *float32, n int){
			kernel.ReLU:         reluAVX512,
			kernel.ReLU6:        relu6AVX512,
			kernel.SELU:         seluAVX512,
			kernel.Exponential:  expAVX512,
			kernel.Sigmoid:      sigmoidAVX512,
			kernel.Tanh:         tanhAVX512,
			kernel.SiLU:         siluAVX512,
			kernel.GELU:         geluAVX512,
			kernel.GELUTanh:     geluTanhAVX512,
			kernel.Mish:         mishAVX512,
			kernel.Softplus:     softplusAVX512,
			kernel.Softsign:     softsignAVX512,
			kernel.LogSigmoid:   logSigmoidAVX512,
			kernel.HardSigmoid:  hardSigmoidAVX512,
			kernel.HardSigmoid2: hardSigmoid2AVX512,
			kernel.HardSiLU:     hardSiLUAVX512,
			kernel.HardTanh:     hardTanhAVX512,
		},
		withA: [kernel.Funcs]func(y *float32, n int, a float32){
			kernel.LeakyReLU:  leakyReLUAVX512,
			kernel.ELU:        eluAVX512,
			kernel.CELU:       celuAVX512,
			kernel.SquarePlus: squarePlusAVX512,
		},
		gate: gateAVX512,
	},

	copy: copyRowsAVX2, band: transpose8x8AVX2,
}
