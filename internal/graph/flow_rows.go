package graph

import "math"

// The flows of layers that move whole steps.

// repeated repeats each step.
type repeated struct {
	stepwise
	times int64
	width int
}

func (f *repeated) after(steps int64, _ bool) int64 { return steps * f.times }

func (f *repeated) takes(t int64) (first, last, final int64, whole bool) {
	t /= f.times
	return t, t, t, false
}

func (f *repeated) rate() (num, den int64) { return 1, f.times }

func (f *repeated) push(_ *hands, c *chunk) error {
	y, x := c.out[0].Data, c.in[0].Data
	for range c.steps {
		for range f.times {
			y = y[copy(y, x[:f.width]):]
		}
		x = x[f.width:]
	}
	return nil
}

// shifted puts zeros around the signal. Those in front come with its first step.
type shifted struct {
	stepwise
	before, behind int64
	width          int
}

func (f *shifted) after(steps int64, end bool) int64 {
	switch {
	case end:
		return f.before + steps + f.behind
	case steps == 0:
		return 0
	}
	return f.before + steps
}

func (f *shifted) takes(t int64) (first, last, final int64, whole bool) {
	t -= f.before
	return t, t, max(t, 0), false
}

// floats counts the zeros, which come all at once.
func (f *shifted) floats() int64 { return atMost(f.before+f.behind, int64(f.width)) }

func (f *shifted) push(_ *hands, c *chunk) error {
	y := c.out[0].Data
	if c.from == 0 && (c.steps > 0 || c.end) {
		n := int(f.before) * f.width
		clear(y[:n])
		y = y[n:]
	}
	y = y[copy(y, c.in[0].Data[:c.steps*f.width]):]
	clear(y)
	return nil
}

// cropped leaves out steps at both ends. A step is given when as many have come after it as
// are left out at the end.
type cropped struct {
	stepwise
	before, behind int64
	queue          queue
}

func (f *cropped) after(steps int64, _ bool) int64 { return max(steps-f.before-f.behind, 0) }

func (f *cropped) takes(t int64) (first, last, final int64, whole bool) {
	return t + f.before, t + f.before, t + f.before + f.behind, false
}

func (f *cropped) push(_ *hands, c *chunk) error {
	skip := int(min(max(f.before-c.from, 0), int64(c.steps)))
	f.queue.add(c.in[0].Data, c.steps, skip)
	n := max(f.queue.n-int(f.behind), 0)
	copy(c.out[0].Data, f.queue.data[:n*f.queue.inner])
	f.queue.drop(n)
	return nil
}

func (f *cropped) restore(steps int64) {
	f.queue.resize(int(min(max(steps-f.before, 0), f.behind)))
}

func (f *cropped) visit(v visitor) { f.queue.visit(v) }

func (f *cropped) floats() int64 { return atMost(f.behind, int64(f.queue.inner)) }

// atMost returns a*b, or the largest int64 if that overflows.
func atMost(a, b int64) int64 {
	if a > 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}

func (r *rows) stream(s *setting) (int, flow, error) {
	if err := s.inTime(1); err != nil {
		return 0, nil, err
	}
	width := s.in[0][2:].Elements()
	switch r.kind {
	case upSampling:
		return 1, &repeated{times: int64(r.before), width: width}, nil
	case zeroPadding:
		return 1, &shifted{before: int64(r.before), behind: int64(r.behind), width: width}, nil
	case cropping:
		return 1, &cropped{before: int64(r.before), behind: int64(r.behind), queue: queue{outer: 1, inner: width}}, nil
	case reversal:
		return 0, nil, refuse("it turns time around, so its first output is the last step")
	}
	return 0, nil, refuse("it repeats a signal of one step")
}
