package keras

import (
	"math"
	"slices"

	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// Block is a SeparableConv1D that computes the layers around it as well.
type Block struct {
	Layer *sepconv.Layer
	// Computes are the layers of the model that Layer stands for, in the order in
	// which the model runs them.
	Computes []*Layer
}

// Blocks builds all SeparableConv1D layers of Keras, in the order of All, and folds
// into each what it can of the layers around it:
//
//   - after it, if it is linear, a BatchNormalization, and an activation layer
//     (Activation, ReLU, LeakyReLU, ELU, Softmax, ...) after that or at once;
//   - before it, a BatchNormalization that no other block has, if the layer does
//     not pad or the normalization does not shift, and a ZeroPadding1D that makes
//     a Valid layer Causal, which is how Keras 3 has that padding;
//   - layers in between that only training knows, such as Dropout.
//
// A layer is folded in only if it is Keras' (see IsKeras) and in the same model,
// nothing else uses what it is given, and it does not run as in training
// (see InTraining). Results are those of the layers one after the other, but for the
// rounding of the folded weights; they are what the model computes in inference.
// A layer that is in several places has a block for each, with what is around it
// there.
//
// If one SeparableConv1D cannot be built, say for want of an activation's code, there
// are no blocks, and the error says which it is; Layer.SeparableConv1D builds others.
func (m *Model) Blocks() ([]Block, error) {
	if err := m.checkConfigured(); err != nil {
		return nil, err
	}
	var blocks []Block
	taken := map[*Layer]bool{}
	build, more := builder{}, repeats{m.newBudget()}
	for l := range m.All() {
		if !l.IsSeparableConv1D() {
			continue
		}
		layer, err := build.layer(l)
		if err != nil {
			return nil, err
		}
		b := Block{layer, []*Layer{l}}
		b.takeAfter(l, taken)
		b.takeBefore(l, taken)
		if b.Layer != layer {
			if err := more.spend(l); err != nil {
				return nil, err
			}
		}
		for _, c := range b.Computes {
			taken[c] = true
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// takeAfter folds in the layers after l that are not taken. What does not fold
// stays where it is.
func (b *Block) takeAfter(l *Layer, taken map[*Layer]bool) {
	if b.Layer.Config().Activation != sepconv.Linear {
		return
	}
	g, run := l.parent, []*Layer(nil)
	next := func() *Layer {
		for l = g.next(l); l != nil && l.isIdentity(); l = g.next(l) {
			run = append(run, l)
		}
		if taken[l] {
			return nil
		}
		return l
	}
	n := next()
	if n == nil {
		return
	}
	if folded, ok := b.fold(n, (*sepconv.Layer).FoldBatchNorm); ok {
		b.Layer, b.Computes = folded, append(append(b.Computes, run...), n)
		run = nil
		if n = next(); n == nil {
			return
		}
	}
	a := n.activation()
	if a == nil {
		return
	}
	if with, err := b.Layer.WithActivation(a); err == nil {
		b.Layer, b.Computes = with, append(append(b.Computes, run...), n)
	}
}

// takeBefore folds in the layers before l that are not taken.
func (b *Block) takeBefore(l *Layer, taken map[*Layer]bool) {
	g, run := l.parent, []*Layer(nil)
	for p := g.previous(l); p != nil && !taken[p]; p = g.previous(p) {
		if p.isIdentity() {
			run = append(run, p)
			continue
		}
		folded, ok := b.fold(p, (*sepconv.Layer).FoldBatchNormBefore)
		if !ok {
			if folded, ok = b.pad(p); !ok {
				return
			}
		}
		run = append(run, p)
		slices.Reverse(run)
		b.Layer, b.Computes, run = folded, append(run, b.Computes...), nil
	}
}

// fold folds a layer that is a BatchNormalization into the block's.
func (b *Block) fold(l *Layer, into func(*sepconv.Layer, sepconv.BatchNorm) (*sepconv.Layer, error)) (*sepconv.Layer, bool) {
	if !l.is("BatchNormalization") || l.normalizesBatch() || !l.onChannels(b.Layer.Config().DataFormat) {
		return nil, false
	}
	norm, err := l.BatchNorm()
	if err != nil {
		return nil, false
	}
	folded, err := into(b.Layer, norm)
	return folded, err == nil
}

// pad makes of a Valid layer a Causal one if l pads as that does.
func (b *Block) pad(l *Layer) (*sepconv.Layer, bool) {
	c := b.Layer.Config()
	if !l.is("ZeroPadding1D") || c.Padding != sepconv.Valid || c.DataFormat != sepconv.ChannelsLast {
		return nil, false
	}
	fields := members(l.Config)
	zeros, ok := strictjson.Ints(fields["padding"])
	if !ok || !slices.Equal(zeros, []int{(c.KernelSize - 1) * c.DilationRate, 0}) {
		return nil, false
	}
	if format, _ := word(fields["data_format"]); !strictjson.IsNull(fields["data_format"]) && format != string(sepconv.ChannelsLast) {
		return nil, false
	}
	c.Padding = sepconv.Causal
	layer, err := sepconv.NewFromWeights(c, b.Layer.Channels(), b.Layer.Weights())
	return layer, err == nil
}

// Classes that do nothing: ever, and outside of training.
var (
	identities = []string{"Identity", "ActivityRegularization"}
	dropouts   = []string{"Dropout", "SpatialDropout1D", "GaussianDropout", "AlphaDropout", "GaussianNoise"}
)

// isIdentity reports whether the layer does nothing where it is.
func (l *Layer) isIdentity() bool {
	return l.is(identities...) || l.is(dropouts...) && !l.InTraining() || l.activation() == sepconv.Linear
}

// activation returns the function of a layer that is nothing else; nil of others.
func (l *Layer) activation() sepconv.Activation {
	if !l.IsKeras() {
		return l.customActivation()
	}
	read := sepconv.UnmarshalActivation
	if l.keras2 {
		read = sepconv.UnmarshalActivationKeras2
	}
	var a sepconv.Activation
	var err error
	switch text := member(l.Config, "activation"); {
	case l.Class == "Activation" && text != nil:
		a, err = read(text)
	case slices.Contains(kerasjson.ActivationLayers, l.Class):
		a, err = sepconv.ActivationOfLayer(l.Class, l.Config)
	default:
		return l.customActivation()
	}
	if err != nil {
		return nil
	}
	return simplest(l.usable(a))
}

// simplest returns the function without parameters that is the same, if there is
// one.
func simplest(a sepconv.Activation) sepconv.Activation {
	switch a {
	case sepconv.ReLUWith(float32(math.Inf(1)), 0, 0):
		return sepconv.ReLU
	case sepconv.ReLUWith(6, 0, 0):
		return sepconv.ReLU6
	}
	return a
}
