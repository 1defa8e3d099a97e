package sepconv

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/initializers"
	"github.com/sepconv/go/sepconv/regularizers"
)

// Layer is a SeparableConv1D with its weights, made by New or NewFromWeights; of
// the zero value and of a nil Layer, methods return zero values and errors that
// wrap ErrConfig.
//
// Its methods that change it must not run at the same time as others; the others
// may, in any number of goroutines. Plans that were compiled from it do not see its
// changes.
type Layer struct {
	config     Config
	geometry   engine.Geometry
	activation engine.Activation
	weights    Weights
}

// Weights are the arrays that Keras' get_weights returns, in its order, each
// row-major. They are the same for both data formats.
type Weights struct {
	Depthwise []float32 // (kernel size, channels, depth multiplier)
	Pointwise []float32 // (1, channels*depth multiplier, filters)
	Bias      []float32 // (filters); nil without a bias
}

// New builds the layer for inputs of the given number of channels. Its weights
// are what the initializers make of a random seed: see Initialize.
func New(c Config, channels int) (*Layer, error) {
	l, err := newLayer(c, channels)
	if err != nil {
		return nil, err
	}
	if err := l.Initialize(rand.Uint64()); err != nil {
		return nil, err
	}
	return l, nil
}

// NewFromWeights builds the layer with given weights, which it copies.
func NewFromWeights(c Config, channels int, w Weights) (*Layer, error) {
	l, err := newLayer(c, channels)
	if err != nil {
		return nil, err
	}
	if err := l.SetWeights(w); err != nil {
		return nil, err
	}
	return l, nil
}

// newLayer builds the layer without weights.
func newLayer(c Config, channels int) (*Layer, error) {
	c = c.withDefaults()
	g, err := c.geometry(channels)
	if err != nil {
		return nil, err
	}
	a, err := engineActivation(c.Activation)
	if err != nil {
		return nil, err
	}
	if err := c.checkHalves(a); err != nil {
		return nil, err
	}
	l := &Layer{config: c, geometry: g, activation: a}
	if err := l.checkTraining(); err != nil {
		return nil, err
	}
	return l, nil
}

// checkTraining reports initializers, regularizers and constraints that do not
// fit the arrays they are for.
func (l *Layer) checkTraining() error {
	for _, p := range l.parts(new(Weights)) {
		for _, v := range []struct {
			role  string
			value any
		}{{"initializer", p.initializer}, {"regularizer", p.regularizer}, {"constraint", p.constraint}} {
			if err := checkFits(v.value, p.shape); err != nil {
				return fmt.Errorf("%s %s: %w", p.name, v.role, err)
			}
		}
	}
	if err := checkFits(l.config.ActivityRegularizer, []int{1, 1, l.geometry.Filters}); err != nil {
		return fmt.Errorf("activity regularizer: %w", err)
	}
	return nil
}

// checkFits reports a value that can tell that it does not fit an array.
func checkFits(v any, shape []int) error {
	if param.IsNilPointer(v) {
		return fmt.Errorf("%w: it is a nil %T; leave the field nil for the default", ErrConfig, v)
	}
	if v, ok := v.(param.Validator); ok {
		return v.Validate(shape)
	}
	return nil
}

// made reports a layer that New did not make.
func (l *Layer) made() error {
	if l == nil || l.geometry.Channels == 0 {
		return fmt.Errorf("%w: the Layer is nil or a zero value; New or NewFromWeights makes one", ErrConfig)
	}
	return nil
}

// Config returns the configuration, with the defaults that zero values stood for.
func (l *Layer) Config() Config {
	if l == nil {
		return Config{}
	}
	return l.config
}

// Channels returns the number of channels of the input.
func (l *Layer) Channels() int {
	if l == nil {
		return 0
	}
	return l.geometry.Channels
}

// Initialize sets the weights by the configuration's initializers. Random ones
// without a Seed of their own take theirs from seed: the same seed gives the
// same weights on every machine. On an error the weights stay as they were.
func (l *Layer) Initialize(seed uint64) error {
	if err := l.made(); err != nil {
		return err
	}
	var w Weights
	for i, part := range l.parts(&w) {
		*part.values = make([]float32, product(part.shape))
		// Each array has a stream of its own: equal initializers must not make
		// equal numbers of them.
		if err := part.initializer.Initialize(*part.values, slices.Clone(part.shape), streamSeed(seed, i)); err != nil {
			return fmt.Errorf("%s initializer: %w", part.name, err)
		}
	}
	l.weights = w
	return nil
}

// streamSeed derives the seed of the layer's ith array (SplitMix64's constant).
func streamSeed(seed uint64, i int) uint64 { return seed + uint64(i)*0x9e3779b97f4a7c15 }

// SetWeights copies w into the layer.
func (l *Layer) SetWeights(w Weights) error {
	if err := l.made(); err != nil {
		return err
	}
	if err := l.checkWeights(&w); err != nil {
		return err
	}
	var own Weights
	given := l.parts(&w)
	for i, part := range l.parts(&own) {
		*part.values = slices.Clone(*given[i].values)
	}
	l.weights = own
	return nil
}

