package engine

import (
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/workers"
)

// scratch is what one thread needs to compute tiles. The arguments of kernels
// are here because they would otherwise be allocated for every call.
type scratch struct {
	tile, window, gate []float32
	scratch            []float32 // the pointwise kernel's own
	depthwise          kernel.Depthwise
	lines              kernel.DepthwiseLines
	pointwise          kernel.Pointwise
}

func (p *Plan) newScratch() *scratch {
	c := &p.cut
	return &scratch{
		tile:   make([]float32, c.rows*c.columns),
		window: make([]float32, maxWindow),
		gate:   make([]float32, c.rows*c.filters),

		scratch: make([]float32, p.set.Tile.Scratch),
	}
}

// release lets go of the caller's slices, which the plan must not keep alive.
func (s *scratch) release() {
	s.depthwise.Src, s.lines.Src = nil, nil
	s.pointwise.Dst, s.pointwise.Ahead = nil, nil
}

// job is one Run, whose tasks threads share.
type job struct {
	plan                         *Plan
	dst, src                     []float32
	batch, steps, left, outSteps int
	rows                         int // output rows in all, half of outSteps when GLU halves the time
	tileRows, tiles              int // rows of a tile and tiles of a signal
	groupFilters, groups         int // filters of a task, and tasks that share a tile's rows
	tasks                        int
	threads                      int  // for which the work is cut
	lines                        bool // the tasks are the lines of an activation along time

	own   *scratch // the caller's
	group workers.Group
}

func (p *Plan) newJob() *job { return &job{plan: p, own: p.newScratch()} }

func (j *job) run() {
	p := j.plan
	j.rows = j.outSteps
	if p.activation.Func == kernel.GLU && p.ChannelsFirst {
		j.rows /= 2
	}
	micros := j.micros()
	r := p.trial.Begin(micros, p.threads)
	defer r.End()
	j.threads = int(min(float64(r.Threads), max(1, micros/worthTask)))
	j.split()
	j.share(r.Wake)
	if p.activation.alongAxis() && p.activation.Func != kernel.GLU && p.ChannelsFirst {
		j.lines, j.tasks = true, j.batch*p.Filters
		j.share(r.Wake)
		j.lines = false
	}
}

// worthTask is what a thread's share of a run must take, in microseconds, for the
// thread to be worth having.
const worthTask = 6

// micros is about how long the job takes one thread, in microseconds.
func (j *job) micros() float64 {
	p := j.plan
	perRow := float64(p.columns) * float64(p.Kernel+p.Filters)
	return perRow * float64(j.batch) * float64(j.outSteps) / float64(p.set.Rate)
}

// share has the tasks done, by other threads too if the job is for several.
func (j *job) share(wake bool) {
	if j.threads == 1 || j.tasks == 1 {
		for i := range j.tasks {
			j.do(i, j.own)
		}
		return
	}
	j.group.Do(j, j.tasks, j.threads-1, wake)
}

// Work does tasks with the scratch of this thread.
func (j *job) Work(g *workers.Group, helper bool) {
	s, p := j.own, j.plan
	if helper {
		if s = p.scratches.get(); s == nil {
			s = p.newScratch()
		}
	}
	for i := g.Next(); i >= 0; i = g.Next() {
		j.do(i, s)
	}
	if helper {
		s.release()
		p.scratches.put(s)
	}
}

// split cuts the work into tasks: tiles of time, shorter than the plan's if that
// gives each thread three; or, where rows are too few for that, or for each thread
// to fetch all weights from afar, groups of filters, for each of which the depthwise
// rows are computed again.
func (j *job) split() {
	p, threads := j.plan, j.threads
	unit := p.cut.unit
	j.tileRows = p.cut.rows
	fewRows := p.cut.streamed && j.batch*j.rows < 4*unit*threads && !p.activation.alongAxis()
	if wanted := 3 * threads; threads > 1 && !fewRows && j.batch*tilesOf(j.rows, j.tileRows) < wanted {
		j.tileRows = min(roundUp(tilesOf(j.rows, tilesOf(wanted, j.batch)), unit), p.cut.rows)
	}
	j.tiles = tilesOf(j.rows, j.tileRows)
	j.tileRows = tilesOf(j.rows, j.tiles) // alike: a short last tile would be slow
	if p.alongTime() {
		j.tileRows = roundUp(j.tileRows, unit) // and so would be panels in part
		j.tiles = tilesOf(j.rows, j.tileRows)
	}
	j.groups, j.groupFilters = 1, p.main.filters
	if signals := j.batch * j.tiles; signals < threads && !p.activation.alongAxis() {
		width := p.set.Tile.Filters
		j.groupFilters = roundUp((p.main.filters*signals+threads-1)/threads, width)
		j.groups = tilesOf(p.main.filters, j.groupFilters)
	}
	j.tasks = j.batch * j.tiles * j.groups
}

// tilesOf returns how many tiles of the given size n makes, n > 0.
func tilesOf(n, size int) int { return (n-1)/size + 1 }

// do computes task i.
func (j *job) do(i int, s *scratch) {
	p := j.plan
	if j.lines {
		p.activateLine(j.dst[i*j.outSteps:][:j.outSteps:j.outSteps])
		return
	}
	group := i % j.groups
	tile := i / j.groups % j.tiles
	n := i / j.groups / j.tiles

	b := block{row: tile * j.tileRows, filter: group * j.groupFilters}
	b.rows = min(j.tileRows, j.rows-b.row)
	b.filters = min(j.groupFilters, p.main.filters-b.filter)

	size := j.steps * p.Channels
	x := signal{data: j.src[n*size:][:size], steps: j.steps, left: j.left}
	x.ahead, x.stepsAhead = j.ahead(n, b), j.threads*b.rows
	size = j.rows * p.main.filters
	y := view{data: j.dst[n*size:][:size], rowStride: p.main.filters, filterStride: 1}
	if p.ChannelsFirst {
		y.rowStride, y.filterStride = 1, j.rows
	}
	p.tile(s, y.from(b.row, b.filter), x, b, j.outSteps)
}

// ahead returns the input of the tile that this thread computes next, most
// likely, as far as the given one does not read it.
func (j *job) ahead(n int, b block) []float32 {
	p := j.plan
	if p.ChannelsFirst || p.Stride > j.steps {
		return nil
	}
	advance := int64(b.rows) * int64(p.Stride)
	from := int64(n*j.steps) + int64(b.row-1)*int64(p.Stride) + int64(j.threads)*advance + int64(p.reach+1-j.left)
	end := int64(len(j.src) / p.Channels)
	return j.src[int(min(from, end))*p.Channels : int(min(from+advance, end))*p.Channels]
}
