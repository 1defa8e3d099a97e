//go:build !purego && !noasm

package asm

import "github.com/sepconv/go/internal/kernel"

func sets() []kernel.Set {
	return []kernel.Set{avx2.row("avx2", 24_000, "AVX", "AVX2", "FMA3")}
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
	band: transpose8x8AVX2,
	peak: peakAVX2,
	strided: []stridedKernel{
		1: pointwiseStrided1x16AVX2, 2: pointwiseStrided2x16AVX2, 3: pointwiseStrided3x16AVX2,
		4: pointwiseStrided4x16AVX2, 5: pointwiseStrided5x16AVX2, 6: pointwiseStrided6x16AVX2,
	},
	columns:  []columnsKernel{1: depthwise1x8AVX2, 2: depthwise2x8AVX2, 4: depthwise4x8AVX2, 8: depthwise8x8AVX2},
	gathered: []gatheredKernel{1: depthwiseGathered1x8AVX2, 2: depthwiseGathered2x8AVX2, 4: depthwiseGathered4x8AVX2, 8: depthwiseGathered8x8AVX2},
}
