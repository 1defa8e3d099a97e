package keras

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sepconv/go/sepconv"
)

// torchConv1d is what a file holds of a Conv1d of PyTorch.
type torchConv1d struct {
	layer  *Layer
	weight *Tensor
	bias   []float32 // nil without
}

// torchConv1d finds the parameters of a Conv1d.
func (m *Model) torchConv1d(name string) (c torchConv1d, err error) {
	if c.layer, err = m.Layer(name); err != nil {
		return c, err
	}
	if c.weight, err = m.torchWeight(c.layer); err != nil {
		return c, err
	}
	if bias := c.layer.weight("bias"); bias != nil {
		if err := c.layer.checkArray(bias); err != nil {
			return c, err
		}
		c.bias = bias.Values
	}
	return c, nil
}

// The names of the two parameters that weight_norm of torch.nn.utils makes of a
// weight, and that of torch.nn.utils.parametrizations, g before v.
var weightNormNames = [2][2]string{
	{"weight_g", "weight_v"},
	{"parametrizations.weight.original0", "parametrizations.weight.original1"},
}

// torchWeight returns the weight of a Conv1d, computed if it is parametrized.
func (m *Model) torchWeight(l *Layer) (*Tensor, error) {
	if err := m.checkTorchNames(l); err != nil {
		return nil, err
	}
	weight := l.weight("weight")
	for _, names := range weightNormNames {
		g, v := l.weight(names[0]), l.weight(names[1])
		switch {
		case g == nil && v == nil:
			continue
		case g == nil || v == nil:
			return nil, l.errorf("%w: of the arrays of weight_norm, %q and %q, it has only one", sepconv.ErrWeights, names[0], names[1])
		case weight != nil:
			return nil, l.errorf("%w: it has a weight, and %q and %q of weight_norm; it can have either", sepconv.ErrWeights, names[0], names[1])
		}
		for _, t := range []*Tensor{g, v} {
			if err := l.checkArray(t); err != nil {
				return nil, err
			}
		}
		computed, err := weightNorm(g, v)
		if err != nil {
			return nil, l.errorf("%w: %w", sepconv.ErrWeights, err)
		}
		weight = computed
	}
	if weight == nil {
		return nil, l.errorf("%w: it has no weight", sepconv.ErrWeights)
	}
	return weight, l.checkArray(weight)
}

// parametrized tells by their names weights that are kept in another form than
// weight_norm's, and how PyTorch makes plain ones of them.
var parametrized = []struct{ word, what, undo string }{
	{"weight_mask", "pruned", "torch.nn.utils.prune.remove"},
	{"weight_orig", "normalized by spectral_norm", "torch.nn.utils.remove_spectral_norm"},
	{"parametrizations.weight.0._u", "normalized by spectral_norm", "torch.nn.utils.parametrize.remove_parametrizations"},
	{"parametrizations.", "parametrized", "torch.nn.utils.parametrize.remove_parametrizations"},
}

// checkTorchNames reports arrays that a Conv1d does not have, with which its weight
// would not be what it seems, or not all of what it computes.
func (m *Model) checkTorchNames(l *Layer) error {
	own := []string{"weight", "bias"}
	for _, names := range weightNormNames {
		own = append(own, names[:]...)
	}
	other := ""
	has := func(word string) bool {
		return slices.ContainsFunc(l.Weights, func(t *Tensor) bool {
			return t != nil && strings.HasPrefix(t.Name, word) && !slices.Contains(own, t.Name)
		})
	}
	for _, p := range parametrized {
		if has(p.word) {
			return l.errorf("%w: its weight is %s (it has %q), which is not computed here; call %s before saving", sepconv.ErrWeights, p.what, p.word, p.undo)
		}
	}
	if err := m.checkTorchScales(l); err != nil {
		return err
	}
	for _, t := range l.Weights {
		if t != nil && !slices.Contains(own, t.Name) && (other == "" || t.Name < other) {
			other = t.Name
		}
	}
	if other != "" {
		return l.errorf("%w: it has an array %.80q, which a Conv1d has not", sepconv.ErrWeights, other)
	}
	return nil
}

// checkTorchScales reports a weight that is quantized: packed under another name, or
// integers or 8-bit floats with a scale in the layer or in a part of it, such as
// "weight.absmax" of bitsandbytes.
func (m *Model) checkTorchScales(l *Layer) error {
	weight := l.weight("weight")
	if weight != nil && weight.Err == nil && !weight.isInteger() {
		return nil
	}
	for inner := range m.All() {
		if inner != l && !strings.HasPrefix(inner.Path, l.Path+".") {
			continue
		}
		for _, t := range inner.Weights {
			if t == nil || t == weight {
				continue
			}
			name := strings.TrimPrefix(inner.Path+"."+t.Name, l.Path+".")
			switch {
			case isAny(name, packedNames):
				return l.errQuantized(name, name)
			case weight != nil && isAny(name, scaleNames):
				return l.errQuantized(fmt.Sprint(weight.Name, " of ", weight.DType), name)
			}
		}
	}
	return nil
}

// weightNorm computes the weight of which PyTorch's weight_norm keeps a length and
// a direction:
//
//	w = g * v / ||v||
//
// The norm is the Euclidean one over all axes but dim, 0 by default; over all axes
// if dim is None. g has the shape of v with the other axes 1, or one element. Where
// v is all zero there is no direction and the result is NaN, as PyTorch's is.
// Computed in float64, and rounded once.
func weightNorm(g, v *Tensor) (*Tensor, error) {
	if len(v.Values) == 0 {
		return v, nil
	}
	outer, n, inner := 1, 1, len(v.Values)
	if len(g.Values) != 1 {
		dim, ok := normAxis(g.Shape, v.Shape)
		if !ok {
			return nil, fmt.Errorf("weight_norm: g has shape %v and v %v; g must have that of v with all axes but one 1", g.Shape, v.Shape)
		}
		outer, n, inner = product(v.Shape[:dim]), v.Shape[dim], product(v.Shape[dim+1:])
	}
	w := &Tensor{Name: "weight", Shape: v.Shape, DType: "float32", Values: make([]float32, len(v.Values))}
	for i := range n {
		each := func(f func(j int)) {
			for o := range outer {
				for j := range inner {
					f((o*n+i)*inner + j)
				}
			}
		}
		sum := 0.0
		each(func(j int) { sum += float64(v.Values[j]) * float64(v.Values[j]) })
		scale := float64(g.Values[i]) / math.Sqrt(sum)
		each(func(j int) { w.Values[j] = float32(float64(v.Values[j]) * scale) })
	}
	return w, nil
}

// normAxis returns the one axis that g has in common with v.
func normAxis(g, v []int) (dim int, ok bool) {
	if len(g) != len(v) {
		return 0, false
	}
	dim = slices.IndexFunc(g, func(n int) bool { return n != 1 })
	for i := range g {
		if i != dim && g[i] != 1 {
			return 0, false
		}
	}
	return dim, dim >= 0 && g[dim] == v[dim]
}

// product is the number of elements of a part of a shape, that of an array which is
// not empty.
func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
