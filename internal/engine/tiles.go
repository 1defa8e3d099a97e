package engine

import "github.com/sepconv/go/internal/kernel"

// tiles is the phase that computes the output, all but an activation along time: a
// task is a block of it.
type tiles struct {
	plan *Plan
	call *call
	split
	pastCaches bool
}

func (t *tiles) begin(threads int) int {
	p := t.plan
	rows := t.call.OutSteps
	if p.activation.Func == kernel.GLU && p.ChannelsFirst {
		rows /= 2
	}
	t.batch, t.rows, t.filters = t.call.batch, rows, p.kept
	t.threads, t.wholeRows = threads, p.activation.alongAxis()
	t.cut(&p.cut)
	t.pastCaches = p.pastCaches(t.call)
	return t.tasks()
}

func (t *tiles) do(i int, s *scratch) {
	p := t.plan
	n, b := t.task(i)
	s.rows, s.pastCaches = t.rows, t.pastCaches
	t.call.input(&s.x, &p.Geometry, n)
	s.x.ahead, s.x.stepsAhead = t.ahead(n, b), t.threads*b.rows
	p.tile(s, t.call.output(&p.Geometry, n, t.rows, p.kept, b.row, b.filter), b)
}

// tile computes a block of one output, with which y begins, all but an activation
// along time.
func (p *Plan) tile(s *scratch, y operand, b block) {
	p.convolution.sums(s, y, b)
	if p.epilogue != nil {
		p.epilogue.finish(s, y, b)
	}
}

// ahead returns the input of the tile that this thread computes next, most
// likely, as far as the given one does not read it.
func (t *tiles) ahead(n int, b block) []float32 {
	p, c := t.plan, t.call
	if p.ChannelsFirst || p.Stride > c.Steps {
		return nil
	}
	advance := int64(b.rows) * int64(p.Stride)
	from := int64(n*c.Steps) + int64(b.row-1)*int64(p.Stride) + int64(t.threads)*advance + int64(p.reach+1-c.Left)
	end := int64(len(c.src) / p.Channels)
	from = max(from, 0)
	return c.src[int(min(from, end))*p.Channels : int(min(from+advance, end))*p.Channels]
}
