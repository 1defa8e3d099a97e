package keras

import (
	"fmt"

	"github.com/sepconv/go/sepconv"
)

// check reports what only a caller can have made of a model: a nil one, or one with
// nil layers or tensors in its exported fields.
func (m *Model) check() error {
	if m == nil {
		return fmt.Errorf("%w: the Model is nil; Open, Read and Sequential make one", sepconv.ErrConfig)
	}
	return checkLayers(m.Layers, "the model")
}

func checkLayers(layers []*Layer, of string) error {
	for i, l := range layers {
		if l == nil {
			return fmt.Errorf("%w: layer %d of %s is nil", sepconv.ErrConfig, i, of)
		}
		if err := l.check(); err != nil {
			return err
		}
		if err := checkLayers(l.Layers, fmt.Sprintf("layer %.80q", l.Path)); err != nil {
			return err
		}
	}
	return nil
}

// check reports a nil layer, and one with a nil tensor.
func (l *Layer) check() error {
	if l == nil {
		return fmt.Errorf("%w: the Layer is nil; those of a Model are in its Layers", sepconv.ErrConfig)
	}
	for i, t := range l.Weights {
		if t == nil {
			return l.errorf("%w: array %d is nil", sepconv.ErrWeights, i)
		}
	}
	return nil
}
