//go:build !purego && !noasm

package avx512

import (
	"github.com/sepconv/go/internal/asm"
	"github.com/sepconv/go/internal/asm/avx2"
	"github.com/sepconv/go/internal/kernel"
)

// Set returns the row of the table.
func Set(kernel.CPU) kernel.Set { return kernels.Set() }

var kernels = asm.Kernels{
	Name:     "avx512",
	Requires: []string{"AVX", "AVX2", "FMA3", "AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL"},
	Rate:     60_000,

	Panel: 16,
	Lanes: 16,
	Chunk: 12,
	// On Zen 5 a store of a vector takes, for a cycle, the way by which both FMA units read
	// their addends from the register file. An addend that was computed just before needs
	// none of it, as those of 14 sums mostly are and those of 28 never. (7 rows by 14, time:
	// 64 columns 0.98, 8 columns 0.92.)
	Height: 7,
	Pointwise: []asm.PointwiseKernel{
		1: pointwise1x32AVX512, 2: pointwise2x32AVX512, 3: pointwise3x32AVX512, 4: pointwise4x32AVX512, 5: pointwise5x32AVX512,
		6: pointwise6x32AVX512, 7: pointwise7x32AVX512, 8: pointwise8x32AVX512, 9: pointwise9x32AVX512, 10: pointwise10x32AVX512,
		11: pointwise11x32AVX512, 12: pointwise12x32AVX512, 13: pointwise13x32AVX512, 14: pointwise14x32AVX512,
	},
	Wide: []asm.Wide{1: {Panels: 4, Run: pointwise1x128AVX512}, 2: {Panels: 2, Run: pointwise2x64AVX512}, 3: {Panels: 2, Run: pointwise3x64AVX512}},
	Shallow: asm.Shallow{Panels: 2, ByDepth: []asm.ShallowKernel{
		1: pointwiseShallow1x64AVX512, 2: pointwiseShallow2x64AVX512, 3: pointwiseShallow3x64AVX512, 4: pointwiseShallow4x64AVX512, 5: pointwiseShallow5x64AVX512,
	}},
	Strided: []asm.StridedKernel{
		1: pointwiseStrided1x16AVX512, 2: pointwiseStrided2x16AVX512, 3: pointwiseStrided3x16AVX512, 4: pointwiseStrided4x16AVX512, 5: pointwiseStrided5x16AVX512,
		6: pointwiseStrided6x16AVX512, 7: pointwiseStrided7x16AVX512, 8: pointwiseStrided8x16AVX512, 9: pointwiseStrided9x16AVX512, 10: pointwiseStrided10x16AVX512,
		11: pointwiseStrided11x16AVX512, 12: pointwiseStrided12x16AVX512, 13: pointwiseStrided13x16AVX512, 14: pointwiseStrided14x16AVX512,
	},
	Edges: asm.Edges{Lanes: asm.LanesByBit, ByVectors: [][]asm.EdgeKernel{
		1: {1: pointwiseEdge1x16AVX512, 2: pointwiseEdge2x16AVX512, 3: pointwiseEdge3x16AVX512, 4: pointwiseEdge4x16AVX512, 5: pointwiseEdge5x16AVX512, 6: pointwiseEdge6x16AVX512, 7: pointwiseEdge7x16AVX512, 8: pointwiseEdge8x16AVX512, 9: pointwiseEdge9x16AVX512, 10: pointwiseEdge10x16AVX512, 11: pointwiseEdge11x16AVX512, 12: pointwiseEdge12x16AVX512, 13: pointwiseEdge13x16AVX512, 14: pointwiseEdge14x16AVX512},
		2: {1: pointwiseEdge1x32AVX512, 2: pointwiseEdge2x32AVX512, 3: pointwiseEdge3x32AVX512, 4: pointwiseEdge4x32AVX512, 5: pointwiseEdge5x32AVX512, 6: pointwiseEdge6x32AVX512, 7: pointwiseEdge7x32AVX512, 8: pointwiseEdge8x32AVX512, 9: pointwiseEdge9x32AVX512, 10: pointwiseEdge10x32AVX512, 11: pointwiseEdge11x32AVX512, 12: pointwiseEdge12x32AVX512, 13: pointwiseEdge13x32AVX512, 14: pointwiseEdge14x32AVX512},
	}},
	Bypass:        true,
	Lines:         []asm.LinesKernel{1: depthwiseLines32AVX512, 2: depthwiseLines64AVX512, 4: depthwiseLines128AVX512},
	TransposeTaps: 4,
	Windows: []asm.WindowKernel{
		1: depthwise1x16AVX512, 2: depthwise2x16AVX512, 4: depthwise4x16AVX512, 8: depthwise8x16AVX512, 16: depthwise16x16AVX512,
	},
	Rolls: [][]asm.RollKernel{
		1: {
			1: depthwiseRoll1x16AVX512, 2: depthwiseRoll2x16AVX512, 3: depthwiseRoll3x16AVX512, 4: depthwiseRoll4x16AVX512,
			5: depthwiseRoll5x16AVX512, 6: depthwiseRoll6x16AVX512, 7: depthwiseRoll7x16AVX512, 8: depthwiseRoll8x16AVX512,
			9: depthwiseRoll9x16AVX512, 10: depthwiseRoll10x16AVX512, 11: depthwiseRoll11x16AVX512, 12: depthwiseRoll12x16AVX512,
			13: depthwiseRoll13x16AVX512, 14: depthwiseRoll14x16AVX512, 15: depthwiseRoll15x16AVX512,
		},
		2: {
			2: depthwiseRoll2By2x16AVX512, 3: depthwiseRoll3By2x16AVX512, 4: depthwiseRoll4By2x16AVX512, 5: depthwiseRoll5By2x16AVX512,
			6: depthwiseRoll6By2x16AVX512, 7: depthwiseRoll7By2x16AVX512, 8: depthwiseRoll8By2x16AVX512, 9: depthwiseRoll9By2x16AVX512,
			10: depthwiseRoll10By2x16AVX512, 11: depthwiseRoll11By2x16AVX512, 12: depthwiseRoll12By2x16AVX512, 13: depthwiseRoll13By2x16AVX512,
			14: depthwiseRoll14By2x16AVX512, 15: depthwiseRoll15By2x16AVX512, 16: depthwiseRoll16By2x16AVX512, 17: depthwiseRoll17By2x16AVX512,
			18: depthwiseRoll18By2x16AVX512, 19: depthwiseRoll19By2x16AVX512, 20: depthwiseRoll20By2x16AVX512,
		},
		3: {
			2: depthwiseRoll2By3x16AVX512, 3: depthwiseRoll3By3x16AVX512, 4: depthwiseRoll4By3x16AVX512, 5: depthwiseRoll5By3x16AVX512,
			6: depthwiseRoll6By3x16AVX512, 7: depthwiseRoll7By3x16AVX512, 8: depthwiseRoll8By3x16AVX512, 9: depthwiseRoll9By3x16AVX512,
			10: depthwiseRoll10By3x16AVX512, 11: depthwiseRoll11By3x16AVX512, 12: depthwiseRoll12By3x16AVX512, 13: depthwiseRoll13By3x16AVX512,
			14: depthwiseRoll14By3x16AVX512, 15: depthwiseRoll15By3x16AVX512, 16: depthwiseRoll16By3x16AVX512, 17: depthwiseRoll17By3x16AVX512,
			18: depthwiseRoll18By3x16AVX512, 19: depthwiseRoll19By3x16AVX512, 20: depthwiseRoll20By3x16AVX512,
		},
		4: {
			2: depthwiseRoll2By4x16AVX512, 3: depthwiseRoll3By4x16AVX512, 4: depthwiseRoll4By4x16AVX512, 5: depthwiseRoll5By4x16AVX512,
			6: depthwiseRoll6By4x16AVX512, 7: depthwiseRoll7By4x16AVX512, 8: depthwiseRoll8By4x16AVX512, 9: depthwiseRoll9By4x16AVX512,
			10: depthwiseRoll10By4x16AVX512, 11: depthwiseRoll11By4x16AVX512, 12: depthwiseRoll12By4x16AVX512, 13: depthwiseRoll13By4x16AVX512,
			14: depthwiseRoll14By4x16AVX512, 15: depthwiseRoll15By4x16AVX512, 16: depthwiseRoll16By4x16AVX512, 17: depthwiseRoll17By4x16AVX512,
			18: depthwiseRoll18By4x16AVX512, 19: depthwiseRoll19By4x16AVX512, 20: depthwiseRoll20By4x16AVX512,
		},
	},

	Gather: &asm.Masks{
		Words: true,
		Chunk: 11,
		Windows: []asm.MaskedKernel{
			1: depthwiseGathered1x16AVX512, 2: depthwiseGathered2x16AVX512, 4: depthwiseGathered4x16AVX512,
			8: depthwiseGathered8x16AVX512, 16: depthwiseGathered16x16AVX512,
		},
		Rolls: [][]asm.MaskedRollKernel{
			1: {
				1: depthwiseRollGathered1x16AVX512, 2: depthwiseRollGathered2x16AVX512, 3: depthwiseRollGathered3x16AVX512, 4: depthwiseRollGathered4x16AVX512,
				5: depthwiseRollGathered5x16AVX512, 6: depthwiseRollGathered6x16AVX512, 7: depthwiseRollGathered7x16AVX512, 8: depthwiseRollGathered8x16AVX512,
				9: depthwiseRollGathered9x16AVX512, 10: depthwiseRollGathered10x16AVX512, 11: depthwiseRollGathered11x16AVX512, 12: depthwiseRollGathered12x16AVX512,
				13: depthwiseRollGathered13x16AVX512, 14: depthwiseRollGathered14x16AVX512, 15: depthwiseRollGathered15x16AVX512,
			},
			2: {
				2: depthwiseRollGathered2By2x16AVX512, 3: depthwiseRollGathered3By2x16AVX512, 4: depthwiseRollGathered4By2x16AVX512, 5: depthwiseRollGathered5By2x16AVX512,
				6: depthwiseRollGathered6By2x16AVX512, 7: depthwiseRollGathered7By2x16AVX512, 8: depthwiseRollGathered8By2x16AVX512, 9: depthwiseRollGathered9By2x16AVX512,
				10: depthwiseRollGathered10By2x16AVX512, 11: depthwiseRollGathered11By2x16AVX512, 12: depthwiseRollGathered12By2x16AVX512, 13: depthwiseRollGathered13By2x16AVX512,
				14: depthwiseRollGathered14By2x16AVX512, 15: depthwiseRollGathered15By2x16AVX512, 16: depthwiseRollGathered16By2x16AVX512, 17: depthwiseRollGathered17By2x16AVX512,
				18: depthwiseRollGathered18By2x16AVX512, 19: depthwiseRollGathered19By2x16AVX512,
			},
			3: {
				2: depthwiseRollGathered2By3x16AVX512, 3: depthwiseRollGathered3By3x16AVX512, 4: depthwiseRollGathered4By3x16AVX512, 5: depthwiseRollGathered5By3x16AVX512,
				6: depthwiseRollGathered6By3x16AVX512, 7: depthwiseRollGathered7By3x16AVX512, 8: depthwiseRollGathered8By3x16AVX512, 9: depthwiseRollGathered9By3x16AVX512,
				10: depthwiseRollGathered10By3x16AVX512, 11: depthwiseRollGathered11By3x16AVX512, 12: depthwiseRollGathered12By3x16AVX512, 13: depthwiseRollGathered13By3x16AVX512,
				14: depthwiseRollGathered14By3x16AVX512, 15: depthwiseRollGathered15By3x16AVX512, 16: depthwiseRollGathered16By3x16AVX512, 17: depthwiseRollGathered17By3x16AVX512,
				18: depthwiseRollGathered18By3x16AVX512, 19: depthwiseRollGathered19By3x16AVX512, 20: depthwiseRollGathered20By3x16AVX512,
			},
			4: {
				2: depthwiseRollGathered2By4x16AVX512, 3: depthwiseRollGathered3By4x16AVX512, 4: depthwiseRollGathered4By4x16AVX512, 5: depthwiseRollGathered5By4x16AVX512,
				6: depthwiseRollGathered6By4x16AVX512, 7: depthwiseRollGathered7By4x16AVX512, 8: depthwiseRollGathered8By4x16AVX512, 9: depthwiseRollGathered9By4x16AVX512,
				10: depthwiseRollGathered10By4x16AVX512, 11: depthwiseRollGathered11By4x16AVX512, 12: depthwiseRollGathered12By4x16AVX512, 13: depthwiseRollGathered13By4x16AVX512,
				14: depthwiseRollGathered14By4x16AVX512, 15: depthwiseRollGathered15By4x16AVX512, 16: depthwiseRollGathered16By4x16AVX512, 17: depthwiseRollGathered17By4x16AVX512,
				18: depthwiseRollGathered18By4x16AVX512, 19: depthwiseRollGathered19By4x16AVX512, 20: depthwiseRollGathered20By4x16AVX512,
			},
		},
	},
	Gradients: []asm.Gradient{
		1:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient1x16AVX512, 4: depthwiseGradient1x64AVX512, 8: depthwiseGradient1x128AVX512}, Edge: depthwiseGradientEdge1x16AVX512},
		2:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient2x16AVX512, 4: depthwiseGradient2x64AVX512, 8: depthwiseGradient2x128AVX512}, Edge: depthwiseGradientEdge2x16AVX512},
		3:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient3x16AVX512, 4: depthwiseGradient3x64AVX512, 8: depthwiseGradient3x128AVX512}, Edge: depthwiseGradientEdge3x16AVX512},
		4:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient4x16AVX512, 2: depthwiseGradient4x32AVX512}, Edge: depthwiseGradientEdge4x16AVX512},
		5:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient5x16AVX512, 2: depthwiseGradient5x32AVX512}, Edge: depthwiseGradientEdge5x16AVX512},
		6:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient6x16AVX512, 2: depthwiseGradient6x32AVX512}, Edge: depthwiseGradientEdge6x16AVX512},
		7:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient7x16AVX512, 2: depthwiseGradient7x32AVX512}, Edge: depthwiseGradientEdge7x16AVX512},
		8:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient8x16AVX512}, Edge: depthwiseGradientEdge8x16AVX512},
		9:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient9x16AVX512}, Edge: depthwiseGradientEdge9x16AVX512},
		10: {ByVectors: []asm.GradientKernel{1: depthwiseGradient10x16AVX512}, Edge: depthwiseGradientEdge10x16AVX512},
		11: {ByVectors: []asm.GradientKernel{1: depthwiseGradient11x16AVX512}, Edge: depthwiseGradientEdge11x16AVX512},
		12: {ByVectors: []asm.GradientKernel{1: depthwiseGradient12x16AVX512}, Edge: depthwiseGradientEdge12x16AVX512},
	},
	Products: asm.Products{
		Whole: []asm.ProductKernel{
			1: pointwiseGradient1x32AVX512, 2: pointwiseGradient2x32AVX512, 3: pointwiseGradient3x32AVX512, 4: pointwiseGradient4x32AVX512, 5: pointwiseGradient5x32AVX512,
			6: pointwiseGradient6x32AVX512, 7: pointwiseGradient7x32AVX512, 8: pointwiseGradient8x32AVX512, 9: pointwiseGradient9x32AVX512, 10: pointwiseGradient10x32AVX512,
			11: pointwiseGradient11x32AVX512, 12: pointwiseGradient12x32AVX512, 13: pointwiseGradient13x32AVX512, 14: pointwiseGradient14x32AVX512,
		},
		Edges: []asm.ProductEdge{
			1: pointwiseGradientEdge1x32AVX512, 2: pointwiseGradientEdge2x32AVX512, 3: pointwiseGradientEdge3x32AVX512, 4: pointwiseGradientEdge4x32AVX512, 5: pointwiseGradientEdge5x32AVX512,
			6: pointwiseGradientEdge6x32AVX512, 7: pointwiseGradientEdge7x32AVX512, 8: pointwiseGradientEdge8x32AVX512, 9: pointwiseGradientEdge9x32AVX512, 10: pointwiseGradientEdge10x32AVX512,
			11: pointwiseGradientEdge11x32AVX512, 12: pointwiseGradientEdge12x32AVX512, 13: pointwiseGradientEdge13x32AVX512,
		},
	},
	Activations: asm.Activations{
		Plain: [kernel.Funcs]func(y *float32, n int){
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
		WithA: [kernel.Funcs]func(y *float32, n int, a float32){
			kernel.LeakyReLU:  leakyReLUAVX512,
			kernel.ELU:        eluAVX512,
			kernel.CELU:       celuAVX512,
			kernel.SquarePlus: squarePlusAVX512,
		},
		Gate: gateAVX512,

		PlainPullbacks: [kernel.Funcs]func(z, dy *float32, n int){
			kernel.ReLU:          reluPullbackAVX512,
			kernel.ReLU6:         relu6PullbackAVX512,
			kernel.SELU:          seluPullbackAVX512,
			kernel.Exponential:   expPullbackAVX512,
			kernel.Sigmoid:       sigmoidPullbackAVX512,
			kernel.Tanh:          tanhPullbackAVX512,
			kernel.SiLU:          siluPullbackAVX512,
			kernel.GELU:          geluPullbackAVX512,
			kernel.GELUTanh:      geluTanhPullbackAVX512,
			kernel.Mish:          mishPullbackAVX512,
			kernel.Softplus:      softplusPullbackAVX512,
			kernel.Softsign:      softsignPullbackAVX512,
			kernel.LogSigmoid:    logSigmoidPullbackAVX512,
			kernel.HardSigmoid:   hardSigmoidPullbackAVX512,
			kernel.HardSigmoid2:  hardSigmoid2PullbackAVX512,
			kernel.HardSiLU:      hardSiLUPullbackAVX512,
			kernel.HardTanh:      hardTanhPullbackAVX512,
			kernel.TanhShrink:    tanhShrinkPullbackAVX512,
			kernel.SparsePlus:    sparsePlusPullbackAVX512,
			kernel.SparseSigmoid: sparseSigmoidPullbackAVX512,
		},
		PullbacksWithA: [kernel.Funcs]func(z, dy *float32, n int, a float32){
			kernel.LeakyReLU:  leakyReLUPullbackAVX512,
			kernel.ELU:        eluPullbackAVX512,
			kernel.CELU:       celuPullbackAVX512,
			kernel.HardShrink: shrinkPullbackAVX512,
			kernel.SoftShrink: shrinkPullbackAVX512,
			kernel.Threshold:  thresholdPullbackAVX512,
			kernel.SquarePlus: squarePlusPullbackAVX512,
		},
		Signs: signsAVX512, SignsPullback: signsPullbackAVX512,
	},

	CopiesPast: []asm.CopyPast{{Lanes: 16, Run: copyPastAVX512}, {Lanes: 8, Run: avx2.CopyPast}},

	Copy: avx2.CopyRows, Fence: avx2.Fence, Transpose: avx2.Transpose, Maximum: avx2.Maximum, Sum: avx2.Sum,
}
