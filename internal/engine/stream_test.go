package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

// listened is a signal that comes in chunks.
type listened struct {
	state     State
	src, want array
	from      int
	given     int
}

// Streams that are pushed together, each a number of steps of its own, give what the
// formula says of each signal, and touch no memory but theirs.
func TestStreamsStayInTheirMemory(t *testing.T) {
	const streams = 3
	n := 200
	if testing.Short() {
		n = 15
	}
	eachGuarded(t, func(t *testing.T, c *guardedRun) {
		c.choose = func() guard.Place { return guard.Somewhere(c.rng) }
		var memory [streams]*guard.Buffer
		for i := range memory {
			memory[i] = guard.NewBuffer(t, "state", 1<<16)
			c.all = append(c.all, memory[i])
		}
		for range n {
			c.listen(randomRun(c.rng), memory[:])
		}
	})
}

func (c *guardedRun) listen(of cached, memory []*guard.Buffer) {
	g := &of.g
	require.NoError(c, g.Check())
	if g.ChannelsFirst && (of.a.alongAxis() || of.a.Func == kernel.GLU) {
		of.a = function(kernel.Tanh)
	}
	s := g.Streaming(g.Left(of.steps % g.Stride))
	if s.Room() > 1<<15 {
		return
	}
	l := newLayer(c, c.rng, *g, of.a.Activation)
	l.activation = of.a
	rows := *l
	rows.ChannelsFirst = g.ChannelsFirst && g.Stride > 1
	if of.l1 == 0 {
		of.l1, of.l2 = 32<<10, 512<<10
	}
	threads := 1 + c.rng.IntN(guardedThreads)
	describe := func() string {
		return fmt.Sprintf("%s, %+v, function %d, caches of %d and %d bytes, %d threads, -engine-seed %d", c.set.Name, *g, of.a.Func, of.l1, of.l2, threads, *seed)
	}
	guard.Check(c, describe, func() {
		p := rows.planFor(Target{Set: c.set, L1: of.l1, L2: of.l2, Threads: threads})
		c.hold(p)
		f := NewFeed(p, s)
		signals := make([]*listened, len(memory))
		for i := range signals {
			signals[i] = l.listened(c.rng, of.steps+g.Stride*c.rng.IntN(20), p.Kept())
			signals[i].state = s.NewState(memory[i].Floats(s.Room(), c.place()))
		}
		for c.push(f, signals) {
		}
		for _, x := range signals {
			n := f.Rest(&x.state)
			dst := c.canaries(c.dst, n*p.Kept())
			f.Flush(dst, &x.state)
			x.compare(c, describe, dst, n)
			require.Equal(c, x.want.steps, x.given, describe())
			require.Equal(c, int64(x.given), f.Given(&x.state))
		}
		require.Nil(c, p.runs.Get().sections, "the plan keeps a stream alive")
	})
	for _, b := range c.all {
		if stray := b.Stray(); stray != "" {
			c.Fatalf("%s: %s", describe(), stray)
		}
	}
}

func (l *layer) listened(rng *rand.Rand, steps, kept int) *listened {
	x := &listened{src: array{randoms(rng, steps*l.Channels), 1, steps, l.Channels, l.ChannelsFirst}}
	if out, _, err := l.OutputSteps(steps); err == nil {
		x.want = array{l.reference(x.src.data, 1, steps), 1, out, kept, l.ChannelsFirst}
	}
	return x
}

// push gives some signals some steps, and reports whether any has steps left. Now and
// then it peeks first, which must make no difference.
func (c *guardedRun) push(f *Feed, signals []*listened) bool {
	var pushed []*listened
	var chunks []Chunk
	var src []float32
	outputs, left := 0, false
	for _, i := range c.rng.Perm(len(signals))[:1+c.rng.IntN(len(signals))] {
		x := signals[i]
		n := min(c.rng.IntN(1<<c.rng.IntN(6)), x.src.steps-x.from)
		chunks = append(chunks, Chunk{State: &x.state, Steps: n})
		src = append(src, x.src.part(x.from, n).data...)
		outputs += f.Outputs(&x.state, n)
		pushed = append(pushed, x)
	}
	src = c.readOnly(c.src, src)
	for i := range chunks {
		size := chunks[i].Steps * f.Channels
		chunks[i].Src, src = src[:size:size], src[size:]
	}
	dst := c.canaries(c.dst, outputs*f.plan.kept)
	if c.rng.IntN(4) == 0 {
		f.Push(dst, chunks, false)
	}
	f.Push(dst, chunks, true)
	for i, x := range pushed {
		n := chunks[i].outputs
		x.compare(c, func() string { return fmt.Sprintf("%+v", *f.Geometry) }, dst[:n*f.plan.kept], n)
		dst = dst[n*f.plan.kept:]
		x.from += chunks[i].Steps
		require.Equal(c, int64(x.from), x.state.Steps())
		require.Equal(c, int64(x.given), f.Given(&x.state))
	}
	for _, x := range signals {
		left = left || x.from < x.src.steps
	}
	return left
}

func (x *listened) compare(t testing.TB, describe func() string, dst []float32, n int) {
	got := array{dst, 1, n, x.want.channels, x.want.channelsFirst}
	got.each(func(_, step, filter int) {
		if want := *x.want.at(0, x.given+step, filter); !sameBits(want, *got.at(0, step, filter)) {
			t.Fatalf("%s: output %d of filter %d is %x, the formula gives %x", describe(), x.given+step, filter, *got.at(0, step, filter), want)
		}
	})
	x.given += n
}

// What follows from the number of steps alone is what the steps one by one lead to.
func TestStateFollowsFromSteps(t *testing.T) {
	for _, padding := range []Padding{Valid, Same, Causal} {
		for _, stride := range []int{1, 2, 3, 7} {
			for _, kernel := range []int{1, 2, 4} {
				for remainder := range stride {
					g := Geometry{Channels: 2, Filters: 1, Kernel: kernel, Stride: stride, Dilation: 2, Multiplier: 1, Padding: padding}
					require.NoError(t, g.Check())
					s := g.Streaming(g.Left(remainder))
					f := NewFeed(NewPlan(g, make([]float32, 2*kernel), make([]float32, 2), nil, Activation{}, Target{Set: reference}), s)
					st, other := s.NewState(make([]float32, s.Room())), s.NewState(make([]float32, s.Room()))
					for steps := int64(1); steps < 40; steps++ {
						f.Push(make([]float32, 2), []Chunk{{State: &st, Src: []float32{float32(steps), 1}, Steps: 1}}, true)
						s.Restore(&other, steps, false)
						require.Equal(t, [3]int64{st.steps, int64(st.wait), int64(s.held(&st))}, [3]int64{other.steps, int64(other.wait), int64(s.held(&other))})
						require.Len(t, s.Kept(&other), s.KeptAfter(steps)*2)
						copy(s.Kept(&other), s.Kept(&st))
						first := st.first * g.Channels
						require.Equal(t, st.rows[first:][:s.held(&st)*2], other.rows[:s.held(&other)*2])
						out, _, err := g.OutputSteps(int(steps))
						if err == nil && int(steps)%stride == remainder {
							require.Equal(t, out, int(s.Given(&st))+s.Rest(&st))
						}
					}
				}
			}
		}
	}
}
