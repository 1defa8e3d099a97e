package keras

import (
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

// SeparableConv1Ds builds all SeparableConv1D layers of Keras, in the order of All.
// A layer that the model has in several places (see All) is there as often, each
// time the same *sepconv.Layer. It is an error if the file has no configuration that
// says which they are.
func (m *Model) SeparableConv1Ds() ([]*sepconv.Layer, error) {
	if err := m.checkConfigured(); err != nil {
		return nil, err
	}
	var layers []*sepconv.Layer
	build := builder{}
	for l := range m.All() {
		if !l.IsSeparableConv1D() {
			continue
		}
		layer, err := build.layer(l)
		if err != nil {
			return nil, err
		}
		layers = append(layers, layer)
	}
	return layers, nil
}

// builder builds each SeparableConv1D once, wherever it is.
type builder map[*Layer]*sepconv.Layer

func (b builder) layer(l *Layer) (*sepconv.Layer, error) {
	first := l.first()
	if layer := b[first]; layer != nil {
		return layer, nil
	}
	layer, err := l.SeparableConv1D()
	if err == nil {
		b[first] = layer
	}
	return layer, err
}
