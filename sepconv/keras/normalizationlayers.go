package keras

import (
	"fmt"
	"math"
	"slices"

	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// normalizationLayers are those that scale and shift.
var normalizationLayers = map[string]layerBuilder{
	"BatchNormalization": {buildBatchNormalization, true},
	"LayerNormalization": {buildLayerNormalization, true},
	"GroupNormalization": {buildGroupNormalization, true},
	"RMSNormalization":   {buildRMSNormalization, true},
	"UnitNormalization":  {buildUnitNormalization, true},
	"Normalization":      {buildNormalization, true},
	"Rescaling":          {buildRescaling, true},
}

// axes returns the axes that a key names, counted from the batch; otherwise if there
// are none.
func (b *building) axes(otherwise ...int) ([]int, error) {
	axes := otherwise
	if b.c.given("axis") {
		axes = b.c.numbers("axis")
	}
	rank := len(b.shape(0))
	list := []int{}
	for _, a := range axes {
		if a < 0 {
			a += rank
		}
		if a < 1 || a >= rank || slices.Contains(list, a) {
			return nil, fmt.Errorf("%w: axis is %s, of an input of shape %v", sepconv.ErrConfig, b.c["axis"], b.shape(0))
		}
		list = append(list, a)
	}
	slices.Sort(list)
	return list, nil
}

func buildBatchNormalization(b *building) ([]tensor, error) {
	if b.l.keras2 && b.l.normalizesBatch() {
		return nil, fmt.Errorf("it is called with training=True, and so normalizes with the mean and variance of the batch in predict of Keras 2, too; call it without")
	}
	axes, err := b.axes(-1)
	if err != nil {
		return nil, err
	}
	if len(axes) != 1 {
		return nil, unsupportedf("axis is %s; it is computed along one axis", b.c["axis"])
	}
	op, err := once(b, func() (flow.Op, error) {
		norm, err := b.l.BatchNorm()
		if err != nil {
			return nil, err
		}
		n := len(norm.Mean)
		scale, shift, ok := affineOf(norm, n)
		if !ok || n == 0 {
			return nil, fmt.Errorf("%w: its arrays are not as long as one another", sepconv.ErrWeights)
		}
		b.bytes += 4 * int64(len(norm.Gamma)+len(norm.Beta)+len(norm.Mean)+len(norm.Variance))
		return b.affine(axes[0], scale, shift), nil
	})
	if err != nil {
		return nil, err
	}
	return b.chain(op)
}

// affine returns y = x*scale + shift along an axis, in float32.
func (b *building) affine(axis int, scale, shift []float64) flow.Op {
	return flow.NewAffine(&b.target, axis, narrowed(scale), narrowed(shift))
}

func narrowed(list []float64) []float32 {
	short := make([]float32, len(list))
	for i, x := range list {
		short[i] = float32(x)
	}
	return short
}

// known returns the axes that a normalization is along, and the shape of its arrays.
func (b *building) known(otherwise ...int) (axes, shape []int, err error) {
	list, err := b.axes(otherwise...)
	if err != nil {
		return nil, nil, err
	}
	s := b.shape(0)
	for _, a := range list {
		if s[a] <= 0 {
			return nil, nil, fmt.Errorf("%w: its input has shape %v; the length along axis %d must be known", sepconv.ErrShape, s, a)
		}
		shape = append(shape, s[a])
	}
	if len(list) == 0 {
		return nil, nil, fmt.Errorf("%w: axis is %s; it must name an axis", sepconv.ErrConfig, b.c["axis"])
	}
	return list, shape, nil
}

func buildLayerNormalization(b *building) ([]tensor, error) {
	axes, shape, err := b.known(-1)
	if err != nil {
		return nil, err
	}
	kind := flow.LayerNorm
	names := b.scaleAndCenter()
	if b.flag("rms_scaling", false) {
		kind, names = flow.RMSOfLayer, []string{"gamma"}
	}
	return b.normalize(kind, axes, shape, names, b.number("epsilon", 1e-3))
}

func buildRMSNormalization(b *building) ([]tensor, error) {
	axes, shape, err := b.known(-1)
	if err != nil {
		return nil, err
	}
	return b.normalize(flow.RMSNorm, axes, shape, []string{"gamma"}, b.number("epsilon", 1e-6))
}

func buildUnitNormalization(b *building) ([]tensor, error) {
	axes, shape, err := b.known(-1)
	if err != nil {
		return nil, err
	}
	return b.normalize(flow.UnitNorm, axes, shape, nil, 1e-12)
}

// scaleAndCenter returns the names of the arrays that a normalization has.
func (b *building) scaleAndCenter() (names []string) {
	if b.flag("scale", true) {
		names = append(names, "gamma")
	}
	if b.flag("center", true) {
		names = append(names, "beta")
	}
	return names
}

// gammaAndBeta returns the arrays of these names, each of a shape.
func (b *building) gammaAndBeta(names []string, shape []int) (gamma, beta []float32, err error) {
	if b.err != nil {
		return nil, nil, b.err
	}
	arrays, err := b.arrays(names, slices.Repeat([][]int{shape}, len(names))...)
	for i, a := range arrays {
		b.bytes += 4 * int64(len(a))
		if names[i] == "gamma" {
			gamma = a
		} else {
			beta = a
		}
	}
	return gamma, beta, err
}

// normalize adds a normalization with the arrays of these names.
func (b *building) normalize(kind flow.Normalization, axes, shape []int, names []string, epsilon float64) ([]tensor, error) {
	gamma, beta, err := b.gammaAndBeta(names, shape)
	if err != nil {
		return nil, err
	}
	n := 1
	for _, d := range shape {
		n = times(n, d)
	}
	return b.alongLast(axes, flow.NewLayerNorm(1, n, kind, epsilon, gamma, beta))
}

func buildGroupNormalization(b *building) ([]tensor, error) {
	axes, shape, err := b.known(-1)
	if err != nil {
		return nil, err
	}
	if len(axes) != 1 {
		return nil, unsupportedf("axis is %s; it is computed along one axis", b.c["axis"])
	}
	channels := shape[0]
	groups := b.integer("groups", 32, -1)
	if groups == -1 {
		groups = channels
	}
	if b.err == nil && (groups < 1 || channels%groups != 0) {
		return nil, fmt.Errorf("%w: groups is %d; it must divide the %d channels", sepconv.ErrConfig, groups, channels)
	}
	gamma, beta, err := b.gammaAndBeta(b.scaleAndCenter(), shape)
	if err != nil {
		return nil, err
	}
	return b.alongLast(axes, flow.NewGroupNorm(groups, channels, b.number("epsilon", 1e-3), gamma, beta))
}

// buildNormalization is (x - mean) / max(sqrt(variance), 1e-7), or the reverse, with
// what was learned or given.
func buildNormalization(b *building) ([]tensor, error) {
	s := b.shape(0)
	axes := []int{}
	if b.c.given("axis") || b.c["axis"] == nil {
		var err error
		if axes, err = b.axes(-1); err != nil {
			return nil, err
		}
	}
	shape, n := []int{}, 1
	for _, a := range axes {
		if s[a] <= 0 {
			return nil, fmt.Errorf("%w: its input has shape %v; the length along axis %d must be known", sepconv.ErrShape, s, a)
		}
		shape = append(shape, s[a])
		n = times(n, s[a])
	}
	if n < 0 {
		return nil, fmt.Errorf("%w: its input has shape %v, too many elements along its axes", sepconv.ErrShape, s)
	}
	mean, variance, err := b.moments(n, shape)
	if err != nil {
		return nil, err
	}
	invert := b.flag("invert", false)
	scale, shift := make([]float64, n), make([]float64, n)
	for i := range scale {
		const least = 1e-7
		deviation := max(math.Sqrt(float64(variance[i])), least)
		if invert {
			scale[i], shift[i] = deviation, float64(mean[i])
		} else {
			scale[i] = 1 / deviation
			shift[i] = -float64(float64(mean[i]) * scale[i])
		}
	}
	switch len(axes) {
	case 0:
		return b.chain(b.affine(0, scale, shift))
	case 1:
		return b.chain(b.affine(axes[0], scale, shift))
	}
	return b.alongLast(axes, b.affine(len(s)-len(axes), scale, shift))
}

// moments returns the mean and the variance of a Normalization, each of n elements and
// of a shape.
func (b *building) moments(n int, shape []int) (mean, variance []float32, err error) {
	if !b.c.given("mean") {
		tensors := b.l.Weights
		if len(tensors) == 3 { // the last counts what was learned from
			tensors = tensors[:2]
		}
		arrays, err := b.l.arraysOf(tensors, []string{"its mean", "its variance"}, [][]int{shape, shape})
		if err != nil {
			return nil, nil, err
		}
		return arrays[0], arrays[1], nil
	}
	list := [2][]float32{}
	for i, key := range []string{"mean", "variance"} {
		if x, ok := strictjson.Float(kerasjson.Unwrapped(b.c[key])); ok {
			list[i] = slices.Repeat([]float32{float32(x)}, n)
			continue
		}
		values, _, err := kerasjson.ParseArray(b.c[key])
		if err == nil && len(values) == 1 {
			values = slices.Repeat(values, n)
		}
		if err != nil || len(values) != n {
			return nil, nil, fmt.Errorf("%w: %s is %.80s; it must be a number or %d", sepconv.ErrConfig, key, b.c[key], n)
		}
		list[i] = values
	}
	return list[0], list[1], nil
}

// buildRescaling is x*scale + offset, of which each may be a list for the last axis.
func buildRescaling(b *building) ([]tensor, error) {
	scale, err := b.numbersFor("scale", 1)
	if err != nil {
		return nil, err
	}
	offset, err := b.numbersFor("offset", 0)
	if err != nil {
		return nil, err
	}
	n := max(len(scale), len(offset))
	axis := 0
	if n > 1 {
		axis = len(b.shape(0)) - 1
	}
	for _, list := range []*[]float64{&scale, &offset} {
		switch len(*list) {
		case n:
		case 1:
			*list = slices.Repeat(*list, n)
		default:
			return nil, fmt.Errorf("%w: scale and offset have %d and %d elements", sepconv.ErrConfig, len(scale), len(offset))
		}
	}
	return b.chain(b.affine(axis, scale, offset))
}

// numbersFor returns a number, or a list of them.
func (b *building) numbersFor(key string, otherwise float64) ([]float64, error) {
	text := kerasjson.Unwrapped(b.c[key])
	if strictjson.IsNull(text) {
		return []float64{otherwise}, nil
	}
	if x, ok := strictjson.Float(text); ok {
		return []float64{x}, nil
	}
	var list []float64
	for _, e := range strictjson.Elements(text) {
		x, ok := strictjson.Float(e)
		if !ok {
			list = nil
			break
		}
		list = append(list, x)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: %s is %.80s; it must be a number or a list of them", sepconv.ErrConfig, key, text)
	}
	return list, nil
}
