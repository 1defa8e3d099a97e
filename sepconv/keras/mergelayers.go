package keras

import (
	"fmt"

	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// mergeLayers are those of several inputs.
var mergeLayers = map[string]layerBuilder{
	"Add":         {buildMerge(flow.Add), false},
	"Subtract":    {buildMerge(flow.Subtract), false},
	"Multiply":    {buildMerge(flow.Multiply), false},
	"Maximum":     {buildMerge(flow.Maximum), false},
	"Minimum":     {buildMerge(flow.Minimum), false},
	"Average":     {buildAverage, false},
	"Concatenate": {buildConcatenate, false},
	"Dot":         {buildDot, false},
}

// several reports less than two inputs.
func (b *building) several() error {
	if len(b.in) < 2 {
		return fmt.Errorf("%w: it is given %d input; it needs two at least", sepconv.ErrShape, len(b.in))
	}
	return nil
}

func buildMerge(m flow.Merge) func(*building) ([]tensor, error) {
	return func(b *building) ([]tensor, error) {
		if err := b.several(); err != nil {
			return nil, err
		}
		if m == flow.Subtract && len(b.in) != 2 {
			return nil, fmt.Errorf("%w: it is given %d inputs; it takes two", sepconv.ErrShape, len(b.in))
		}
		return b.merge(m)
	}
}

// merge adds the merge of all inputs. Where some are masked, Keras 3 puts in the place
// of what a mask leaves out what the others have merged to.
func (b *building) merge(m flow.Merge) ([]tensor, error) {
	values := make([]flow.Value, len(b.in))
	masks := 0
	for i, t := range b.in {
		values[i] = t.value
		if t.hasMask {
			masks++
		}
	}
	v, err := b.add(flow.NewMerge(m), values...)
	out := []tensor{{value: v}}
	if err != nil || masks < len(b.in) {
		return out, err
	}
	return out, b.orMasks(&out[0])
}

// orMasks gives a tensor the mask of what at least one input has.
func (b *building) orMasks(t *tensor) error {
	mask := b.in[0].mask
	for _, other := range b.in[1:] {
		if other.mask == mask {
			continue
		}
		var err error
		if mask, err = b.add(flow.NewMerge(flow.Maximum), mask, other.mask); err != nil {
			return err
		}
	}
	t.mask, t.hasMask = mask, true
	return nil
}

// buildAverage is the sum times 1/n, rounded to float32.
func buildAverage(b *building) ([]tensor, error) {
	if err := b.several(); err != nil {
		return nil, err
	}
	out, err := b.merge(flow.Add)
	if err != nil {
		return nil, err
	}
	out[0].value, err = b.add(b.affine(0, []float64{1 / float64(len(b.in))}, []float64{0}), out[0].value)
	return out, err
}

func buildConcatenate(b *building) ([]tensor, error) {
	axis := -1
	if b.c.given("axis") {
		n, ok := strictjson.Int(b.c["axis"])
		if !ok {
			b.fail("axis", "an integer")
			return nil, b.err
		}
		axis = n
	}
	values := make([]flow.Value, len(b.in))
	masks, rank := 0, len(b.shape(0))
	for i, t := range b.in {
		values[i] = t.value
		if t.hasMask {
			masks++
		}
	}
	v, err := b.add(flow.NewConcat(axis), values...)
	out := []tensor{{value: v}}
	if err != nil || masks == 0 {
		return out, err
	}
	if last := axis == -1 || axis == rank-1; !last || masks < len(b.in) {
		// Of inputs without a mask all steps count, and so all of what they are part of.
		if !last {
			return nil, unsupportedf("it joins masked inputs along axis %d; that is computed along the last one", axis)
		}
		return out, nil
	}
	return out, b.orMasks(&out[0])
}

func buildDot(b *building) ([]tensor, error) {
	axes, ok := strictjson.Ints(b.c["axes"])
	if n, isInt := strictjson.Int(b.c["axes"]); isInt {
		axes, ok = []int{n, n}, true
	}
	if !ok || len(axes) != 2 {
		b.fail("axes", "an integer, or two")
		return nil, b.err
	}
	if len(b.in) != 2 {
		return nil, fmt.Errorf("%w: it is given %d inputs; it takes two", sepconv.ErrShape, len(b.in))
	}
	if b.flag("normalize", false) {
		return nil, unsupportedf("normalize is true; use UnitNormalization before it")
	}
	v, err := b.add(flow.NewDot(axes[0], axes[1]), b.in[0].value, b.in[1].value)
	return []tensor{{value: v}}, err
}
