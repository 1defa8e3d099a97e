package fuzz

import (
	"testing"

	"github.com/sepconv/go/sepconv"
)

// FuzzStream cuts signals into chunks, pushes them by streams and by a bank of other
// sets of kernels, one after the other and together, and on the way peeks, clones,
// exports, imports and begins anew. What comes out is what a run of each whole signal
// gives.
func FuzzStream(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &source{data}
		l := newLayer(s)
		if c := &l.config; (c.KernelSize-1)*c.DilationRate*l.channels > 1<<16 {
			t.Skip("much to keep")
		}
		signals := l.signals(t, s)
		for i, set := range sepconv.Kernels() {
			other := sepconv.Kernels()[len(sepconv.Kernels())-1-i]
			decisions := *s
			newListening(t, &decisions, l, signals, set, other).run()
		}
	})
}

// slots is how many signals there are.
const slots = 3

// signal is one of them, and what a run makes of it.
type signal struct {
	src, want       []float32
	steps, outSteps int

	// Where it is: in a stream of its own, or else in its slot of the bank.
	stream      *sepconv.Stream
	from, given int
}

// signals returns signals whose lengths leave the same remainder by the stride.
func (l *layer) signals(t *testing.T, s *source) []*signal {
	var all []*signal
	for range slots {
		one := *l
		one.steps = max(l.steps-s.below(3)*l.config.Strides, l.steps%l.config.Strides)
		one.src = s.floats(one.steps * l.channels)
		x := &signal{src: one.src, steps: one.steps}
		if want, ok := one.run(t, 1, one.src, sepconv.WithKernel("generic"), sepconv.WithThreads(1)); ok {
			x.want, x.outSteps = want, len(want)/one.filters()
		}
		all = append(all, x)
	}
	return all
}

// filters returns the filters of the output.
func (l *layer) filters() int {
	if l.config.Activation == sepconv.GLU && l.config.DataFormat == sepconv.ChannelsLast {
		return l.config.Filters / 2
	}
	return l.config.Filters
}

// listening pushes signals of a layer.
type listening struct {
	*testing.T
	*source
	layer   *layer
	signals []*signal
	plans   [2]*sepconv.Plan // of two sets
	bank    *sepconv.Bank
	known   sepconv.StreamOption
}

func newListening(t *testing.T, s *source, l *layer, signals []*signal, sets ...string) *listening {
	p := &listening{T: t, source: s, layer: l, signals: signals, known: sepconv.KnownLength(int64(l.steps))}
	compiled, err := sepconv.New(l.config, l.channels)
	if err != nil {
		t.Skip(err)
	}
	if err := compiled.SetWeights(l.weights); err != nil {
		t.Fatal(err)
	}
	for i, set := range sets {
		if p.plans[i], err = compiled.Compile(sepconv.WithKernel(set), sepconv.WithThreads(1+2*s.below(2))); err != nil {
			t.Fatal(err)
		}
	}
	alongTime := l.config.DataFormat == sepconv.ChannelsFirst && alongAxis(l.config.Activation)
	p.bank, err = p.plans[1].Bank(slots, p.known)
	if (err != nil) != alongTime {
		t.Fatalf("%s: %v", l, err)
	}
	if alongTime {
		t.Skip(err)
	}
	for _, x := range signals {
		x.from, x.given = 0, 0
		x.stream = p.newStream(0)
	}
	return p
}

func (p *listening) newStream(plan int) *sepconv.Stream {
	s, err := p.plans[plan].Stream(p.known)
	p.ok(err)
	return s
}

func (p *listening) ok(err error) {
	p.Helper()
	if err != nil {
		p.Fatalf("%s: %v", p.layer, err)
	}
}

func (p *listening) run() {
	for range 60 {
		slot := p.below(slots)
		x := p.signals[slot]
		switch p.below(10) {
		case 0:
			p.pushTogether()
		case 1:
			p.peek(x)
		case 2:
			if x.stream != nil {
				x.stream = x.stream.Clone()
			}
		case 3:
			p.move(slot, x)
		case 4:
			p.again(slot, x)
		default:
			p.push(slot, x, p.length(x))
		}
	}
	for slot, x := range p.signals {
		p.push(slot, x, x.steps-x.from)
		p.end(slot, x)
	}
}

// length returns how many steps to push next.
func (p *listening) length(x *signal) int {
	return min(one(p.source, 0, 1, 1, 2, 3, 7, 16, 50, 200)*(1+p.below(3)), x.steps-x.from)
}

