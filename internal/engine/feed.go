package engine

// Feed gives streams their next steps. One is for one goroutine.
type Feed struct {
	Streaming
	plan     *Plan
	sections []section
	rows     []float32 // outputs that are still to be transposed
}

// NewFeed returns a Feed of streams of a plan that is not by lines.
func NewFeed(p *Plan, s Streaming) *Feed { return &Feed{Streaming: s, plan: p} }

// Chunk is the next steps of a stream, in the layer's format.
type Chunk struct {
	State *State
	Src   []float32
	Steps int

	outputs int
	stored  bool // behind the steps that the state has at hand
}

// operand makes o the chunk.
func (c *Chunk) operand(o *operand, g *Geometry) {
	step, channel := strides(c.Steps, g.Channels, g.ChannelsFirst && c.Steps > 1)
	o.set(c.Src, step, channel)
}

// Push computes the outputs that the chunks, each of another stream, complete, those of
// one stream after those of the one before. The pointwise weights are read once for all
// of them. Without keep the streams stay as they were.
func (f *Feed) Push(dst []float32, chunks []Chunk, keep bool) {
	rows := 0
	for i := range chunks {
		c := &chunks[i]
		c.outputs, c.stored = f.Outputs(c.State, c.Steps), false
		if c.outputs > 0 {
			f.add(c, rows)
			rows += c.outputs
		}
	}
	if rows > 0 {
		f.run(dst, rows)
	}
	if keep { // after the run: if a user's activation panics, nothing has been pushed
		for i := range chunks {
			f.advance(&chunks[i])
		}
	}
}

// Flush computes the outputs that are left when the signal ends.
func (f *Feed) Flush(dst []float32, st *State) {
	if n := f.Rest(st); n > 0 {
		f.addAtHand(st, 0, 0, n)
		f.run(dst, n)
	}
	st.ended = true
}

// add adds the outputs that a chunk completes to the sections, from a row of the output on.
func (f *Feed) add(c *Chunk, row int) {
	st, held := c.State, f.held(c.State)
	switch {
	case held == 0:
		p := f.section(row, c.outputs)
		c.operand(&p.x.operand, f.Geometry)
		p.x.steps = c.Steps
		p.x.left = f.reach + 1 - st.wait
	case f.reach+c.Steps <= f.room:
		f.append(st, held, c, 0, c.Steps)
		c.stored = true
		f.addAtHand(st, c.Steps, row, c.outputs)
	default:
		p := f.section(row, c.outputs)
		c.operand(&p.x.operand, f.Geometry)
		p.x.steps = c.Steps
		p.x.past.set(st.rows[st.first*f.Channels:], f.Channels, 1)
		p.x.pastSteps = held
		p.x.left = held
	}
}

// addAtHand adds outputs that are made of the steps at hand, of which there are some, and
// of as many as were appended to them, without a copy: their windows are one run of
// memory.
func (f *Feed) addAtHand(st *State, appended, row, outputs int) {
	held := f.held(st)
	p := f.section(row, outputs)
	p.x.set(st.rows[st.first*f.Channels:], f.Channels, 1)
	p.x.steps = held + appended
	p.x.left = 0
}

// section adds a section, whose signal is still to be set.
func (f *Feed) section(row, rows int) *section {
	n := len(f.sections)
	if n < cap(f.sections) {
		f.sections = f.sections[:n+1]
	} else {
		f.sections = append(f.sections, section{})
	}
	p := &f.sections[n]
	p.row, p.rows = row, rows
	return p
}

// run computes the sections, of so many rows.
func (f *Feed) run(dst []float32, rows int) {
	defer f.release()
	kept := f.plan.kept
	dst = dst[:rows*kept]
	if !f.ChannelsFirst || len(f.sections) == 1 || rows == len(f.sections) {
		f.plan.gather(dst, f.sections, rows, f.ChannelsFirst && len(f.sections) == 1)
		return
	}
	if len(f.rows) < len(dst) {
		f.rows = make([]float32, len(dst))
	}
	f.plan.gather(f.rows[:len(dst)], f.sections, rows, false)
	for i := range f.sections {
		p := &f.sections[i]
		f.plan.set.Transpose(dst[p.row*kept:], f.rows[p.row*kept:], p.rows, kept, p.rows, kept)
	}
}

// release lets go of the callers' slices.
func (f *Feed) release() {
	clear(f.sections)
	f.sections = f.sections[:0]
}

// advance makes the steps of a chunk those of the state that have come.
func (f *Feed) advance(c *Chunk) {
	st, held := c.State, f.held(c.State)
	f.pass(st, c.Steps, c.outputs)
	keep := f.held(st)
	switch {
	case c.stored:
		st.first += held + c.Steps - keep
	case keep <= c.Steps:
		st.first = 0
		f.append(st, 0, c, c.Steps-keep, keep)
	default:
		old := keep - c.Steps
		st.first += held - old
		f.append(st, old, c, 0, c.Steps)
	}
}

// append copies n steps of a chunk, from the given one on, behind as many as the state
// holds.
func (f *Feed) append(st *State, held int, c *Chunk, from, n int) {
	if n == 0 {
		return
	}
	channels, dst := f.Channels, f.behind(st, held, n)
	var x operand
	if c.operand(&x, f.Geometry); x.channel == 1 {
		copy(dst, x.data[from*channels:])
	} else {
		copySteps(f.plan.set, dst, x.from(from, 0), n, 1, channels)
	}
}
