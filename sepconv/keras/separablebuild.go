package keras

import (
	"encoding/json"
	"slices"

	"github.com/sepconv/go/sepconv"
)

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
