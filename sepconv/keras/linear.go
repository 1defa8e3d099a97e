package keras

import (
	"fmt"

	"github.com/sepconv/go/internal/engine"
	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/sepconv"
)

// linearLayers are those with a matrix of weights.
var linearLayers = map[string]layerBuilder{
	"Dense":           {buildDense, true},
	"Conv1D":          {buildConv1D, false},
	"DepthwiseConv1D": {buildDepthwiseConv1D, false},
	"SeparableConv1D": {buildSeparable, false},
	"Embedding":       {buildEmbedding, false},
}

// split returns the activation that an operation applies itself, and one that comes
// after it: of those that change the shape, or look at an axis that is not there.
func split(a engine.Activation, apart bool) (inOp engine.Activation, after flow.Op) {
	if gated(a) || apart && alongAxis(a) {
		return engine.Activation{}, flow.NewActivation(a)
	}
	return a, nil
}

// ops are the operations of a layer.
type ops []flow.Op

func buildDense(b *building) ([]tensor, error) {
	list, err := once(b, func() (ops, error) {
		depth, err := b.last()
		if err != nil {
			return nil, err
		}
		units := b.integer("units", 0, 1)
		k, err := b.kernel([]int{depth, units}, units)
		if err != nil {
			return nil, err
		}
		a, after := split(k.activation, false)
		return ops{flow.NewDense(&b.target, k.weights, k.bias, depth, units, a), after}, nil
	})
	if err != nil {
		return nil, err
	}
	return b.chain(list...)
}

// weighted is the weights of a linear layer and what follows it.
type weighted struct {
	weights, bias []float32
	activation    engine.Activation
}

// kernel returns the weights of a layer with a kernel and perhaps a bias, with the
// layers after it that fold into them.
func (b *building) kernel(shape []int, filters int) (w weighted, err error) {
	for _, key := range []string{"lora_rank", "quantization_config"} {
		if b.c.given(key) {
			return w, fmt.Errorf("it has a %s, with which its weights are others than its kernel", key)
		}
	}
	shapes := [][]int{shape}
	if b.flag("use_bias", true) {
		shapes = append(shapes, []int{filters})
	}
	w.activation = b.activation("activation")
	if b.err != nil {
		return w, b.err
	}
	arrays, err := b.arrays([]string{"its kernel", "its bias"}, shapes...)
	if err != nil {
		return w, err
	}
	w.weights = arrays[0]
	if len(arrays) > 1 {
		w.bias = arrays[1]
	}
	b.bytes += 4 * int64(len(w.weights)+len(w.bias))
	if err := b.spend(len(w.weights)/filters, filters); err != nil {
		return w, err
	}
	b.foldAfter(&w, filters)
	return w, nil
}

// window reads how a layer looks at time, at so many steps.
func (b *building) window(size, strides int, paddings ...string) flow.Window {
	w := flow.Window{Size: size, Stride: b.integer("strides", strides, 1), Dilation: b.integer("dilation_rate", 1, 1)}
	switch b.word("padding", paddings...) {
	case "same":
		w.Padding = flow.Same
	case "causal":
		w.Padding = flow.Causal
	}
	const most = 1 << 28
	if (int64(w.Size)*int64(w.Dilation) > most || w.Stride > most) && b.err == nil {
		b.err = fmt.Errorf("%w: a window of %d steps with dilation_rate %d and strides %d reaches further than %d steps", sepconv.ErrConfig, w.Size, w.Dilation, w.Stride, most)
	}
	return w
}

// channels returns the number of channels of an input of time and channels.
func (b *building) channels(first bool) (int, error) {
	s := b.shape(0)
	if len(s) != 3 {
		return 0, fmt.Errorf("%w: its input has shape %v; it must have 3 axes", sepconv.ErrShape, s)
	}
	n := s[2]
	if first {
		n = s[1]
	}
	if n <= 0 {
		return 0, fmt.Errorf("%w: its input has shape %v; the number of channels must be known", sepconv.ErrShape, s)
	}
	return n, nil
}

func buildConv1D(b *building) ([]tensor, error) {
	list, err := once(b, func() (ops, error) {
		first := b.channelsFirst()
		channels, err := b.channels(first)
		if err != nil {
			return nil, err
		}
		w := b.window(b.integer("kernel_size", 0, 1), 1, "valid", "same", "causal")
		filters, groups := b.integer("filters", 0, 1), b.integer("groups", 1, 1)
		if b.err == nil && (channels%groups != 0 || filters%groups != 0) {
			return nil, fmt.Errorf("%w: groups is %d; it must divide the %d channels and the %d filters", sepconv.ErrConfig, groups, channels, filters)
		}
		k, err := b.kernel([]int{w.Size, channels / groups, filters}, filters)
		if err == nil && groups > 1 {
			err = b.spend(len(k.weights)/filters*groups, filters/groups)
		}
		if err != nil {
			return nil, err
		}
		a, after := split(k.activation, first || groups > 1)
		return append(b.inTime(first, flow.NewConv1D(&b.target, w, k.weights, k.bias, channels, filters, groups, a)), after), nil
	})
	if err != nil {
		return nil, err
	}
	return b.chain(list...)
}

func buildDepthwiseConv1D(b *building) ([]tensor, error) {
	list, err := once(b, func() (ops, error) {
		first := b.channelsFirst()
		channels, err := b.channels(first)
		if err != nil {
			return nil, err
		}
		w := b.window(b.integer("kernel_size", 0, 1), 1, "valid", "same", "causal")
		multiplier := b.integer("depth_multiplier", 1, 1)
		columns := times(channels, multiplier)
		if columns < 0 {
			return nil, fmt.Errorf("%w: depth_multiplier is %d, too much for %d channels", sepconv.ErrConfig, multiplier, channels)
		}
		k, err := b.kernel([]int{w.Size, channels, multiplier}, columns)
		if err != nil {
			return nil, err
		}
		a, after := split(k.activation, first)
		return append(b.inTime(first, flow.NewDepthwise1D(&b.target, w, k.weights, k.bias, channels, multiplier, a)), after), nil
	})
	if err != nil {
		return nil, err
	}
	return b.chain(list...)
}

func buildEmbedding(b *building) ([]tensor, error) {
	rows, width := b.integer("input_dim", 0, 1), b.integer("output_dim", 0, 1)
	if b.err != nil {
		return nil, b.err
	}
	if rows > flow.MaxEmbedding {
		return nil, fmt.Errorf("%w: input_dim is %d; indices are float32, which are exact up to %d", sepconv.ErrConfig, rows, flow.MaxEmbedding)
	}
	list, err := once(b, func() (ops, error) {
		arrays, err := b.arrays([]string{"its embeddings"}, []int{rows, width})
		if err != nil {
			return nil, err
		}
		b.bytes += 4 * int64(len(arrays[0]))
		return ops{flow.NewEmbedding(arrays[0], rows, width, !b.l.keras2)}, nil
	})
	if err != nil {
		return nil, err
	}
	x := b.in[0].value
	out, err := b.chain(list...)
	if err != nil || !b.flag("mask_zero", false) {
		return out, err
	}
	out[0].mask, err = b.add(flow.NewNotEqual(0), x)
	out[0].hasMask = true
	return out, err
}
