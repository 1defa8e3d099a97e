package keras

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/sepconv"
)

// arrays returns the layer's arrays, which must have these shapes.
func (b *building) arrays(names []string, shapes ...[]int) ([][]float32, error) {
	return b.l.arraysOf(b.l.Weights, names, shapes)
}

func (l *Layer) arraysOf(tensors []*Tensor, names []string, shapes [][]int) ([][]float32, error) {
	if len(tensors) == 0 && len(shapes) > 0 {
		return nil, fmt.Errorf("%w: it has no weights: give the model some with Model.LoadWeights if the file is a configuration alone; otherwise "+unbuilt, sepconv.ErrWeights)
	}
	if len(tensors) != len(shapes) {
		return nil, fmt.Errorf("%w: it has %d arrays; it needs %d", sepconv.ErrWeights, len(tensors), len(shapes))
	}
	list := make([][]float32, len(shapes))
	for i, t := range tensors {
		if t == nil {
			return nil, fmt.Errorf("%w: %s is nil", sepconv.ErrWeights, names[i])
		}
		if err := l.checkArray(t); err != nil {
			return nil, err
		}
		if !slices.Equal(t.Shape, shapes[i]) {
			return nil, fmt.Errorf("%w: %s has shape %v; it needs %v", sepconv.ErrWeights, names[i], t.Shape, shapes[i])
		}
		list[i] = t.Values
	}
	return list, nil
}
