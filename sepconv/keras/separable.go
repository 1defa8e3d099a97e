package keras

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sepconv/go/sepconv"
)

// IsSeparableConv1D reports whether the layer is of that class of Keras. One of the
// same name that somebody registered, or that is in a module of theirs, is not: it
// may compute anything.
func (l *Layer) IsSeparableConv1D() bool {
	return l.is(separableClasses...)
}

// separableClasses are Keras' two names of the class.
var separableClasses = []string{"SeparableConv1D", "SeparableConvolution1D"}

// SeparableConv1D builds the layer from its configuration and its weights, the
// configurations of Keras 2 that Keras 3 refuses (groups, kernel_initializer, ...)
// included. Errors of the configuration wrap sepconv.ErrConfig too, those of the
// weights sepconv.ErrWeights.
//
// It also builds a class of that name that is not Keras', which SeparableConv1Ds
// and Blocks leave out: whoever asks for it knows that it computes what Keras' does.
func (l *Layer) SeparableConv1D() (*sepconv.Layer, error) {
	if !slices.Contains(separableClasses, l.Class) {
		if l.Class == "" {
			return nil, l.errorf("the file has no configuration of it; use Build")
		}
		return nil, l.errorf("it is of class %.80q, not SeparableConv1D", l.className())
	}
	c, err := l.separableConfig()
	if err != nil {
		return nil, err
	}
	return l.build(c)
}

func (l *Layer) separableConfig() (c sepconv.Config, err error) {
	if err := json.Unmarshal(l.Config, &c); err != nil {
		return c, l.errorf("%w", err)
	}
	return c, nil
}

// Build builds the layer from its weights and a configuration that the caller
// knows, for files that have none. What the shapes of the weights say may be left
// out of c: KernelSize, DepthMultiplier, Filters and NoBias.
func (l *Layer) Build(c sepconv.Config) (*sepconv.Layer, error) {
	if len(l.Weights) >= 2 && len(l.Weights[0].Shape) == 3 && len(l.Weights[1].Shape) == 3 {
		depthwise, pointwise := l.Weights[0].Shape, l.Weights[1].Shape
		c.KernelSize, c.DepthMultiplier, c.Filters = or(c.KernelSize, depthwise[0]), or(c.DepthMultiplier, depthwise[2]), or(c.Filters, pointwise[2])
		c.NoBias = len(l.Weights) == 2
	}
	return l.build(c)
}

func (l *Layer) build(c sepconv.Config) (*sepconv.Layer, error) {
	if n := len(l.Weights); n != 2 && n != 3 {
		return nil, l.errorf("%w: it has %d arrays in the file; a SeparableConv1D has 3, or 2 without a bias", sepconv.ErrWeights, n)
	}
	depthwise, pointwise := l.Weights[0], l.Weights[1]
	if len(depthwise.Shape) != 3 || len(pointwise.Shape) != 3 {
		return nil, l.errorf("%w: kernels of shapes %v and %v; both must have 3 dimensions", sepconv.ErrWeights, depthwise.Shape, pointwise.Shape)
	}
	if c.Name == "" {
		c.Name = l.Name
	}
	channels := depthwise.Shape[1]
	if channels < 1 {
		return nil, l.errorf("%w: the depthwise kernel has shape %v; no dimension may be 0", sepconv.ErrWeights, depthwise.Shape)
	}
	if err := l.checkShapes(c, channels); err != nil {
		return nil, err
	}
	w := sepconv.Weights{Depthwise: depthwise.Values, Pointwise: pointwise.Values}
	if len(l.Weights) == 3 {
		w.Bias = l.Weights[2].Values
	}
	layer, err := sepconv.NewFromWeights(c, channels, w)
	if err != nil {
		return nil, l.errorf("%w", err)
	}
	return layer, nil
}

func or(n, otherwise int) int {
	if n != 0 {
		return n
	}
	return otherwise
}

// checkShapes reports weights whose shapes are not those of the configuration.
func (l *Layer) checkShapes(c sepconv.Config, channels int) error {
	m := or(c.DepthMultiplier, 1)
	want := [][]int{{c.KernelSize, channels, m}, {1, l.Weights[0].Shape[1] * l.Weights[0].Shape[2], c.Filters}, {c.Filters}}
	if c.NoBias {
		want = want[:2]
	}
	if len(l.Weights) != len(want) {
		return l.errorf("%w: it has %d arrays in the file; with use_bias=%v it needs %d", sepconv.ErrWeights, len(l.Weights), !c.NoBias, len(want))
	}
	for i, w := range l.Weights {
		if !slices.Equal(w.Shape, want[i]) || w.Values == nil && !slices.Contains(w.Shape, 0) {
			return l.errorf("%w: %s has shape %v of %s; the configuration needs %v", sepconv.ErrWeights, separableNames[i], w.Shape, w.DType, want[i])
		}
	}
	return nil
}

// SetWeights replaces the weights of a SeparableConv1D, for Model.Save, in all places
// where the model has it. They must be of the shapes that they have.
func (l *Layer) SetWeights(w sepconv.Weights) error {
	arrays := [][]float32{w.Depthwise, w.Pointwise, w.Bias}
	if len(w.Bias) == 0 {
		arrays = arrays[:2]
	}
	if l.Class != "" && !slices.Contains(separableClasses, l.Class) {
		return l.errorf("it is of class %.80q, not SeparableConv1D", l.className())
	}
	if len(arrays) != len(l.Weights) {
		return l.errorf("%w: %d arrays given; the layer has %d", sepconv.ErrWeights, len(arrays), len(l.Weights))
	}
	for i, a := range arrays {
		if old := l.Weights[i]; len(a) != len(old.Values) {
			return l.errorf("%w: %s has %d elements; shape %v needs %d", sepconv.ErrWeights, separableNames[i], len(a), old.Shape, len(old.Values))
		}
	}
	for i, a := range arrays {
		values := slices.Clone(a)
		for place := range l.Places() {
			if i < len(place.Weights) {
				place.Weights[i].Values, place.Weights[i].ints = values, nil
			}
		}
	}
	return nil
}

// errorf is an error about the layer.
func (l *Layer) errorf(format string, arguments ...any) error {
	return fmt.Errorf("%w: layer %.80q: %w", sepconv.ErrFile, l.Path, fmt.Errorf(format, arguments...))
}
