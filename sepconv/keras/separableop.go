package keras

import (
	"github.com/sepconv/go/internal/engine"
	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/internal/inside"
	"github.com/sepconv/go/sepconv"
)

// buildSeparable adds a SeparableConv1D as a plan, with the layers around it that
// fold into it.
func buildSeparable(b *building) ([]tensor, error) {
	op, err := once(b, func() (*separableOp, error) {
		layer, err := b.l.SeparableConv1D()
		if err != nil {
			return nil, err
		}
		block := Block{layer, []*Layer{b.l}}
		if b.l.same == nil && len(b.l.others) == 0 {
			block.takeAfter(b.l, b.folded)
		}
		for _, l := range block.Computes[1:] {
			b.folded[l] = true
		}
		c := block.Layer.Config()
		if err := b.spend(layer.Channels()*c.DepthMultiplier, c.Filters); err != nil {
			return nil, err
		}
		plan, err := block.Layer.Compile(b.planOptions()...)
		if err != nil {
			return nil, err
		}
		w := block.Layer.Weights()
		b.bytes += 4 * int64(len(w.Depthwise)+len(w.Pointwise)+len(w.Bias))
		return &separableOp{plan, block.Layer}, nil
	})
	if err != nil {
		return nil, err
	}
	return b.chain(op)
}

// planOptions are those of Compile as far as they are about kernels and threads.
func (c *compiler) planOptions() []sepconv.CompileOption {
	options := []sepconv.CompileOption{sepconv.WithKernel(c.target.Set.Name)}
	if c.target.Threads > 0 {
		options = append(options, sepconv.WithThreads(c.target.Threads))
	}
	return options
}

// separableOp is a plan in a program.
type separableOp struct {
	plan  *sepconv.Plan
	layer *sepconv.Layer
}

// axes returns which axes are time and channels.
func (o *separableOp) axes() (time, channels int) {
	if o.layer.Config().DataFormat == sepconv.ChannelsFirst {
		return 2, 1
	}
	return 1, 2
}

func (o *separableOp) Shapes(in []flow.Shape) ([]flow.Shape, error) {
	time, channels := o.axes()
	if err := flow.CheckAxis(in, 3, channels, o.layer.Channels()); err != nil {
		return nil, err
	}
	s := in[0]
	steps := s[time]
	if steps == flow.Open {
		out := s.With(channels, o.outChannels())
		return []flow.Shape{out}, nil
	}
	shape, err := o.plan.OutputShape(max(s[0], 0), steps)
	if err != nil {
		return nil, err
	}
	shape[0] = s[0]
	return []flow.Shape{shape[:]}, nil
}

// outChannels returns how many channels the output has; with a gated linear unit
// half as many, where the channels are last.
func (o *separableOp) outChannels() int {
	c := o.layer.Config()
	if c.Activation == sepconv.GLU && c.DataFormat != sepconv.ChannelsFirst {
		return c.Filters / 2
	}
	return c.Filters
}

func (o *separableOp) NewStep() flow.Step { return &separableStep{separableOp: o} }

type separableStep struct {
	*separableOp
	out, in flow.Tensor
}

// Begin makes one task, which the plan cuts itself.
func (s *separableStep) Begin(out, in []flow.Tensor) (flow.Tasks, error) {
	s.out, s.in = out[0], in[0]
	return flow.Tasks{N: 1}, nil
}

func (s *separableStep) Do(int, *flow.Scratch) {
	time, _ := s.axes()
	if err := s.plan.Run(s.out.Data, s.in.Data, s.in.Shape[0], s.in.Shape[time]); err != nil {
		panic(err) // Shapes was wrong
	}
}

// TimeAxis returns where time is.
func (o *separableOp) TimeAxis() int {
	time, _ := o.axes()
	return time
}

func (o *separableOp) Stride() int { return o.layer.Config().Strides }

func (o *separableOp) Feed(known bool, length int64) (*engine.Feed, error) {
	return inside.Streams.Feed(o.plan, known, length)
}

// RunsCode reports whether the activation is the user's.
func (o *separableOp) RunsCode() bool {
	a, err := inside.Activation(o.layer.Config().Activation)
	return err != nil || a.Custom != nil
}

// Fingerprint returns that of the layer.
func (o *separableOp) Fingerprint() (computes string, weights []byte) {
	layer, w := inside.Streams.Fingerprint(o.plan)
	return string(layer[:]), w[:]
}
