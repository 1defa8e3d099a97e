package keras

import (
	"fmt"
	"math"

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

// merge adds the merge of all inputs. Its mask is in Keras 3 what at least one input
// counts, if all have masks; in Keras 2 what all count that have one.
func (b *building) merge(m flow.Merge) ([]tensor, error) {
	values, masks := b.valuesAndMasks()
	switch {
	case len(masks) == 0 || b.l.keras2:
	case len(masks) == len(b.in) && (m == flow.Maximum || m == flow.Minimum):
		return b.extreme(m)
	case m == flow.Multiply:
		return b.maskedProduct(values, masks)
	}
	v, err := b.add(flow.NewMerge(m), values...)
	out := []tensor{{value: v}}
	if err != nil || len(masks) == 0 || len(masks) < len(b.in) && !b.l.keras2 {
		return out, err
	}
	return out, b.combineMasks(&out[0], masks)
}

// valuesAndMasks are those of the inputs.
func (b *building) valuesAndMasks() (values, masks []flow.Value) {
	for _, t := range b.in {
		values = append(values, t.value)
		if t.hasMask {
			masks = append(masks, t.mask)
		}
	}
	return values, masks
}

// combineMasks gives a tensor the mask of what at least one of some counts, or in Keras
// 2 all.
func (b *building) combineMasks(t *tensor, masks []flow.Value) error {
	how := flow.Maximum
	if b.l.keras2 {
		how = flow.Minimum
	}
	mask := masks[0]
	for _, other := range masks[1:] {
		if other == mask {
			continue
		}
		var err error
		if mask, err = b.add(flow.NewMerge(how), mask, other); err != nil {
			return err
		}
	}
	t.mask, t.hasMask = mask, true
	return nil
}

// extreme is the maximum or minimum of masked inputs in Keras 3: where one of two is
// masked, the other counts alone.
func (b *building) extreme(m flow.Merge) ([]tensor, error) {
	out := b.in[0]
	for _, next := range b.in[1:] {
		x, err := b.add(flow.NewSelect(), next.value, next.mask, out.value)
		if err == nil {
			out.value, err = b.add(flow.NewSelect(), out.value, out.mask, x)
		}
		if err == nil {
			out.value, err = b.add(flow.NewMerge(m), out.value, x)
		}
		if err == nil && next.mask != out.mask {
			out.mask, err = b.add(flow.NewMerge(flow.Maximum), out.mask, next.mask)
		}
		if err != nil {
			return nil, err
		}
	}
	return []tensor{out}, nil
}

// maskedProduct is the product of inputs in Keras 3, of which each is 1 where it is
// masked. What all mask is 0.
func (b *building) maskedProduct(values, masks []flow.Value) ([]tensor, error) {
	for i, t := range b.in {
		if !t.hasMask {
			continue
		}
		var err error
		if values[i], err = b.add(flow.NewFill(1), t.value, t.mask); err != nil {
			return nil, err
		}
	}
	v, err := b.add(flow.NewMerge(flow.Multiply), values...)
	out := []tensor{{value: v}}
	if err != nil || len(masks) < len(b.in) {
		return out, err
	}
	if err := b.combineMasks(&out[0], masks); err != nil {
		return nil, err
	}
	out[0].value, err = b.add(flow.NewFill(0), v, out[0].mask)
	return out, err
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
	values, masks := b.valuesAndMasks()
	v, err := b.add(flow.NewConcat(axis), values...)
	out := []tensor{{value: v}}
	if err != nil || len(masks) == 0 {
		return out, err
	}
	switch rank := len(b.shape(0)); {
	case axis == -1 || axis == rank-1:
		if len(masks) < len(b.in) && !b.l.keras2 {
			// Of an input without a mask all steps count, and so all of what it is part of.
			out[0].countsAll = true
			return out, nil
		}
		return out, b.combineMasks(&out[0], masks)
	case axis == 1 || axis == 1-rank:
		return out, b.joinMasks(&out[0])
	}
	return nil, unsupportedf("it joins masked inputs along axis %d; that is computed along time and along the last axis", axis)
}

// joinMasks gives a tensor the masks of all inputs, one after the other.
func (b *building) joinMasks(t *tensor) error {
	var masks []flow.Value
	for _, x := range b.in {
		mask := x.mask
		if !x.hasMask {
			var err error
			if mask, err = b.add(flow.NewAnyNotEqual(float32(math.NaN())), x.value); err != nil { // all of them
				return err
			}
		}
		masks = append(masks, mask)
	}
	var err error
	t.mask, err = b.add(flow.NewConcat(1), masks...)
	t.hasMask = true
	return err
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
	x, y := b.in[0].value, b.in[1].value
	if b.flag("normalize", false) {
		var err error
		if x, axes[0], err = b.unit(x, axes[0]); err != nil {
			return nil, err
		}
		if y, axes[1], err = b.unit(y, axes[1]); err != nil {
			return nil, err
		}
	}
	v, err := b.add(flow.NewDot(axes[0], axes[1]), x, y)
	return []tensor{{value: v}}, err
}

// unit gives lines along an axis unit length, and puts that axis last.
func (b *building) unit(v flow.Value, axis int) (flow.Value, int, error) {
	epsilon := 1e-14 // of the square
	if b.l.keras2 {
		epsilon = 1e-12
	}
	rank := len(b.builder.Shape(v))
	if axis < 0 {
		axis += rank
	}
	if axis < 1 || axis >= rank {
		return v, 0, fmt.Errorf("%w: axes is %s, for an input of shape %v", sepconv.ErrConfig, b.c["axes"], b.builder.Shape(v))
	}
	to, _ := toTheEnd(rank, []int{axis})
	v, err := b.add(flow.NewPermute(to...), v)
	if err == nil {
		v, err = b.add(flow.NewLayerNorm(1, flow.Open, flow.UnitNorm, epsilon, nil, nil), v)
	}
	return v, -1, err
}
