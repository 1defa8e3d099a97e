//go:build !purego && !noasm

package avx2

import (
	"github.com/sepconv/go/internal/asm"
	"github.com/sepconv/go/internal/kernel"
)

// Set returns the row of the table.
func Set(kernel.CPU) kernel.Set { return kernels.Set() }

var kernels = asm.Kernels{
	Name:     "avx2",
	Requires: []string{"AVX", "AVX2", "FMA3"},
	Rate:     24_000,

	Panel: 16,
	Lanes: 8,
	Chunk: 6,
	Pointwise: []asm.PointwiseKernel{
		1: pointwise1x16AVX2, 2: pointwise2x16AVX2, 3: pointwise3x16AVX2,
		4: pointwise4x16AVX2, 5: pointwise5x16AVX2, 6: pointwise6x16AVX2,
	},
	Wide:       []asm.Wide{1: {Panels: 4, Run: pointwise1x64AVX2}, 2: {Panels: 2, Run: pointwise2x32AVX2}, 3: {Panels: 2, Run: pointwise3x32AVX2}},
	Copy:       copyRowsAVX2,
	CopiesPast: []asm.CopyPast{{Lanes: 8, Run: copyPastAVX2}},
	Fence:      fenceAVX2,
	Transpose:  Transpose,
	Maximum:    maximumAVX2,
	Sum:        sumAVX2,
	Shallow: asm.Shallow{Panels: 1, ByDepth: []asm.ShallowKernel{
		1: pointwiseShallow1x16AVX2, 2: pointwiseShallow2x16AVX2, 3: pointwiseShallow3x16AVX2, 4: pointwiseShallow4x16AVX2, 5: pointwiseShallow5x16AVX2,
	}},
	Strided: []asm.StridedKernel{
		1: pointwiseStrided1x16AVX2, 2: pointwiseStrided2x16AVX2, 3: pointwiseStrided3x16AVX2,
		4: pointwiseStrided4x16AVX2, 5: pointwiseStrided5x16AVX2, 6: pointwiseStrided6x16AVX2,
	},
	Edges: asm.Edges{Lanes: asm.LanesByWord, ByVectors: [][]asm.EdgeKernel{
		1: {1: pointwiseEdge1x8AVX2, 2: pointwiseEdge2x8AVX2, 3: pointwiseEdge3x8AVX2, 4: pointwiseEdge4x8AVX2, 5: pointwiseEdge5x8AVX2, 6: pointwiseEdge6x8AVX2},
		2: {1: pointwiseEdge1x16AVX2, 2: pointwiseEdge2x16AVX2, 3: pointwiseEdge3x16AVX2, 4: pointwiseEdge4x16AVX2, 5: pointwiseEdge5x16AVX2, 6: pointwiseEdge6x16AVX2},
	}},
	Lines:         []asm.LinesKernel{1: depthwiseLines16AVX2, 2: depthwiseLines32AVX2, 4: depthwiseLines64AVX2},
	TransposeTaps: 16,
	Windows:       []asm.WindowKernel{1: depthwise1x8AVX2, 2: depthwise2x8AVX2, 4: depthwise4x8AVX2, 8: depthwise8x8AVX2},
	Rolls: [][]asm.RollKernel{
		1: {
			1: depthwiseRoll1x8AVX2, 2: depthwiseRoll2x8AVX2, 3: depthwiseRoll3x8AVX2, 4: depthwiseRoll4x8AVX2,
			5: depthwiseRoll5x8AVX2, 6: depthwiseRoll6x8AVX2, 7: depthwiseRoll7x8AVX2,
		},
		2: {
			2: depthwiseRoll2By2x8AVX2, 3: depthwiseRoll3By2x8AVX2, 4: depthwiseRoll4By2x8AVX2, 5: depthwiseRoll5By2x8AVX2,
			6: depthwiseRoll6By2x8AVX2, 7: depthwiseRoll7By2x8AVX2, 8: depthwiseRoll8By2x8AVX2, 9: depthwiseRoll9By2x8AVX2,
		},
		3: {
			2: depthwiseRoll2By3x8AVX2, 3: depthwiseRoll3By3x8AVX2, 4: depthwiseRoll4By3x8AVX2, 5: depthwiseRoll5By3x8AVX2,
			6: depthwiseRoll6By3x8AVX2, 7: depthwiseRoll7By3x8AVX2, 8: depthwiseRoll8By3x8AVX2, 9: depthwiseRoll9By3x8AVX2,
			10: depthwiseRoll10By3x8AVX2,
		},
		4: {
			2: depthwiseRoll2By4x8AVX2, 3: depthwiseRoll3By4x8AVX2, 4: depthwiseRoll4By4x8AVX2, 5: depthwiseRoll5By4x8AVX2,
			6: depthwiseRoll6By4x8AVX2, 7: depthwiseRoll7By4x8AVX2, 8: depthwiseRoll8By4x8AVX2, 9: depthwiseRoll9By4x8AVX2,
			10: depthwiseRoll10By4x8AVX2, 11: depthwiseRoll11By4x8AVX2,
		},
	},
	Gather: &asm.Masks{
		Chunk:   5,
		Windows: []asm.MaskedKernel{1: depthwiseGathered1x8AVX2, 2: depthwiseGathered2x8AVX2, 4: depthwiseGathered4x8AVX2, 8: depthwiseGathered8x8AVX2},
		Rolls: [][]asm.MaskedRollKernel{
			1: {
				1: depthwiseRollGathered1x8AVX2, 2: depthwiseRollGathered2x8AVX2, 3: depthwiseRollGathered3x8AVX2, 4: depthwiseRollGathered4x8AVX2,
				5: depthwiseRollGathered5x8AVX2, 6: depthwiseRollGathered6x8AVX2,
			},
			2: {
				2: depthwiseRollGathered2By2x8AVX2, 3: depthwiseRollGathered3By2x8AVX2, 4: depthwiseRollGathered4By2x8AVX2, 5: depthwiseRollGathered5By2x8AVX2,
				6: depthwiseRollGathered6By2x8AVX2, 7: depthwiseRollGathered7By2x8AVX2, 8: depthwiseRollGathered8By2x8AVX2,
			},
			3: {
				2: depthwiseRollGathered2By3x8AVX2, 3: depthwiseRollGathered3By3x8AVX2, 4: depthwiseRollGathered4By3x8AVX2, 5: depthwiseRollGathered5By3x8AVX2,
				6: depthwiseRollGathered6By3x8AVX2, 7: depthwiseRollGathered7By3x8AVX2, 8: depthwiseRollGathered8By3x8AVX2, 9: depthwiseRollGathered9By3x8AVX2,
			},
			4: {
				2: depthwiseRollGathered2By4x8AVX2, 3: depthwiseRollGathered3By4x8AVX2, 4: depthwiseRollGathered4By4x8AVX2, 5: depthwiseRollGathered5By4x8AVX2,
				6: depthwiseRollGathered6By4x8AVX2, 7: depthwiseRollGathered7By4x8AVX2, 8: depthwiseRollGathered8By4x8AVX2, 9: depthwiseRollGathered9By4x8AVX2,
			},
		},
	},
	Gradients: []asm.Gradient{
		1:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient1x8AVX2, 4: depthwiseGradient1x32AVX2}, Edge: depthwiseGradientEdge1x8AVX2},
		2:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient2x8AVX2, 4: depthwiseGradient2x32AVX2}, Edge: depthwiseGradientEdge2x8AVX2},
		3:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient3x8AVX2, 4: depthwiseGradient3x32AVX2}, Edge: depthwiseGradientEdge3x8AVX2},
		4:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient4x8AVX2, 2: depthwiseGradient4x16AVX2}, Edge: depthwiseGradientEdge4x8AVX2},
		5:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient5x8AVX2, 2: depthwiseGradient5x16AVX2}, Edge: depthwiseGradientEdge5x8AVX2},
		6:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient6x8AVX2, 2: depthwiseGradient6x16AVX2}, Edge: depthwiseGradientEdge6x8AVX2},
		7:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient7x8AVX2, 2: depthwiseGradient7x16AVX2}, Edge: depthwiseGradientEdge7x8AVX2},
		8:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient8x8AVX2}, Edge: depthwiseGradientEdge8x8AVX2},
		9:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient9x8AVX2}, Edge: depthwiseGradientEdge9x8AVX2},
		10: {ByVectors: []asm.GradientKernel{1: depthwiseGradient10x8AVX2}, Edge: depthwiseGradientEdge10x8AVX2},
		11: {ByVectors: []asm.GradientKernel{1: depthwiseGradient11x8AVX2}, Edge: depthwiseGradientEdge11x8AVX2},
		12: {ByVectors: []asm.GradientKernel{1: depthwiseGradient12x8AVX2}, Edge: depthwiseGradientEdge12x8AVX2},
	},
	Products: asm.Products{
		Whole: []asm.ProductKernel{
			1: pointwiseGradient1x16AVX2, 2: pointwiseGradient2x16AVX2, 3: pointwiseGradient3x16AVX2, 4: pointwiseGradient4x16AVX2, 5: pointwiseGradient5x16AVX2,
			6: pointwiseGradient6x16AVX2,
		},
		Edges: []asm.ProductEdge{
			1: pointwiseGradientEdge1x16AVX2, 2: pointwiseGradientEdge2x16AVX2, 3: pointwiseGradientEdge3x16AVX2, 4: pointwiseGradientEdge4x16AVX2, 5: pointwiseGradientEdge5x16AVX2,
		},
	},
	Activations: asm.Activations{
		Plain: [kernel.Funcs]func(y *float32, n int){
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
		WithA: [kernel.Funcs]func(y *float32, n int, a float32){
			kernel.LeakyReLU:  leakyReLUAVX2,
			kernel.ELU:        eluAVX2,
			kernel.CELU:       celuAVX2,
			kernel.SquarePlus: squarePlusAVX2,
		},
		Gate: gateAVX2,

		PlainPullbacks: [kernel.Funcs]func(z, dy *float32, n int){
			kernel.ReLU:          reluPullbackAVX2,
			kernel.ReLU6:         relu6PullbackAVX2,
			kernel.SELU:          seluPullbackAVX2,
			kernel.Exponential:   expPullbackAVX2,
			kernel.Sigmoid:       sigmoidPullbackAVX2,
			kernel.Tanh:          tanhPullbackAVX2,
			kernel.SiLU:          siluPullbackAVX2,
			kernel.GELU:          geluPullbackAVX2,
			kernel.GELUTanh:      geluTanhPullbackAVX2,
			kernel.Mish:          mishPullbackAVX2,
			kernel.Softplus:      softplusPullbackAVX2,
			kernel.Softsign:      softsignPullbackAVX2,
			kernel.LogSigmoid:    logSigmoidPullbackAVX2,
			kernel.HardSigmoid:   hardSigmoidPullbackAVX2,
			kernel.HardSigmoid2:  hardSigmoid2PullbackAVX2,
			kernel.HardSiLU:      hardSiLUPullbackAVX2,
			kernel.HardTanh:      hardTanhPullbackAVX2,
			kernel.TanhShrink:    tanhShrinkPullbackAVX2,
			kernel.SparsePlus:    sparsePlusPullbackAVX2,
			kernel.SparseSigmoid: sparseSigmoidPullbackAVX2,
		},
		PullbacksWithA: [kernel.Funcs]func(z, dy *float32, n int, a float32){
			kernel.LeakyReLU:  leakyReLUPullbackAVX2,
			kernel.ELU:        eluPullbackAVX2,
			kernel.CELU:       celuPullbackAVX2,
			kernel.HardShrink: shrinkPullbackAVX2,
			kernel.SoftShrink: shrinkPullbackAVX2,
			kernel.Threshold:  thresholdPullbackAVX2,
			kernel.SquarePlus: squarePlusPullbackAVX2,
		},
		Signs: signsAVX2, SignsPullback: signsPullbackAVX2,
	},
}

// For sets of wider vectors, which have none of their own.
var (
	CopyRows  = copyRowsAVX2
	CopyPast  = copyPastAVX2
	Fence     = fenceAVX2
	Transpose = []asm.TransposeKernel{2: transpose2x8AVX2, 4: transpose4x8AVX2, 8: transpose8x8AVX2}
	Maximum   = maximumAVX2
	Sum       = sumAVX2
)
