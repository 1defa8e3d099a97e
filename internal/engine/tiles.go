package engine

import "github.com/sepconv/go/internal/kernel"

// tiles is the phase that computes the output, all but an activation along time: a
// task is a number of blocks of it, one after the other.
type tiles struct {
	plan *Plan
	call *call
	split
	perTask    int // blocks
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
	t.perTask = 1
	if threads > 1 {
		t.perTask = blocksOfTask(t.blocks(), threads, p.micros(t.batch, rows))
	}
	return tilesOf(t.blocks(), t.perTask)
}

// blocksOfTask returns how many blocks to hand out at a time: so many that handing them
// out counts for little, but not so many that threads would be left without any while
// others go on.
func blocksOfTask(blocks, threads int, micros float64) int {
	const worthwhile, tasks = 20, 8 // microseconds; of a thread
	enough := int(worthwhile * float64(blocks) / micros)
	return max(1, min(enough, blocks/(tasks*threads)))
}

func (t *tiles) do(i int, s *scratch) {
	first, end := i*t.perTask, min((i+1)*t.perTask, t.blocks())
	for j := first; j < end-1; j++ {
		t.compute(j, 1, s)
	}
	t.compute(end-1, (t.threads-1)*t.perTask+1, s)
}

// compute computes a block of the output, after which this thread's next one is likely to
// be so many blocks further on.
func (t *tiles) compute(i, next int, s *scratch) {
	p := t.plan
	n, b := t.block(i)
	s.rows, s.pastCaches = t.rows, t.pastCaches
	if s.sections = t.call.sections; s.sections == nil {
		t.call.input(&s.x, &p.Geometry, n)
		s.x.ahead, s.x.stepsAhead = t.ahead(n, b, i, next), next*b.rows
	}
	p.tile(s, t.call.output(n, t.rows, p.kept, b.row, b.filter), b)
}

// tile computes a block of one output, with which y begins, all but an activation
// along time.
func (p *Plan) tile(s *scratch, y operand, b block) {
	p.convolution.sums(s, y, b)
	if p.epilogue != nil {
		p.epilogue.finish(s, y, b)
	}
}

// signalAhead returns the input of block i if that is a whole signal, other than n: parts
// of one whose channels follow each other are no run of memory.
func (t *tiles) signalAhead(n, i int) []float32 {
	if t.tiles > 1 {
		return nil
	}
	other, _ := t.block(i)
	if other == n {
		return nil
	}
	size := t.call.Steps * t.plan.Channels
	return t.call.src[other*size:][:size]
}

// ahead returns the input of the tile that is so many tiles further on, as far as the
// given one does not read it.
func (t *tiles) ahead(n int, b block, i, next int) []float32 {
	p, c := t.plan, t.call
	switch {
	case i+next >= t.blocks():
		return nil
	case p.byChannel():
		return t.signalAhead(n, i+next)
	case p.Stride > c.Steps:
		return nil
	}
	advance := int64(b.rows) * int64(p.Stride)
	from := int64(n*c.Steps) + int64(b.row-1)*int64(p.Stride) + int64(next)*advance + int64(p.reach+1-c.Left)
	end := int64(len(c.src) / p.Channels)
	from = max(from, 0)
	return c.src[int(min(from, end))*p.Channels : int(min(from+advance, end))*p.Channels]
}
