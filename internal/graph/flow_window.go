package graph

import (
	"fmt"
	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/fault"
)

// windows is the flow of an operation that looks at time through windows: it keeps the
// steps from the first tap of the next output on.
type windows struct {
	engine.Streaming
	state engine.State
	made  bool
	do    computer
	left  int   // zeros in front of a signal
	last  int64 // remainder of the length of the signal that the zeros in front are for; -1 of any
	h     *hands
	y     []float32 // of the outputs that are still to be computed
}

// computer computes rows of outputs from windows.
type computer interface {
	rows(h *hands, y, x []float32, n int)
	width() int // of a row of outputs
}

// positioned is a computer that has to know where in its signal a window is.
type positioned interface {
	at(output, steps int64)
}

// newWindows returns the flow of windows of so many channels.
func newWindows(s *setting, w *Window, channels int, do computer) (flow, error) {
	if n, ok := engine.Elements(w.reach()+1, channels); !ok || n > engine.MaxWeights {
		return nil, refuse("it reaches %d steps of %d channels back, which a stream would have to keep; it may keep %d numbers", w.reach(), channels, engine.MaxWeights)
	}
	g := engine.Geometry{
		Channels: channels, Filters: 1, Kernel: w.Size, Stride: w.Stride, Dilation: w.Dilation, Multiplier: 1,
		Padding: [...]engine.Padding{Valid: engine.Valid, Same: engine.Same, Causal: engine.Causal}[w.Padding],
	}
	if err := g.Check(); err != nil {
		return nil, refuse("%v", err)
	}
	f := &windows{do: do, last: -1}
	if g.Left(0) != g.Left(1) {
		if !s.known {
			return nil, errUnknownLength(w.Stride)
		}
		f.last = s.length % int64(w.Stride)
	}
	f.left = g.Left(int(s.length % int64(w.Stride)))
	f.Streaming = g.Streaming(f.left)
	return f, nil
}

// errUnknownLength says why the length of a signal must be known.
func errUnknownLength(stride int) error {
	return refuse("with padding \"same\" and strides %d the zeros in front of a signal depend on its length; state that: KnownLength", stride)
}

func (f *windows) after(steps int64, end bool) int64 {
	if end {
		return f.Total(steps)
	}
	return f.Complete(steps)
}

func (f *windows) takes(t int64) (first, last, final int64, whole bool) {
	first = t*int64(f.Stride) - int64(f.left)
	last = first + int64(f.Reach())
	return first, last, last, false
}

func (f *windows) push(h *hands, c *chunk) error {
	f.h, f.y = h, c.out[0].Data
	defer func() { f.h, f.y = nil, nil }()
	if p, ok := f.do.(positioned); ok {
		steps := int64(-1)
		if c.end {
			steps = c.from + int64(c.steps)
		}
		p.at(f.Given(&f.state), steps)
	}
	f.Streaming.Windows(&f.state, c.in[0].Data, c.steps, f)
	if c.end {
		if n := f.End(&f.state); n > 0 {
			f.Streaming.Windows(&f.state, nil, n, f)
		}
	}
	return nil
}

// Windows computes the next n outputs.
func (f *windows) Windows(n int, x []float32) {
	width := f.do.width()
	f.do.rows(f.h, f.y[:n*width], x, n)
	f.y = f.y[n*width:]
}

func (f *windows) restore(steps int64) {
	if !f.made { // when it is known that there is room for all
		f.state, f.made = f.NewState(make([]float32, f.Room())), true
	}
	f.Restore(&f.state, steps, false)
}

func (f *windows) visit(v visitor) { v.single(f.Kept(&f.state)) }

func (f *windows) floats() int64 { return int64(f.Room()) }

func (f *windows) rate() (num, den int64) { return int64(f.Stride), 1 }

// checkLength reports a signal whose length is not what the zeros in front of it are for.
func (f *windows) checkLength(steps int64) error {
	return wrongRemainder(steps, int64(f.Stride), f.last)
}

func wrongRemainder(steps, stride, want int64) error {
	if want < 0 || steps == 0 || steps%stride == want {
		return nil
	}
	return fmt.Errorf("%w: of the signal %d steps have come to it, which divided by its strides %d leave %d; by the KnownLength, or the length of the model's input, it is %d, and the zeros in front were for that",
		fault.ErrState, steps, stride, steps%stride, want)
}

// convolved is windows of a convolution.
type convolved struct {
	windowed
	row, tap int // how far inputs of neighbouring rows and taps are apart
	columns  int
	most     int
}

func (c *convolved) width() int { return c.columns }

func (c *convolved) rows(h *hands, y, x []float32, n int) {
	for n > 0 {
		rows := min(n, c.most)
		c.window(h.own, y, x, rows, c.row, c.tap)
		n -= rows
		if n > 0 {
			y, x = y[rows*c.columns:], x[rows*c.row:]
		}
	}
}

func (c *conv1D) stream(s *setting) (int, flow, error) {
	if err := s.inTime(1); err != nil {
		return 0, nil, err
	}
	f, err := newWindows(s, &c.Window, c.channels, &convolved{
		&conv1DStep{conv1D: c}, c.Stride * c.channels, c.Dilation * c.channels, c.filters, rowsAtOnce(c.target, c.channels*c.Stride),
	})
	return 1, f, err
}

func (d *depthwise1D) stream(s *setting) (int, flow, error) {
	if err := s.inTime(1); err != nil {
		return 0, nil, err
	}
	columns := d.channels * d.multiplier
	f, err := newWindows(s, &d.Window, d.channels, &convolved{
		&depthwise1DStep{depthwise1D: d}, d.Stride * d.channels, d.Dilation * d.channels, columns, rowsAtOnce(d.target, columns),
	})
	return 1, f, err
}

// pooled is windows of a pooling, of which only those steps count that are of the signal.
type pooled struct {
	*pool
	channels int
	left     int
	output   int64 // the next
	steps    int64 // of the signal, if it has ended; otherwise -1
}

func (p *pooled) width() int { return p.channels }

func (p *pooled) at(output, steps int64) { p.output, p.steps = output, steps }

func (p *pooled) rows(h *hands, y, x []float32, n int) {
	for r := range n {
		from := p.output*int64(p.Stride) - int64(p.left)
		lo, hi := max(-from, 0), int64(p.Size)
		if p.steps >= 0 {
			hi = min(hi, p.steps-from)
		}
		p.output++
		seen := x[(r*p.Stride+int(lo))*p.channels : (r*p.Stride+int(hi))*p.channels]
		p.one(h.own, y[r*p.channels:][:p.channels], seen)
	}
}

func (p *pool) stream(s *setting) (int, flow, error) {
	if err := s.inTime(1); err != nil {
		return 0, nil, err
	}
	do := &pooled{pool: p, channels: s.in[0].Last()}
	f, err := newWindows(s, &p.Window, do.channels, do)
	if err != nil {
		return 0, nil, err
	}
	do.left = f.(*windows).left
	return 1, f, nil
}
