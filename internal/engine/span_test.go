package engine

import (
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

// A signal in parts, each with as much of what was before it as its outputs need,
// gives the bits that it gives at once.
func TestSpans(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := 400
	if testing.Short() {
		n = 60
	}
	for range n {
		g := Geometry{
			Channels: oneOf(rng, 1, 2, 3, 8, 17, 33), Filters: 1 + rng.IntN(40), Kernel: 1 + rng.IntN(9),
			Stride: oneOf(rng, 1, 1, 2, 3, 8), Dilation: oneOf(rng, 1, 1, 2, 5), Multiplier: oneOf(rng, 1, 1, 2),
			Padding: Padding(rng.IntN(3)), ChannelsFirst: rng.IntN(2) == 0,
		}
		l := newLayer(t, rng, g, kernel.Activation{Func: oneOf(rng, kernel.Linear, kernel.ReLU, kernel.Tanh)})
		batch, steps := 1+rng.IntN(3), 1+rng.IntN(200)
		if _, _, err := l.OutputSteps(steps); err != nil {
			continue
		}
		src := randoms(rng, batch*steps*g.Channels)
		want := l.reference(src, batch, steps)
		for _, set := range dispatch.Sets() {
			for _, threads := range []int{1, 3} {
				p := l.plan(set, threads)
				p.few *= rng.IntN(2) // rows are better then, no more
				got := l.inParts(rng, p, src, batch, steps)
				require.Len(t, got, len(want))
				for i := range got {
					if !sameBits(got[i], want[i]) {
						t.Fatalf("%s, %d threads, %+v, batch %d, steps %d: element %d is %x, at once it is %x", set.Name, threads, l.Geometry, batch, steps, i, got[i], want[i])
					}
				}
			}
		}
	}
}

// inParts runs the layer on chunks of the signal: after each, the outputs are
// computed of which all inputs have come; after the last, the others.
func (l *layer) inParts(rng *rand.Rand, p *Plan, src []float32, batch, steps int) []float32 {
	out, left, err := l.OutputSteps(steps)
	if err != nil {
		panic(err)
	}
	in := array{src, batch, steps, l.Channels, l.ChannelsFirst}
	all := array{make([]float32, batch*out*l.Filters), batch, out, l.Filters, l.ChannelsFirst}
	for from, done := 0, 0; from < steps; {
		n := min(1+rng.IntN(1<<rng.IntN(7)), steps-from)
		end := out
		if from+n < steps {
			end = min(max(floorDiv(from+n-1-l.reach+left, l.Stride)+1, done), out)
		}
		before := from + left - done*l.Stride // of the first tap of what is to be computed
		kept := min(max(before, 0), from)
		s := Span{Steps: kept + n, OutSteps: end - done, Left: before - kept}
		y := array{make([]float32, batch*s.OutSteps*l.Filters), batch, s.OutSteps, l.Filters, l.ChannelsFirst}
		p.RunSpan(y.data, in.part(from-kept, kept+n).data, batch, s)
		all.put(y, done)
		from, done = from+n, end
	}
	return all.data
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a-1)/b + 1)
	}
	return a / b
}

// array is signals in one of the two formats.
type array struct {
	data                   []float32
	batch, steps, channels int
	channelsFirst          bool
}

func (a *array) at(n, step, channel int) *float32 {
	if a.channelsFirst {
		return &a.data[(n*a.channels+channel)*a.steps+step]
	}
	return &a.data[(n*a.steps+step)*a.channels+channel]
}

func (a *array) part(from, steps int) array {
	p := array{make([]float32, a.batch*steps*a.channels), a.batch, steps, a.channels, a.channelsFirst}
	p.each(func(n, t, c int) { *p.at(n, t, c) = *a.at(n, from+t, c) })
	return p
}

func (a *array) put(p array, from int) {
	p.each(func(n, t, c int) { *a.at(n, from+t, c) = *p.at(n, t, c) })
}

func (a *array) each(f func(n, step, channel int)) {
	for n := range a.batch {
		for t := range a.steps {
			for c := range a.channels {
				f(n, t, c)
			}
		}
	}
}
