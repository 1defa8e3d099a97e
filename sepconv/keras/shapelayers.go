package keras

import (
	"fmt"
	"slices"

	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// shapeLayers are those that move elements.
var shapeLayers = map[string]layerBuilder{
	"Flatten":       {buildFlatten, false},
	"Reshape":       {buildReshape, false},
	"Permute":       {buildPermute, false},
	"RepeatVector":  {buildRepeatVector, false},
	"UpSampling1D":  {buildUpSampling, false},
	"ZeroPadding1D": {buildZeroPadding, false},
	"Cropping1D":    {buildCropping, false},
}

// buildFlatten makes one axis of all; with channels first they are put last before.
func buildFlatten(b *building) ([]tensor, error) {
	rank := len(b.shape(0))
	if rank == 1 {
		return b.chain(flow.NewReshape([]int{1}))
	}
	if !b.channelsFirst() || rank < 3 {
		return b.chain(flow.NewFlatten())
	}
	order := []int{0}
	for a := 2; a < rank; a++ {
		order = append(order, a)
	}
	return b.chain(flow.NewPermute(append(order, 1)...), flow.NewFlatten())
}

func buildReshape(b *building) ([]tensor, error) {
	shape, ok := strictjson.Ints(b.c["target_shape"])
	if !ok {
		if n, isInt := strictjson.Int(b.c["target_shape"]); isInt {
			shape, ok = []int{n}, true
		}
	}
	rest := 0
	for _, n := range shape {
		if n == -1 {
			rest++
		} else if n < 0 {
			ok = false
		}
	}
	if !ok || rest > 1 || len(shape) >= maxRank {
		b.fail("target_shape", "a list of lengths, of which one may be -1")
		return nil, b.err
	}
	return b.chain(flow.NewReshape(shape))
}

func buildPermute(b *building) ([]tensor, error) {
	dims, ok := strictjson.Ints(b.c["dims"])
	rank := len(b.shape(0))
	sorted := slices.Clone(dims)
	slices.Sort(sorted)
	for i, d := range sorted {
		ok = ok && d == i+1
	}
	if !ok || len(dims) != rank-1 {
		return nil, fmt.Errorf("%w: dims is %.80s; it must have each of the axes from 1 to %d of an input of shape %v", sepconv.ErrConfig, b.c["dims"], rank-1, b.shape(0))
	}
	return b.chain(flow.NewPermute(append([]int{0}, dims...)...))
}

func buildRepeatVector(b *building) ([]tensor, error) {
	if rank := len(b.shape(0)); rank != 2 {
		return nil, fmt.Errorf("%w: its input has shape %v; it must have 2 axes", sepconv.ErrShape, b.shape(0))
	}
	n := b.integer("n", 0, 1)
	return b.chain(flow.NewOneStep(), flow.NewRepeat(n))
}

// threeAxes reports an input that has not time and channels.
func (b *building) threeAxes() error {
	if len(b.shape(0)) != 3 {
		return fmt.Errorf("%w: its input has shape %v; it must have 3 axes", sepconv.ErrShape, b.shape(0))
	}
	return nil
}

func buildUpSampling(b *building) ([]tensor, error) {
	if err := b.threeAxes(); err != nil {
		return nil, err
	}
	return b.chain(b.inTime(b.channelsFirst(), flow.NewUpSampling(b.integer("size", 2, 1)))...)
}

func buildZeroPadding(b *building) ([]tensor, error) {
	if err := b.threeAxes(); err != nil {
		return nil, err
	}
	before, after := b.pair("padding", 1)
	return b.chain(b.inTime(b.channelsFirst(), flow.NewZeroPadding(before, after))...)
}

func buildCropping(b *building) ([]tensor, error) {
	if err := b.threeAxes(); err != nil {
		return nil, err
	}
	before, after := b.pair("cropping", 1)
	return b.chain(b.inTime(b.channelsFirst(), flow.NewCropping(before, after))...)
}
