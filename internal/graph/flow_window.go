package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/fault"
)

// past is what the flows of convolutions and poolings share. They look at the signal through
// windows, and keep the steps from the first tap of the next output on.
type past struct {
	engine.Streaming
	state engine.State
	made  bool  // the state has memory
	last  int64 // the length of the signal modulo the stride, if the zeros in front depend on it; -1 if not
}

// newPast returns a past before the first step. The length of the signal must be known if
// the zeros in front depend on it.
func newPast(s *setting, streaming engine.Streaming) past {
	p := past{Streaming: streaming, last: -1}
	if p.Left(0) != p.Left(1) {
		p.last = s.length % int64(p.Stride)
	}
	return p
}

func (p *past) after(steps int64, end bool) int64 {
	if end {
		return p.Total(steps)
	}
	return p.Complete(steps)
}

func (p *past) takes(t int64) (first, last, final int64, whole bool) {
	first = t*int64(p.Stride) - int64(p.Zeros())
	last = first + int64(p.Reach())
	return first, last, last, false
}

func (p *past) rate() (num, den int64) { return int64(p.Stride), 1 }

func (p *past) restore(steps int64) {
	if !p.made { // not in newPast: by now the budget has been checked
		p.state, p.made = p.NewState(make([]float32, p.Room())), true
	}
	p.Restore(&p.state, steps, false)
}

func (p *past) visit(v visitor) { v.single(p.Kept(&p.state)) }

func (p *past) floats() int64 { return int64(p.Room()) }

// checkLength reports a signal that has ended with another length than the zeros in front of
// it were for.
func (p *past) checkLength(steps int64) error {
	stride := int64(p.Stride)
	if p.last < 0 || steps == 0 || steps%stride == p.last {
		return nil
	}
	return fmt.Errorf("%w: the signal has ended after %d steps of its input, which are %d modulo its strides %d; by the KnownLength, or the length of the model's input, they should be %d, for which the zeros in front were chosen",
		fault.ErrState, steps, steps%stride, stride, p.last)
}

// windows is the flow of an operation of this package that looks through windows.
type windows struct {
	past
	do computer

	// While a chunk is pushed:

	h *hands
	y []float32 // the outputs that are still to be computed
}

// computer computes the next n rows of outputs. x begins with the first tap of the first row.
type computer interface {
	rows(h *hands, y, x []float32, n int)
	width() int // elements of a row of outputs
}

// positioned is a computer that has to know where it is in the signal: at is told the next
// output, and how many steps the signal has if it ends with this chunk, otherwise -1.
type positioned interface {
	at(output, steps int64)
}

// newWindows returns the flow of an operation with such windows, on so many channels.
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
	if !s.known && g.Left(0) != g.Left(1) {
		return nil, refuse("with padding \"same\" and strides %d the zeros in front of a signal depend on its length; state it with sepconv.KnownLength", w.Stride)
	}
	return &windows{past: newPast(s, g.Streaming(g.Left(int(s.length%int64(w.Stride))))), do: do}, nil
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

// convolved computes the windows of a convolution.
type convolved struct {
	windowed
	row, tap int // floats from the input of a row, or tap, to that of the next
	columns  int // of the output
	most     int // rows that are computed at once
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

// pooled computes the windows of a pooling, in which only steps of the signal count, and no
// padding.
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
	do.left = f.(*windows).Zeros()
	return 1, f, nil
}
