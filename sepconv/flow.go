package sepconv

import (
	"fmt"
	"sync"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/inside"
	"github.com/sepconv/go/internal/kernel"
)

// maxSteps is how far streams count, so that no sum of steps leaves an int64.
const maxSteps = 1 << 62

// source is what a plan was compiled from, and what its streams need, made when the first
// asks for it.
type source struct {
	layer Layer // whose arrays never change
	rows  func() *engine.Plan
	print func() fingerprint
}

// newSource returns what a plan was compiled from.
func newSource(l *Layer, p *engine.Plan, t engine.Target) *source {
	s := &source{layer: *l}
	s.print = sync.OnceValue(s.layer.fingerprint)
	// Streams need a plan by rows: one by lines computes as many steps as a vector has,
	// however short a chunk is.
	s.rows = sync.OnceValue(func() *engine.Plan {
		if rows := p.ByRows(); rows != nil {
			return rows
		}
		g, w := s.layer.geometry, &s.layer.weights
		g.ChannelsFirst = false
		return engine.NewPlan(g, w.Depthwise, w.Pointwise, w.Bias, s.layer.activation, t)
	})
	return s
}

func init() {
	inside.Streams.Feed = func(plan any, known bool, length int64) (*engine.Feed, error) {
		var options []StreamOption
		if known {
			options = append(options, KnownLength(length))
		}
		f, err := plan.(*Plan).flow(options)
		return f.feed, err
	}
	inside.Streams.Fingerprint = func(plan any) (layer, weights [16]byte) {
		print := plan.(*Plan).source.print()
		return print.layer, print.weights
	}
}

// flow is what a Stream and a Bank have in common: where their steps go.
type flow struct {
	feed    *engine.Feed
	source  *source
	filters int // of the output
	options inside.Streaming
}

// flow checks that a layer can be streamed.
func (p *Plan) flow(options []StreamOption) (flow, error) {
	if p == nil || p.plan == nil {
		return flow{}, errNoPlan
	}
	o, err := inside.Apply(options)
	if err != nil {
		return flow{}, err
	}
	if o.TimeAxis != 0 {
		return flow{}, fmt.Errorf("%w: keras.TimeAxis is for whole models; which axis of a layer is time, its DataFormat %q says", ErrConfig, p.source.layer.config.DataFormat)
	}
	g := &p.plan.Geometry
	if err := p.checkStreams(g, &o); err != nil {
		return flow{}, err
	}
	rows := p.source.rows()
	s := g.Streaming(g.Left(int(o.Length % int64(g.Stride))))
	return flow{engine.NewFeed(rows, s), p.source, rows.Kept(), o}, nil
}

// checkStreams reports a layer that cannot be streamed, and why.
func (p *Plan) checkStreams(g *engine.Geometry, o *inside.Streaming) error {
	if g.ChannelsFirst {
		switch a := p.activation; {
		case a.Custom != nil:
			return fmt.Errorf("%w: in channels_first the activation %s, which is a user's, is given all steps of a filter at once, "+
				"so no output is final before the signal ends; with channels_last it can be streamed", ErrConfig, p.source.layer.config.Activation.Name())
		case a.Func == kernel.GLU || a.Func.Axis():
			return fmt.Errorf("%w: in channels_first the activation %s looks at all steps of a filter, "+
				"so no output is final before the signal ends; with channels_last it can be streamed", ErrConfig, p.source.layer.config.Activation.Name())
		}
	}
	if !o.Known && g.Left(0) != g.Left(1) {
		return fmt.Errorf("%w: with padding %q and strides %d the zeros in front of a signal depend on its length; "+
			"state it, or its remainder by %d, with sepconv.KnownLength", ErrConfig, Same, g.Stride, g.Stride)
	}
	if size, ok := engine.Elements(g.Reach(), g.Channels); !ok || size > engine.MaxWeights {
		return fmt.Errorf("%w: kernel size %d and dilation rate %d reach %d steps of %d channels back, which a stream would have to keep; "+
			"it may keep %d numbers", ErrConfig, g.Kernel, g.Dilation, g.Reach(), g.Channels, engine.MaxWeights)
	}
	return nil
}

// again returns a flow like f, for a clone that another goroutine may use.
func (f *flow) again() flow {
	c := *f
	c.feed = engine.NewFeed(f.source.rows(), f.feed.Streaming)
	return c
}

// check reports a stream that cannot take n steps more.
func (f *flow) check(st *engine.State, n int) error {
	switch {
	case st.Ended():
		return errEnded(st)
	case st.Steps() > maxSteps-int64(n):
		return fmt.Errorf("%w: %d steps after %d are more than it can count, 2^62; Reset begins another signal", ErrState, n, st.Steps())
	}
	return nil
}

func errEnded(st *engine.State) error {
	return fmt.Errorf("%w: the signal was ended by Flush after %d steps; Reset begins another", ErrState, st.Steps())
}

// fits reports whether dst is long enough for so many steps of output.
func (f *flow) fits(dst []float32, outputs int) bool {
	need, ok := engine.Elements(outputs, f.filters)
	return ok && len(dst) >= need
}

// errOutput says how long dst must be, for a number of steps that the given call tells.
func (f *flow) errOutput(dst []float32, outputs int, told string) error {
	return fmt.Errorf("%w: dst has %d elements; it must have room for %s = %d steps of %d filters", ErrShape, len(dst), told, outputs, f.filters)
}

// flush ends a signal.
func (f *flow) flush(st *engine.State, dst []float32) (int, error) {
	if st.Ended() {
		return 0, errEnded(st)
	}
	stride := int64(f.feed.Stride)
	if o := &f.options; o.Known && st.Steps()%stride != o.Length%stride {
		return 0, fmt.Errorf("%w: the signal has %d steps, which are %d modulo the strides %d; KnownLength said %d, which are %d",
			ErrState, st.Steps(), st.Steps()%stride, stride, o.Length, o.Length%stride)
	}
	outputs := f.feed.Rest(st)
	if !f.fits(dst, outputs) {
		return 0, f.errOutput(dst, outputs, "Rest()")
	}
	f.feed.Flush(dst, st)
	return outputs, nil
}
