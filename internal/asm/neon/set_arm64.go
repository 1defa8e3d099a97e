//go:build !purego && !noasm

package neon

import (
	"github.com/sepconv/go/internal/asm"
	"github.com/sepconv/go/internal/kernel"
)

// Set returns the row of the table.
func Set(kernel.CPU) kernel.Set { return kernels.Set() }

var kernels = asm.Kernels{
	Name:     "neon",
	Requires: []string{"ASIMD"},
	Rate:     16_000,

	Panel: 4,
	Lanes: 4,
	Chunk: 12,
	Pointwise: []asm.PointwiseKernel{
		1: pointwise1x8NEON, 2: pointwise2x8NEON, 3: pointwise3x8NEON, 4: pointwise4x8NEON,
		5: pointwise5x8NEON, 6: pointwise6x8NEON, 7: pointwise7x8NEON, 8: pointwise8x8NEON,
	},
	Wide: []asm.Wide{1: {Panels: 4, Run: pointwise1x32NEON}, 2: {Panels: 4, Run: pointwise2x32NEON}, 3: {Panels: 2, Run: pointwise3x16NEON}, 4: {Panels: 2, Run: pointwise4x16NEON}},
	Strided: []asm.StridedKernel{
		1: pointwise1x4NEON, 2: pointwise2x4NEON, 3: pointwise3x4NEON, 4: pointwise4x4NEON,
		5: pointwise5x4NEON, 6: pointwise6x4NEON, 7: pointwise7x4NEON, 8: pointwise8x4NEON,
	},
	Edges: asm.Edges{Lanes: asm.LanesByNumber, ByVectors: [][]asm.EdgeKernel{
		1: {1: pointwiseEdge1x4NEON, 2: pointwiseEdge2x4NEON, 3: pointwiseEdge3x4NEON, 4: pointwiseEdge4x4NEON, 5: pointwiseEdge5x4NEON, 6: pointwiseEdge6x4NEON, 7: pointwiseEdge7x4NEON, 8: pointwiseEdge8x4NEON},
		2: {1: pointwiseEdge1x8NEON, 2: pointwiseEdge2x8NEON, 3: pointwiseEdge3x8NEON, 4: pointwiseEdge4x8NEON, 5: pointwiseEdge5x8NEON, 6: pointwiseEdge6x8NEON, 7: pointwiseEdge7x8NEON, 8: pointwiseEdge8x8NEON},
	}},
	Windows: []asm.WindowKernel{1: depthwise1x4NEON, 2: depthwise2x4NEON, 4: depthwise4x4NEON, 8: depthwise8x4NEON, 16: depthwise16x4NEON},
	Rolls: [][]asm.RollKernel{
		1: {
			1: depthwiseRoll1x4NEON, 2: depthwiseRoll2x4NEON, 3: depthwiseRoll3x4NEON, 4: depthwiseRoll4x4NEON,
			5: depthwiseRoll5x4NEON, 6: depthwiseRoll6x4NEON, 7: depthwiseRoll7x4NEON, 8: depthwiseRoll8x4NEON,
			9: depthwiseRoll9x4NEON, 10: depthwiseRoll10x4NEON, 11: depthwiseRoll11x4NEON, 12: depthwiseRoll12x4NEON,
			13: depthwiseRoll13x4NEON, 14: depthwiseRoll14x4NEON, 15: depthwiseRoll15x4NEON,
		},
		2: {
			2: depthwiseRoll2By2x4NEON, 3: depthwiseRoll3By2x4NEON, 4: depthwiseRoll4By2x4NEON, 5: depthwiseRoll5By2x4NEON,
			6: depthwiseRoll6By2x4NEON, 7: depthwiseRoll7By2x4NEON, 8: depthwiseRoll8By2x4NEON, 9: depthwiseRoll9By2x4NEON,
			10: depthwiseRoll10By2x4NEON, 11: depthwiseRoll11By2x4NEON, 12: depthwiseRoll12By2x4NEON, 13: depthwiseRoll13By2x4NEON,
			14: depthwiseRoll14By2x4NEON, 15: depthwiseRoll15By2x4NEON, 16: depthwiseRoll16By2x4NEON,
		},
		3: {
			2: depthwiseRoll2By3x4NEON, 3: depthwiseRoll3By3x4NEON, 4: depthwiseRoll4By3x4NEON, 5: depthwiseRoll5By3x4NEON,
			6: depthwiseRoll6By3x4NEON, 7: depthwiseRoll7By3x4NEON, 8: depthwiseRoll8By3x4NEON, 9: depthwiseRoll9By3x4NEON,
			10: depthwiseRoll10By3x4NEON, 11: depthwiseRoll11By3x4NEON, 12: depthwiseRoll12By3x4NEON, 13: depthwiseRoll13By3x4NEON,
			14: depthwiseRoll14By3x4NEON, 15: depthwiseRoll15By3x4NEON, 16: depthwiseRoll16By3x4NEON,
		},
		4: {
			2: depthwiseRoll2By4x4NEON, 3: depthwiseRoll3By4x4NEON, 4: depthwiseRoll4By4x4NEON, 5: depthwiseRoll5By4x4NEON,
			6: depthwiseRoll6By4x4NEON, 7: depthwiseRoll7By4x4NEON, 8: depthwiseRoll8By4x4NEON, 9: depthwiseRoll9By4x4NEON,
			10: depthwiseRoll10By4x4NEON, 11: depthwiseRoll11By4x4NEON, 12: depthwiseRoll12By4x4NEON, 13: depthwiseRoll13By4x4NEON,
			14: depthwiseRoll14By4x4NEON, 15: depthwiseRoll15By4x4NEON, 16: depthwiseRoll16By4x4NEON,
		},
	},
	Gradients: []asm.Gradient{
		1:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient1x4NEON, 4: depthwiseGradient1x16NEON}, Edge: depthwiseGradientEdge1x4NEON},
		2:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient2x4NEON, 4: depthwiseGradient2x16NEON}, Edge: depthwiseGradientEdge2x4NEON},
		3:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient3x4NEON, 4: depthwiseGradient3x16NEON}, Edge: depthwiseGradientEdge3x4NEON},
		4:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient4x4NEON, 2: depthwiseGradient4x8NEON}, Edge: depthwiseGradientEdge4x4NEON},
		5:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient5x4NEON, 2: depthwiseGradient5x8NEON}, Edge: depthwiseGradientEdge5x4NEON},
		6:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient6x4NEON, 2: depthwiseGradient6x8NEON}, Edge: depthwiseGradientEdge6x4NEON},
		7:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient7x4NEON, 2: depthwiseGradient7x8NEON}, Edge: depthwiseGradientEdge7x4NEON},
		8:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient8x4NEON}, Edge: depthwiseGradientEdge8x4NEON},
		9:  {ByVectors: []asm.GradientKernel{1: depthwiseGradient9x4NEON}, Edge: depthwiseGradientEdge9x4NEON},
		10: {ByVectors: []asm.GradientKernel{1: depthwiseGradient10x4NEON}, Edge: depthwiseGradientEdge10x4NEON},
		11: {ByVectors: []asm.GradientKernel{1: depthwiseGradient11x4NEON}, Edge: depthwiseGradientEdge11x4NEON},
		12: {ByVectors: []asm.GradientKernel{1: depthwiseGradient12x4NEON}, Edge: depthwiseGradientEdge12x4NEON},
		13: {ByVectors: []asm.GradientKernel{1: depthwiseGradient13x4NEON}, Edge: depthwiseGradientEdge13x4NEON},
		14: {ByVectors: []asm.GradientKernel{1: depthwiseGradient14x4NEON}, Edge: depthwiseGradientEdge14x4NEON},
		15: {ByVectors: []asm.GradientKernel{1: depthwiseGradient15x4NEON}, Edge: depthwiseGradientEdge15x4NEON},
	},
	Products: asm.Products{
		Whole: []asm.ProductKernel{
			1: pointwiseGradient1x8NEON, 2: pointwiseGradient2x8NEON, 3: pointwiseGradient3x8NEON, 4: pointwiseGradient4x8NEON,
			5: pointwiseGradient5x8NEON, 6: pointwiseGradient6x8NEON, 7: pointwiseGradient7x8NEON, 8: pointwiseGradient8x8NEON,
		},
		Edges: []asm.ProductEdge{
			1: pointwiseGradientEdge1x8NEON, 2: pointwiseGradientEdge2x8NEON, 3: pointwiseGradientEdge3x8NEON, 4: pointwiseGradientEdge4x8NEON,
			5: pointwiseGradientEdge5x8NEON, 6: pointwiseGradientEdge6x8NEON, 7: pointwiseGradientEdge7x8NEON,
		},
	},
	Lines:     []asm.LinesKernel{1: depthwiseLines8NEON, 2: depthwiseLines16NEON, 4: depthwiseLines32NEON, 8: depthwiseLines64NEON},
	Copy:      copyRowsNEON,
	Transpose: []asm.TransposeKernel{4: transpose4x8NEON, 8: transpose8x8NEON},
	Maximum:   maximumNEON,
	Sum:       sumNEON,
	Gather: &asm.Tables{
		Any: asm.TableKernels{
			Chunk:   8,
			Windows: []asm.TableKernel{1: depthwiseGathered1x4NEON, 2: depthwiseGathered2x4NEON, 4: depthwiseGathered4x4NEON, 8: depthwiseGathered8x4NEON, 16: depthwiseGathered16x4NEON},
			Rolls: [][]asm.TableRollKernel{
				1: {
					1: depthwiseRollGathered1x4NEON, 2: depthwiseRollGathered2x4NEON, 3: depthwiseRollGathered3x4NEON, 4: depthwiseRollGathered4x4NEON,
					5: depthwiseRollGathered5x4NEON, 6: depthwiseRollGathered6x4NEON, 7: depthwiseRollGathered7x4NEON, 8: depthwiseRollGathered8x4NEON,
					9: depthwiseRollGathered9x4NEON,
				},
			},
		},
		Single: asm.TableKernels{
			Chunk:   12,
			Windows: []asm.TableKernel{1: depthwiseSingle1x4NEON, 2: depthwiseSingle2x4NEON, 4: depthwiseSingle4x4NEON, 8: depthwiseSingle8x4NEON, 16: depthwiseSingle16x4NEON},
			Rolls: [][]asm.TableRollKernel{
				1: {
					1: depthwiseRollSingle1x4NEON, 2: depthwiseRollSingle2x4NEON, 3: depthwiseRollSingle3x4NEON, 4: depthwiseRollSingle4x4NEON,
					5: depthwiseRollSingle5x4NEON, 6: depthwiseRollSingle6x4NEON, 7: depthwiseRollSingle7x4NEON, 8: depthwiseRollSingle8x4NEON,
					9: depthwiseRollSingle9x4NEON,
				},
			},
		},
		Twice: asm.TableKernels{
			Chunk:   12,
			Windows: []asm.TableKernel{1: depthwiseTwice1x4NEON, 2: depthwiseTwice2x4NEON, 4: depthwiseTwice4x4NEON, 8: depthwiseTwice8x4NEON, 16: depthwiseTwice16x4NEON},
			Rolls: [][]asm.TableRollKernel{
				1: {
					1: depthwiseRollTwice1x4NEON, 2: depthwiseRollTwice2x4NEON, 3: depthwiseRollTwice3x4NEON, 4: depthwiseRollTwice4x4NEON,
					5: depthwiseRollTwice5x4NEON, 6: depthwiseRollTwice6x4NEON, 7: depthwiseRollTwice7x4NEON, 8: depthwiseRollTwice8x4NEON,
					9: depthwiseRollTwice9x4NEON,
				},
			},
		},
	},
	Activations: asm.Activations{
		Plain: [kernel.Funcs]func(y *float32, n int){
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
		WithA: [kernel.Funcs]func(y *float32, n int, a float32){
			kernel.LeakyReLU:  leakyReLUNEON,
			kernel.ELU:        eluNEON,
			kernel.CELU:       celuNEON,
			kernel.SquarePlus: squarePlusNEON,
		},
		Gate: gateNEON,

		PlainPullbacks: [kernel.Funcs]func(z, dy *float32, n int){
			kernel.ReLU:          reluPullbackNEON,
			kernel.ReLU6:         relu6PullbackNEON,
			kernel.SELU:          seluPullbackNEON,
			kernel.Exponential:   expPullbackNEON,
			kernel.Sigmoid:       sigmoidPullbackNEON,
			kernel.Tanh:          tanhPullbackNEON,
			kernel.SiLU:          siluPullbackNEON,
			kernel.GELU:          geluPullbackNEON,
			kernel.GELUTanh:      geluTanhPullbackNEON,
			kernel.Mish:          mishPullbackNEON,
			kernel.Softplus:      softplusPullbackNEON,
			kernel.Softsign:      softsignPullbackNEON,
			kernel.LogSigmoid:    logSigmoidPullbackNEON,
			kernel.HardSigmoid:   hardSigmoidPullbackNEON,
			kernel.HardSigmoid2:  hardSigmoid2PullbackNEON,
			kernel.HardSiLU:      hardSiLUPullbackNEON,
			kernel.HardTanh:      hardTanhPullbackNEON,
			kernel.TanhShrink:    tanhShrinkPullbackNEON,
			kernel.SparsePlus:    sparsePlusPullbackNEON,
			kernel.SparseSigmoid: sparseSigmoidPullbackNEON,
		},
		PullbacksWithA: [kernel.Funcs]func(z, dy *float32, n int, a float32){
			kernel.LeakyReLU:  leakyReLUPullbackNEON,
			kernel.ELU:        eluPullbackNEON,
			kernel.CELU:       celuPullbackNEON,
			kernel.HardShrink: shrinkPullbackNEON,
			kernel.SoftShrink: shrinkPullbackNEON,
			kernel.Threshold:  thresholdPullbackNEON,
			kernel.SquarePlus: squarePlusPullbackNEON,
		},
		Signs: signsNEON, SignsPullback: signsPullbackNEON,
	},
}
