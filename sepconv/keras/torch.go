package keras

import (
	"fmt"

	"github.com/sepconv/go/sepconv"
)

// TorchWeights are the weights of the two layers of PyTorch that compute what a
// SeparableConv1D of C channels, F filters, k taps and a depth multiplier of M
// does, on inputs of shape (batch, channels, steps), which is ChannelsFirst here:
//
//	depthwise = torch.nn.Conv1d(C, C*M, k, stride, padding, dilation, groups=C, bias=False)
//	pointwise = torch.nn.Conv1d(C*M, F, 1)
//	y = pointwise(depthwise(x))
//
// PyTorch's order of axes is another than Keras':
//
//	depthwise_kernel[j, c, m]   is  depthwise.weight[c*M+m, 0, j]
//	pointwise_kernel[0, q, f]   is  pointwise.weight[f, q, 0]
//	bias[f]                     is  pointwise.bias[f]
//
// A bias of the depthwise layer, which Keras' has not, goes into the other:
// bias[f] is then pointwise.bias[f] + sum over q of
// depthwise.bias[q]*pointwise.weight[f, q, 0].
//
// Padding: Valid is PyTorch's padding=0. PyTorch's padding="same" is Same, which
// it has for strides of 1 only; its padding=p is p zeros on either side, which is
// Same if strides are 1 and 2*p is (k-1)*dilation, and otherwise nothing that Keras
// has. Causal is torch.nn.functional.pad(x, ((k-1)*dilation, 0)) before the layer.
type TorchWeights struct {
	Depthwise     []float32 // (C*M, 1, k)
	DepthwiseBias []float32 // (C*M); nil without
	Pointwise     []float32 // (F, C*M, 1)
	Bias          []float32 // (F); nil without
}

// ToTorch returns the weights of a layer for PyTorch; none of a nil layer.
func ToTorch(l *sepconv.Layer) TorchWeights {
	c, w := l.Config(), l.Weights()
	columns := l.Channels() * c.DepthMultiplier
	return TorchWeights{
		Depthwise: transposed(w.Depthwise, c.KernelSize, columns),
		Pointwise: transposed(w.Pointwise, columns, c.Filters),
		Bias:      w.Bias,
	}
}

// transposed returns a matrix of the given rows and columns with its axes swapped.
func transposed(x []float32, rows, columns int) []float32 {
	y := make([]float32, len(x))
	for r := range rows {
		for c := range columns {
			y[c*rows+r] = x[r*columns+c]
		}
	}
	return y
}

// Layer builds the layer that computes what the two layers of PyTorch do. c has
// the configuration; a bias is taken from the weights, whatever c.NoBias says.
// Errors wrap sepconv.ErrConfig or sepconv.ErrWeights.
func (t TorchWeights) Layer(c sepconv.Config, channels int) (*sepconv.Layer, error) {
	c.NoBias = t.Bias == nil && t.DepthwiseBias == nil
	m := or(c.DepthMultiplier, 1)
	if err := t.check(c, channels, m); err != nil {
		return nil, err
	}
	columns := channels * m
	return sepconv.NewFromWeights(c, channels, sepconv.Weights{
		Depthwise: transposed(t.Depthwise, columns, c.KernelSize),
		Pointwise: transposed(t.Pointwise, c.Filters, columns),
		Bias:      t.bias(c.Filters, columns),
	})
}