// checkWeights reports weights that do not fit the layer.
func (l *Layer) checkWeights(w *Weights) error {
	if l.config.NoBias && len(w.Bias) > 0 {
		return fmt.Errorf("%w: there are %d biases; the layer uses none", ErrWeights, len(w.Bias))
	}
	for _, part := range l.parts(w) {
		if got, want := len(*part.values), product(part.shape); got != want {
			return fmt.Errorf("%w: the %s has %d elements; shape %v needs %d", ErrWeights, part.name, got, part.shape, want)
		}
	}
	return nil
}

// Clone returns a layer that has the configuration and the weights of l; what
// changes the one leaves the other as it is. The arrays are not copied: a layer
// never changes them but replaces them, so that clones can have them in common.
func (l *Layer) Clone() *Layer {
	if l == nil {
		return nil
	}
	other := *l
	return &other
}

// Weights returns a copy of the weights.
func (l *Layer) Weights() Weights {
	if l == nil {
		return Weights{}
	}
	return Weights{
		Depthwise: slices.Clone(l.weights.Depthwise),
		Pointwise: slices.Clone(l.weights.Pointwise),
		Bias:      slices.Clone(l.weights.Bias),
	}
}

// part is what belongs to one of the layer's arrays.
type part struct {
	name        string // as Keras calls it
	shape       []int
	values      *[]float32
	initializer initializers.Initializer
	regularizer regularizers.Regularizer
	constraint  constraints.Constraint
}

// parts lists the arrays that the layer has, in Keras' order, with their values
// in w.
func (l *Layer) parts(w *Weights) []part {
	c, g := &l.config, &l.geometry
	parts := []part{
		{"depthwise kernel", []int{g.Kernel, g.Channels, g.Multiplier}, &w.Depthwise,
			c.DepthwiseInitializer, c.DepthwiseRegularizer, c.DepthwiseConstraint},
		{"pointwise kernel", []int{1, g.Columns(), g.Filters}, &w.Pointwise,
			c.PointwiseInitializer, c.PointwiseRegularizer, c.PointwiseConstraint},
		{"bias", []int{g.Filters}, &w.Bias,
			c.BiasInitializer, c.BiasRegularizer, c.BiasConstraint},
	}
	if c.NoBias {
		parts = parts[:2]
	}
	return parts
}

// product multiplies dimensions that are known to fit.
func product(shape []int) int {
	n, _ := engine.Elements(shape...)
	return n
}

// InputShape returns the shape of inputs in the layer's data format.
func (l *Layer) InputShape(batch, steps int) ([3]int, error) {
	if _, err := l.OutputShape(batch, steps); err != nil {
		return [3]int{}, err
	}
	return order(&l.geometry, batch, steps, l.geometry.Channels), nil
}

// OutputShape returns the shape of the output for inputs of the given steps, in
// the layer's data format. It is the shape of what Run writes: with GLU the last
// axis is half as long as without, whereas Keras' compute_output_shape leaves
// that out.
func (l *Layer) OutputShape(batch, steps int) ([3]int, error) {
	if err := l.made(); err != nil {
		return [3]int{}, err
	}
	return outputShape(&l.geometry, l.activation.Func, batch, steps)
}

func outputShape(g *engine.Geometry, f kernel.Func, batch, steps int) ([3]int, error) {
	out, filters, err := outputSize(g, f, batch, steps)
	if err != nil {
		return [3]int{}, err
	}
	return order(g, batch, out, filters), nil
}

// outputSize returns the steps and filters of the output, and whether a batch of it and of
// the input can be.
func outputSize(g *engine.Geometry, f kernel.Func, batch, steps int) (out, filters int, err error) {
	if batch < 0 {
		return 0, 0, fmt.Errorf("%w: batch is %d; it must be at least 0", ErrShape, batch)
	}
	out, filters, err = g.OutputShape(f, steps)
	if err != nil {
		return 0, 0, fmt.Errorf("%w: an input of %d steps %w (kernel size %d, dilation rate %d)", ErrShape, steps, err, g.Kernel, g.Dilation)
	}
	_, okIn := engine.Elements(batch, steps, g.Channels)
	_, okOut := engine.Elements(batch, out, filters)
	if !okIn || !okOut {
		return 0, 0, fmt.Errorf("%w: a batch of %d inputs of %d steps has more elements than an int can count", ErrShape, batch, steps)
	}
	return out, filters, nil
}

// order puts an array's dimensions into the order of the data format.
func order(g *engine.Geometry, batch, steps, channels int) [3]int {
	if g.ChannelsFirst {
		return [3]int{batch, channels, steps}
	}
	return [3]int{batch, steps, channels}
}

// Kernels returns the names of the kernel sets that this CPU can run, best first.
func Kernels() []string { return dispatch.Names() }

// Compile packs the layer, with its weights as they are now, for this CPU.
func (l *Layer) Compile(options ...CompileOption) (*Plan, error) {
	if err := l.made(); err != nil {
		return nil, err
	}
	c, target, err := resolve(options)
	if err != nil {
		return nil, err
	}
	if c.Training {
		return nil, fmt.Errorf("%w: an option of Compile is one of Train; leave it out", ErrConfig)
	}
	w := &l.weights
	plan := engine.NewPlan(l.geometry, w.Depthwise, w.Pointwise, w.Bias, l.activation, target)
	return &Plan{plan, l.activation, newSource(l, plan, target)}, nil
}