func (p *listening) chunk(x *signal, n int) []float32 {
	return steps(x.src, x.steps, p.layer.channels, x.from, n, p.layer.config.DataFormat)
}

// steps returns some steps of a signal or an output.
func steps(x []float32, all, channels, from, n int, format sepconv.DataFormat) []float32 {
	if format != sepconv.ChannelsFirst {
		return x[from*channels : (from+n)*channels]
	}
	part := make([]float32, 0, n*channels)
	for c := range channels {
		part = append(part, x[c*all+from:][:n]...)
	}
	return part
}

// push pushes n steps of a signal, wherever it is.
func (p *listening) push(slot int, x *signal, n int) {
	if x.stream == nil {
		p.pushSlots([]int{slot}, []int{n})
		return
	}
	dst := make([]float32, x.stream.Steps(n)*p.layer.filters())
	got, err := x.stream.Push(dst, p.chunk(x, n))
	p.ok(err)
	p.compare(x, dst, got)
	x.from += n
}

// pushTogether pushes steps of the signals that are in the bank, last slot first.
func (p *listening) pushTogether() {
	var in, lengths []int
	for slot := slots - 1; slot >= 0; slot-- {
		if x := p.signals[slot]; x.stream == nil {
			in, lengths = append(in, slot), append(lengths, p.length(x))
		}
	}
	p.pushSlots(in, lengths)
}

func (p *listening) pushSlots(in, lengths []int) {
	var src []float32
	total, outputs := 0, make([]int, len(in))
	for i, slot := range in {
		src = append(src, p.chunk(p.signals[slot], lengths[i])...)
		outputs[i] = p.bank.Steps(slot, lengths[i])
		total += outputs[i]
	}
	filters := p.layer.filters()
	dst := make([]float32, total*filters)
	n, err := p.bank.Push(in, dst, src, lengths)
	p.ok(err)
	if n != total {
		p.Fatalf("%s: the bank gives %d outputs, Steps says %d", p.layer, n, total)
	}
	for i, slot := range in {
		x := p.signals[slot]
		p.compare(x, dst[:outputs[i]*filters], outputs[i])
		dst = dst[outputs[i]*filters:]
		x.from += lengths[i]
	}
}

// peek pushes what the signal does not go on with.
func (p *listening) peek(x *signal) {
	if x.stream == nil {
		return
	}
	src := p.floats(p.below(20) * p.layer.channels)
	_, err := x.stream.Peek(make([]float32, 20*p.layer.filters()), src)
	p.ok(err)
}

// move takes a signal from its stream to the bank, or back, to a plan of another set.
func (p *listening) move(slot int, x *signal) {
	if x.stream == nil {
		state, err := p.bank.Export(slot)
		p.ok(err)
		x.stream = p.newStream(0)
		p.ok(x.stream.UnmarshalBinary(state))
		return
	}
	state, err := x.stream.MarshalBinary()
	p.ok(err)
	p.ok(p.bank.Import(slot, state))
	x.stream = nil
}

// again begins the signal anew.
func (p *listening) again(slot int, x *signal) {
	if x.stream != nil {
		x.stream.Reset()
	} else {
		p.ok(p.bank.Reset(slot))
	}
	x.from, x.given = 0, 0
}

// end ends a signal.
func (p *listening) end(slot int, x *signal) {
	var n, rest int
	var dst []float32
	var err error
	if x.stream != nil {
		rest = x.stream.Rest()
		dst = make([]float32, rest*p.layer.filters())
		n, err = x.stream.Flush(dst)
	} else {
		rest = p.bank.Rest(slot)
		dst = make([]float32, rest*p.layer.filters())
		n, err = p.bank.Flush(slot, dst)
	}
	p.ok(err)
	if p.compare(x, dst, n); n != rest || x.given != x.outSteps {
		p.Fatalf("%s: Flush gives %d outputs, Rest says %d; together there are %d, of a run %d", p.layer, n, rest, x.given, x.outSteps)
	}
}

func (p *listening) compare(x *signal, dst []float32, n int) {
	p.Helper()
	if x.given+n > x.outSteps {
		p.Fatalf("%s: after %d of %d steps %d outputs, of a run %d", p.layer, x.from, x.steps, x.given+n, x.outSteps)
	}
	want := steps(x.want, x.outSteps, p.layer.filters(), x.given, n, p.layer.config.DataFormat)
	if i := differ(want, dst); i >= 0 {
		p.Fatalf("%s: after %d of %d steps, element %d of outputs %d to %d is %x, of a run %x", p.layer, x.from, x.steps, i, x.given, x.given+n, dst[i], want[i])
	}
	x.given += n
}
