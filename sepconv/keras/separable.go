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
//
// Of a layer that is in several places (see Model.All) each call returns a layer of
// its own, but the arrays are built once, from the configuration of the first place.
func (l *Layer) SeparableConv1D() (*sepconv.Layer, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	if !slices.Contains(separableClasses, l.Class) {
		if l.Class == "" {
			return nil, l.errorf("the file has no configuration of it; use Build")
		}
		advice := ""
		if !l.IsKeras() {
			advice = "; if it computes the same, use Build"
		}
		return nil, l.errorf("it is of class %.80q, not SeparableConv1D%s", l.className(), advice)
	}
	if first := l.first(); first.object != nil && len(first.others) > 0 {
		return first.object.build(l)
	}
	return l.buildOwn()
}

// buildOwn builds the layer from its own configuration and weights.
func (l *Layer) buildOwn() (*sepconv.Layer, error) {
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
	c.Activation, err = l.supplied(c.Activation)
	return c, err
}

// Build builds the layer from its weights and a configuration that the caller
// knows, for files that have none, and for classes of the user's own. What the
// shapes of the weights say may be left out of c: KernelSize, DepthMultiplier,
// Filters and NoBias.
//
// Of a SeparableConv1D whose configuration is in the file it is an error, so that
// none is overridden by mistake: use SeparableConv1D, whose Layer gives its Config
// and Weights to sepconv.NewFromWeights if another is meant.
func (l *Layer) Build(c sepconv.Config) (*sepconv.Layer, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	switch {
	case l.IsSeparableConv1D() && l.Config != nil:
		return nil, l.errorf("%w: its configuration is in the file; use Layer.SeparableConv1D, which takes that", sepconv.ErrConfig)
	case l.Class != "" && l.IsKeras() && !l.IsSeparableConv1D():
		return nil, l.errorf("it is of class %.80q, not SeparableConv1D", l.Class)
	}
	if len(l.Weights) >= 2 && l.Weights[0].rank() == 3 && l.Weights[1].rank() == 3 {
		depthwise, pointwise := l.Weights[0].Shape, l.Weights[1].Shape
		c.KernelSize, c.DepthMultiplier, c.Filters = or(c.KernelSize, depthwise[0]), or(c.DepthMultiplier, depthwise[2]), or(c.Filters, pointwise[2])
		c.NoBias = len(l.Weights) == 2
	}
	return l.build(c)
}

func (l *Layer) build(c sepconv.Config) (*sepconv.Layer, error) {
	if err := l.checkArrays(); err != nil {
		return nil, err
	}
	depthwise, pointwise := l.Weights[0], l.Weights[1]
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

// checkArrays reports arrays that are not those of a SeparableConv1D, whatever its
// configuration.
func (l *Layer) checkArrays() error {
	if len(l.Weights) == 0 {
		return l.errorf("%w: it has no weights: give the model some with Model.LoadWeights if the file is a configuration alone; otherwise "+unbuilt, sepconv.ErrWeights)
	}
	for _, t := range l.Weights {
		if err := l.checkArray(t); err != nil {
			return err
		}
	}
	if n := len(l.Weights); n != 2 && n != 3 {
		return l.errorf("%w: it has %d arrays in the file; a SeparableConv1D has 3, or 2 without a bias", sepconv.ErrWeights, n)
	}
	if l.Weights[0].rank() != 3 || l.Weights[1].rank() != 3 {
		return l.errorf("%w: kernels of shapes %v and %v; both must have 3 dimensions", sepconv.ErrWeights, l.Weights[0].Shape, l.Weights[1].Shape)
	}
	return nil
}

// checkArray reports an array that is not read, or not the values that it stands
// for.
func (l *Layer) checkArray(t *Tensor) error {
	switch {
	case t.Err != nil:
		return l.errorf("%w: array %.80q of type %.40s is not read: %w", sepconv.ErrWeights, t.Name, t.DType, t.Err)
	case !t.isWhole():
		return l.errorf("%w: array %.80q has %d values for shape %v", sepconv.ErrWeights, t.Name, len(t.Values), t.Shape)
	}
	return l.checkScale(t)
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
		if !slices.Equal(w.Shape, want[i]) {
			return l.errorf("%w: %s has shape %v of %s; the configuration needs %v", sepconv.ErrWeights, separableNames[i], w.Shape, w.DType, want[i])
		}
	}
	return nil
}

// SetWeights replaces the weights of a SeparableConv1D, for Model.Save, in all places
// where the model has it. They must be of the shapes that they have.
func (l *Layer) SetWeights(w sepconv.Weights) error {
	if err := l.check(); err != nil {
		return err
	}
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
		old := l.Weights[i]
		if err := l.checkArray(old); err != nil {
			return err
		}
		if len(a) != len(old.Values) {
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

// isWhole reports whether an array has as many values as its shape says.
func (t *Tensor) isWhole() bool {
	n := len(t.Values)
	if slices.Contains(t.Shape, 0) {
		return n == 0
	}
	for _, d := range t.Shape {
		if d < 0 || n%d != 0 {
			return false
		}
		n /= d
	}
	return n == 1
}

// rank is the number of dimensions of an array, which may not be there.
func (t *Tensor) rank() int { return len(t.shape()) }
