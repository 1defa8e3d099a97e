package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/sepconv/go/sepconv"
)

// A layer is one layer of a model, and the shape of the input to run it on.
type layer struct {
	ID   string // short, the name of its benchmark
	From string // the model

	Batch, Steps                  int
	Channels, Kernel, Stride      int
	Dilation, Multiplier, Filters int
	Padding, Activation           string // as Keras names them
}

// columns is the number of channels between the two convolutions.
func (l *layer) columns() int { return l.Channels * l.Multiplier }

// outSteps is the number of steps of the convolution's output. It is not always
// that of the layer's: the activation glu halves the last axis.
func (l *layer) outSteps() int {
	steps := l.Steps
	if sepconv.Padding(strings.ToLower(l.Padding)) == sepconv.Valid {
		steps -= (l.Kernel - 1) * l.Dilation
	}
	return 1 + (steps-1)/l.Stride
}

// padding is the number of steps of zeros before a signal and after it.
func (l *layer) padding() (left, right int) {
	span := (l.Kernel-1)*l.Dilation + 1
	switch sepconv.Padding(strings.ToLower(l.Padding)) {
	case sepconv.Valid:
		return 0, 0
	case sepconv.Causal:
		return span - 1, 0
	}
	total := max(0, (l.outSteps()-1)*l.Stride+span-l.Steps)
	return total / 2, total - total/2
}

// flops is the number of floating-point operations of a run, two for each
// multiply-add of the convolutions; taps in the padding count, the bias and the
// activation do not.
func (l *layer) flops() float64 { return l.depthwiseFLOPs() + l.pointwiseFLOPs() }

func (l *layer) depthwiseFLOPs() float64 { return 2 * l.between() * float64(l.Kernel) }

func (l *layer) pointwiseFLOPs() float64 { return 2 * l.between() * float64(l.Filters) }

// between is the number of elements between the two convolutions.
func (l *layer) between() float64 {
	return float64(l.Batch) * float64(l.outSteps()) * float64(l.columns())
}

// bytes is what a run must read and write at least: input, weights and output.
func (l *layer) bytes() float64 {
	weights := float64(l.columns())*float64(l.Kernel+l.Filters) + float64(l.Filters)
	signals := float64(l.Batch) * (float64(l.Steps)*float64(l.Channels) + float64(l.outSteps())*float64(l.Filters))
	return 4 * (weights + signals)
}

// config returns the layer's configuration. Strides and dilation may both be
// more than 1, as in Keras 3.
func (l *layer) config(format sepconv.DataFormat) (c sepconv.Config, err error) {
	keras, err := json.Marshal(map[string]any{"filters": l.Filters, "kernel_size": l.Kernel, "activation": l.Activation})
	if err != nil {
		return c, err
	}
	if err := c.UnmarshalJSON(keras); err != nil {
		return c, err
	}
	c.Strides, c.DilationRate, c.DepthMultiplier = l.Stride, l.Dilation, l.Multiplier
	c.Padding, c.DataFormat = sepconv.Padding(l.Padding), format
	c.StridedDilation = true
	return c, nil
}

// maxFloats bounds what the arrays of a layer hold together: 1 GiB.
const maxFloats = 1 << 28

// check reports a layer that cannot be run.
func (l *layer) check(format sepconv.DataFormat) error {
	columns := float64(l.Channels) * float64(l.Multiplier)
	weights := columns * (float64(l.Kernel) + float64(l.Filters))
	signals := float64(l.Batch) * float64(l.Steps) * (float64(l.Channels) + float64(l.Filters))
	if floats := weights + signals; floats > maxFloats {
		return fmt.Errorf("its arrays have %.3g elements; they may have %d at most", floats, maxFloats)
	}
	c, err := l.config(format)
	if err != nil {
		return err
	}
	s, err := sepconv.New(c, l.Channels)
	if err != nil {
		return err
	}
	_, err = s.OutputShape(l.Batch, l.Steps)
	return err
}

// message is the layer as peers are told of it.
func (l *layer) message() *protocol.Layer {
	left, right := l.padding()
	return &protocol.Layer{
		ID: l.ID, Batch: l.Batch, Steps: l.Steps, Channels: l.Channels, Kernel: l.Kernel, Stride: l.Stride,
		Dilation: l.Dilation, Multiplier: l.Multiplier, Filters: l.Filters, Padding: strings.ToLower(l.Padding),
		Activation: l.Activation, OutSteps: l.outSteps(), Left: left, Right: right,
	}
}