// check reports weights that are not those of the configuration.
func (t *TorchWeights) check(c sepconv.Config, channels, m int) error {
	if c.KernelSize < 1 || c.Filters < 1 || m < 1 || channels < 1 {
		return fmt.Errorf("%w: %d filters, a kernel size of %d, a depth multiplier of %d and %d channels; all must be at least 1",
			sepconv.ErrConfig, c.Filters, c.KernelSize, m, channels)
	}
	columns := len(t.Depthwise) / c.KernelSize // without a product that could overflow
	if columns*c.KernelSize != len(t.Depthwise) || columns%m != 0 || columns/m != channels {
		return fmt.Errorf("%w: the depthwise weight has %d elements; shape (%d*%d, 1, %d) has another number",
			sepconv.ErrWeights, len(t.Depthwise), channels, m, c.KernelSize)
	}
	if len(t.Pointwise)%columns != 0 || len(t.Pointwise)/columns != c.Filters {
		return fmt.Errorf("%w: the pointwise weight has %d elements; shape (%d, %d, 1) has another number",
			sepconv.ErrWeights, len(t.Pointwise), c.Filters, columns)
	}
	if n := len(t.DepthwiseBias); t.DepthwiseBias != nil && n != columns {
		return fmt.Errorf("%w: the depthwise bias has %d elements; it needs %d", sepconv.ErrWeights, n, columns)
	}
	if n := len(t.Bias); t.Bias != nil && n != c.Filters {
		return fmt.Errorf("%w: the bias has %d elements; it needs %d", sepconv.ErrWeights, n, c.Filters)
	}
	return nil
}

// bias joins the two biases, in float64 and rounded once; nil if there is none.
func (t *TorchWeights) bias(filters, columns int) []float32 {
	if t.DepthwiseBias == nil {
		return t.Bias
	}
	bias := make([]float32, filters)
	for f := range bias {
		sum := 0.0
		if t.Bias != nil {
			sum = float64(t.Bias[f])
		}
		for q, b := range t.DepthwiseBias {
			sum += float64(b) * float64(t.Pointwise[f*columns+q])
		}
		bias[f] = float32(sum)
	}
	return bias
}

// TorchSeparableConv1D builds a layer of two layers of PyTorch, given by their
// names in a safetensors file: what is before ".weight", "block.0.depthwise". Their
// shapes must be those of TorchWeights. Of c, Filters, KernelSize and
// DepthMultiplier may be 0, and are taken from the shapes and groups, the number
// of channels. c.DataFormat is ChannelsFirst for inputs in PyTorch's order.
//
// A weight that PyTorch keeps as weight_norm does, in two parameters, is computed;
// other parametrizations, quantized weights, and arrays that Conv1d does not have
// are an error.
func (m *Model) TorchSeparableConv1D(c sepconv.Config, groups int, depthwise, pointwise string) (*sepconv.Layer, error) {
	d, err := m.torchConv1d(depthwise)
	if err != nil {
		return nil, err
	}
	p, err := m.torchConv1d(pointwise)
	if err != nil {
		return nil, err
	}
	dw, pw := d.weight, p.weight
	switch {
	case len(dw.Shape) != 3 || dw.Shape[1] != 1:
		return nil, d.layer.errorf("%w: its weight has shape %v; a depthwise layer's is (C*M, 1, k)", sepconv.ErrWeights, dw.Shape)
	case len(pw.Shape) != 3 || pw.Shape[2] != 1 || pw.Shape[1] != dw.Shape[0]:
		return nil, p.layer.errorf("%w: its weight has shape %v; after a depthwise layer of %d outputs it is (F, %d, 1)", sepconv.ErrWeights, pw.Shape, dw.Shape[0], dw.Shape[0])
	case groups < 1 || dw.Shape[0] == 0 || dw.Shape[0]%groups != 0:
		return nil, d.layer.errorf("%w: %d groups do not divide its %d outputs", sepconv.ErrConfig, groups, dw.Shape[0])
	}
	c.Filters, c.KernelSize = or(c.Filters, pw.Shape[0]), or(c.KernelSize, dw.Shape[2])
	c.DepthMultiplier = or(c.DepthMultiplier, dw.Shape[0]/groups)
	t := TorchWeights{Depthwise: dw.Values, DepthwiseBias: d.bias, Pointwise: pw.Values, Bias: p.bias}
	layer, err := t.Layer(c, groups)
	if err != nil {
		return nil, d.layer.errorf("%w", err)
	}
	return layer, nil
}
