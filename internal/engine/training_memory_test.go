package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

// guardedTraining has all that a step of training touches at unreadable pages.
type guardedTraining struct {
	testing.TB
	set    *kernel.Set
	rng    *rand.Rand
	choose func() guard.Place

	all  []*guard.Buffer
	next int
}

// buffer returns a buffer that nothing else has.
func (c *guardedTraining) buffer() *guard.Buffer {
	if c.next == len(c.all) {
		c.all = append(c.all, guard.NewBuffer(c, fmt.Sprint("buffer ", c.next), 1<<17))
	}
	c.next++
	return c.all[c.next-1]
}

func (c *guardedTraining) canaries(n int) []float32 { return c.buffer().Floats(n, c.choose()) }

func (c *guardedTraining) readOnly(x []float32) []float32 {
	return c.buffer().ReadOnly(x, c.choose())
}

// written is a slice that begins as x does.
func (c *guardedTraining) written(x []float32) []float32 {
	y := c.canaries(len(x))
	copy(y, x)
	return y
}

// hold moves what a training has made for itself here.
func (c *guardedTraining) hold(t *Training) {
	for _, b := range []*[]float32{&t.u, &t.apart, &t.z, &t.lines, &t.duLines, &t.x} {
		*b = c.canaries(len(*b))
	}
	t.signs = guard.Words(c.canaries(len(t.signs)))
	s := t.own
	g := &s.training
	for _, b := range []*[]float32{&s.tile, &s.scratch, &g.panels, &g.turned, &g.sums, &g.totals, &g.line, &g.rows, &g.g, &g.taps} {
		*b = c.canaries(len(*b))
	}
	s.window = c.canaries(t.cut.windowFloats)
	g.ones, t.zeros = c.readOnly(g.ones), c.readOnly(t.zeros)
	t.depthwise.taps = c.canaries(len(t.depthwise.taps))
	t.panels.F32, t.turned.F32 = c.canaries(len(t.panels.F32)), c.canaries(len(t.turned.F32))
	t.bias, t.flipped = c.canaries(len(t.bias)), c.canaries(cap(t.flipped))
	for i := range min(len(t.residues), 4) {
		r := &t.residues[i]
		for _, p := range r.planes {
			p.taps = c.canaries(len(p.taps))
		}
		if r.lines != nil {
			r.lines.taps = c.canaries(len(r.lines.taps))
		}
	}
}

func TestEveryPathOfTrainingStaysInItsMemory(t *testing.T) {
	for _, set := range dispatch.Sets() {
		t.Run(set.Name, func(t *testing.T) {
			c := &guardedTraining{TB: t, set: faultsPanic(set), rng: rand.New(rand.NewPCG(*seed, 2))}
			for _, path := range paths {
				for _, at := range []guard.Place{guard.End, guard.Start, guard.End.Away(1), guard.Start.Away(3)} {
					if testing.Short() && at != guard.End {
						continue
					}
					c.choose = func() guard.Place { return at }
					for _, way := range trainingWays {
						if way == kept || (way == recomputed) == (at == guard.Start) {
							c.run(path.name, path.cached, way, 1)
						}
					}
					c.run(path.name, path.cached, kept, 2) // in phases, if columns are few
				}
			}
		})
	}
}

// run compares a step in guarded memory with the formula.
func (c *guardedTraining) run(name string, of cached, way trainingWay, threads int) {
	c.Helper()
	g := &of.g
	g.Stride, g.Dilation, g.Multiplier = max(g.Stride, 1), max(g.Dilation, 1), max(g.Multiplier, 1)
	if of.batch = max(of.batch, 1); name == emptyBatch {
		of.batch = 0
	}
	if of.l1 == 0 {
		of.l1, of.l2, _ = dispatch.Caches()
	}
	require.NoError(c, g.Check())
	out, filters, err := g.OutputShape(of.a.Func, of.steps)
	require.NoError(c, err)
	l := newLayer(c, c.rng, *g, of.a.Activation)
	l.activation = of.a
	if of.a.Custom != nil {
		l.activation.CustomPullback = func(dy, z []float32) {
			reversed(dy)
			dy[0] += z[len(z)-1]
		}
	}
	x, dy, start := randoms(c.rng, of.batch*of.steps*g.Channels), randoms(c.rng, of.batch*out*filters), l.startingWeights(c.rng)
	want := l.formula(x, dy, start.clone(), of.batch, of.steps)

	c.next = 0
	got := &step{dst: c.canaries(len(want.dst)), dsrc: c.canaries(len(x)), Weights: Weights{c.written(start.Depthwise), c.written(start.Pointwise), c.written(start.Bias)}}
	src, ddst := c.readOnly(x), c.readOnly(dy)
	w := Weights{c.readOnly(l.depthwise), c.readOnly(l.pointwise), nil}
	if l.bias != nil {
		w.Bias = c.readOnly(l.bias)
	}
	describe := func() string {
		return fmt.Sprintf("%s, %s, %+v, function %d, %s, %d threads, at %v", c.set.Name, name, l.Geometry, of.a.Func, way, threads, c.choose())
	}
	guard.Check(c, describe, func() {
		t := NewTraining(l.Geometry, l.activation, TrainingOptions{Recompute: way == recomputed}, Target{Set: c.set, L1: of.l1, L2: of.l2, L3: way.lastLevel(0), Threads: threads})
		t.Forward(make([]float32, len(got.dst)), x, w, of.batch, of.steps)
		t.Backward(make([]float32, len(x)), dy, start.clone())
		c.hold(t)
		t.Forward(got.dst, src, w, of.batch, of.steps)
		t.Backward(got.dsrc, ddst, got.Weights)
	})
	want.equal(c, got, describe())
	for _, b := range c.all[:c.next] {
		if stray := b.Stray(); stray != "" {
			c.Fatalf("%s: %s", describe(), stray)
		}
	}
}
