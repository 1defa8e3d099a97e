package main

import (
	"regexp"
	"slices"
	"strings"
)

// A part is what the time of a layer divides into.
type part int

const (
	partDepthwise part = iota
	partPointwise
	partActivation
	partCopies
	partRest // Go that drives the kernels, and the runtime
	parts
)

var partNames = [parts]string{"depthwise", "pointwise", "activation", "copies", "rest"}

// kernelFunctions are the functions of each part, as a profile names them, below
// internal. They are those in which a part begins: what these call belongs to the
// part as well, unless it begins another one.
var kernelFunctions = [partRest]*regexp.Regexp{
	partDepthwise: oneOf(`asm/\w+\.depthwise\w+`, `generic\.depthwise(Lines|Gradient)?`),
	partPointwise: oneOf(`asm/\w+\.pointwise\w+`, `generic\.pointwise(Gradient)?`),
	partActivation: oneOf(`(asm/\w+\.(maximum|sum)[A-Z]+\d*|generic\.(maximum|sum)Down)`, // which no layer has
		`asm/\w+\.(`+activationKernels+`)[A-Z]+\d*`, `asm/\w+\.\w+Pullback[A-Z]+\d*`,
		`generic\.(activations|each|eachA|reluAll|generalReLUAll|thresholdAll|gate|pullbacks|slopeA?|along|keepSigns|signsPullback|\w+Pullback)(\..+)?`),
	partCopies: oneOf(`asm/\w+\.(copyRows|copyPast|fence|transpose)\w+`, `generic\.(copyRows|transpose)`,
		`asm\.\(\*Kernels\)\.transpose`, `engine\.(copySteps|\(\*signal\)\.copy(Positions|Lines)|\(\*depthwisePhases\)\.copy(Phases|Each))`), // have loops of their own
}

// depthwiseProduct calls kernels of the pointwise convolution for the depthwise one,
// which is a product of matrices if a channel has many columns.
const depthwiseProduct = module + "internal/asm.(*Kernels).broadcast"

// activationKernels are named one by one, so that no kernel of another kind is taken
// for one.
const activationKernels = `relu6?|leakyReLU|elu|selu|celu|exp|sigmoid|tanh|silu|gelu|geluTanh|mish|softplus|logSigmoid|` +
	`softsign|hardSigmoid2?|hardSiLU|hardTanh|squarePlus|gate|signs`

func oneOf(names ...string) *regexp.Regexp {
	return regexp.MustCompile(`^(` + strings.Join(names, "|") + `)$`)
}

const (
	module      = "github.com/sepconv/go/"
	benchModule = module + "bench"
)

// partOf returns the part to which the innermost function of a stack belongs, which
// is the first one. ok is false if it does not work for the layer.
func partOf(stack []string) (p part, ok bool) {
	for i, function := range stack {
		p, ok := beginning(function)
		switch {
		case !ok:
		case p == partPointwise && slices.Contains(stack[i:], depthwiseProduct):
			return partDepthwise, true
		default:
			return p, true
		}
	}
	return partRest, ofLayer(stack)
}

// beginning returns the part that begins in a function.
func beginning(function string) (p part, ok bool) {
	name, found := strings.CutPrefix(function, module+"internal/")
	if !found {
		return 0, false
	}
	for p, names := range kernelFunctions {
		if names.MatchString(name) {
			return part(p), true
		}
	}
	return 0, false
}

// ofLayer reports whether a stack is the library's, or that of a thread that looks
// for a goroutine to run. The rest is of this command, which times and profiles, and
// of the garbage collector, for which a layer leaves nothing to do.
func ofLayer(stack []string) bool {
	for _, function := range stack {
		if strings.HasPrefix(function, module) && !strings.HasPrefix(function, benchModule) {
			return true
		}
	}
	return len(stack) > 0 && scheduler.MatchString(stack[len(stack)-1])
}

// scheduler is where the stacks of threads begin that run no goroutine.
var scheduler = regexp.MustCompile(`^runtime\.(mcall|mstart\d*)$`)
