package sepconv

import (
	"fmt"
	"strings"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/initializers"
	"github.com/sepconv/go/sepconv/regularizers"
)

// Padding says how the signal is continued with zeros before it is convolved.
// Upper and lower case are the same.
type Padding string

const (
	Valid  Padding = "valid"  // not at all
	Same   Padding = "same"   // evenly, so that an output of stride 1 is as long as the input; an odd zero comes after it
	Causal Padding = "causal" // before the signal only: an output depends on no later input
)

// DataFormat is the order of the axes of inputs and outputs. Upper and lower
// case are the same. Weights are in the same order in both.
type DataFormat string

const (
	ChannelsLast  DataFormat = "channels_last"  // (batch, steps, channels)
	ChannelsFirst DataFormat = "channels_first" // (batch, channels, steps)
)

// Config has a field for each argument of Keras' SeparableConv1D, in Keras'
// words. The zero value of a field is Keras' default; two fields are turned
// around for that, NoBias and Frozen. Filters and KernelSize have no default.
type Config struct {
	Filters    int // channels of the output
	KernelSize int // taps of the depthwise convolution
	Strides    int // input steps from one output to the next; 0 means 1
	Padding    Padding
	DataFormat DataFormat
	// DilationRate is the number of input steps from one tap to the next; 0 means
	// 1. More than 1 excludes Strides of more than 1 (see StridedDilation).
	DilationRate int
	// DepthMultiplier is the number of depthwise outputs of each input channel; 0
	// means 1.
	DepthMultiplier int
	Activation      Activation // nil is Linear; of a user's own in Python, see custom.Object
	NoBias          bool       // use_bias=False

	DepthwiseInitializer initializers.Initializer // nil is GlorotUniform
	PointwiseInitializer initializers.Initializer // nil is GlorotUniform
	BiasInitializer      initializers.Initializer // nil is Zeros

	// Regularizers and constraints matter to training only; nil is none.

	DepthwiseRegularizer regularizers.Regularizer
	PointwiseRegularizer regularizers.Regularizer
	BiasRegularizer      regularizers.Regularizer
	ActivityRegularizer  regularizers.Regularizer
	DepthwiseConstraint  constraints.Constraint
	PointwiseConstraint  constraints.Constraint
	BiasConstraint       constraints.Constraint

	Name   string // the layer's name; computes nothing
	Frozen bool   // trainable=False
	// DType is the Keras dtype policy of the layer, kept for files: this package
	// always computes in float32. "" is "float32".
	DType string

	// StridedDilation allows strides and dilation that are both more than 1, as
	// Keras does from 3.15 on, with the formula that holds for either. Keras'
	// documentation excluded it before, and Keras 2 computed something else.
	StridedDilation bool
}

// withDefaults returns the configuration with the numbers and words that zero
// values stand for.
func (c Config) withDefaults() Config {
	for _, n := range []*int{&c.Strides, &c.DilationRate, &c.DepthMultiplier} {
		if *n == 0 {
			*n = 1
		}
	}
	c.Padding = Padding(strings.ToLower(string(c.Padding)))
	if c.Padding == "" {
		c.Padding = Valid
	}
	c.DataFormat = DataFormat(strings.ToLower(string(c.DataFormat)))
	if c.DataFormat == "" {
		c.DataFormat = ChannelsLast
	}
	if c.Activation == nil {
		c.Activation = Linear
	}
	if c.DepthwiseInitializer == nil {
		c.DepthwiseInitializer = initializers.GlorotUniform{}
	}
	if c.PointwiseInitializer == nil {
		c.PointwiseInitializer = initializers.GlorotUniform{}
	}
	if c.BiasInitializer == nil {
		c.BiasInitializer = initializers.Zeros{}
	}
	return c
}

// check reports what is wrong with a configuration with its defaults, whatever the
// input's channels.
func (c *Config) check() error {
	for _, n := range []struct {
		name  string
		value int
	}{
		{"filters", c.Filters}, {"kernel size", c.KernelSize}, {"strides", c.Strides},
		{"dilation rate", c.DilationRate}, {"depth multiplier", c.DepthMultiplier},
	} {
		if n.value < 1 {
			return fmt.Errorf("%w: %s is %d; it must be at least 1", ErrConfig, n.name, n.value)
		}
	}
	if c.Padding != Valid && c.Padding != Same && c.Padding != Causal {
		return fmt.Errorf("%w: padding is %q; it must be %q, %q or %q", ErrConfig, c.Padding, Valid, Same, Causal)
	}
	if c.DataFormat != ChannelsLast && c.DataFormat != ChannelsFirst {
		return fmt.Errorf("%w: data format is %q; it must be %q or %q", ErrConfig, c.DataFormat, ChannelsLast, ChannelsFirst)
	}
	if c.Strides > 1 && c.DilationRate > 1 && !c.StridedDilation {
		return fmt.Errorf("%w: strides is %d and dilation rate is %d; one must be 1 unless StridedDilation is set",
			ErrConfig, c.Strides, c.DilationRate)
	}
	return nil
}

// geometry checks the arguments that make up the layer's shape, of a
// configuration with its defaults.
func (c *Config) geometry(channels int) (engine.Geometry, error) {
	g := engine.Geometry{
		Channels: channels, Filters: c.Filters,
		Kernel: c.KernelSize, Stride: c.Strides, Dilation: c.DilationRate, Multiplier: c.DepthMultiplier,
		Padding:       map[Padding]engine.Padding{Valid: engine.Valid, Same: engine.Same, Causal: engine.Causal}[c.Padding],
		ChannelsFirst: c.DataFormat == ChannelsFirst,
	}
	if err := c.check(); err != nil {
		return g, err
	}
	if channels < 1 {
		return g, fmt.Errorf("%w: the input has %d channels; it must have at least 1", ErrShape, channels)
	}
	if err := g.Check(); err != nil {
		return g, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return g, nil
}

// checkHalves reports GLU on filters that it cannot halve.
func (c *Config) checkHalves(a engine.Activation) error {
	if a.Func == kernel.GLU && c.DataFormat == ChannelsLast && c.Filters%2 != 0 {
		return fmt.Errorf("%w: filters is %d; the activation glu halves them, so it must be even", ErrConfig, c.Filters)
	}
	return nil
}
