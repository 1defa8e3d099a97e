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

// spend spends what a matrix of weights takes when it is packed, its rows filled up to
// whole panels, or to vectors.
func (b *building) spend(rows, columns int) error {
	width := max(b.target.Set.Tile.Filters, b.target.Set.Tile.Channels)
	return b.budget.Spend("the weights, packed for this CPU,", int64(rows), 4*int64((columns-1)/width+1)*int64(width))
}
