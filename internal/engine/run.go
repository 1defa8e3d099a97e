package engine

import "github.com/sepconv/go/internal/workers"

// Run computes the layer for a batch of inputs of the given steps. The lengths
// of dst and src are what OutputShape and the geometry say.
func (p *Plan) Run(dst, src []float32, batch, steps int) {
	outSteps, left, err := p.OutputSteps(steps)
	if err != nil {
		panic(err) // the caller's check was wrong
	}
	p.RunSpan(dst, src, batch, Span{Steps: steps, OutSteps: outSteps, Left: left})
}

// RunSpan is Run for a part of each signal. The padding is what the span says; the
// rest of the layer is as always, and an activation along time sees the part alone.
func (p *Plan) RunSpan(dst, src []float32, batch int, s Span) {
	if batch == 0 || len(dst) == 0 {
		return
	}
	p = p.suited(s.OutSteps, len(dst)+len(src))
	r := p.takeRun()
	r.dst, r.src, r.batch, r.Span = dst, src, batch, s
	r.sections, r.channelsFirst = nil, p.ChannelsFirst
	r.finish()
}

// suited returns the way for a run of so many output steps, and floats of input and output.
func (p *Plan) suited(outSteps, floats int) *Plan {
	switch {
	case p.rows != nil && outSteps <= p.few:
		return p.rows
	case p.nearby != nil && floats <= p.near:
		return p.nearby
	}
	return p
}

// gather is Run for sections of several signals, whose outputs, rows together, follow each
// other. It is for plans that are not by lines, and for activations that do not look
// along time; the output may be in either format.
func (p *Plan) gather(dst []float32, sections []section, rows int, channelsFirst bool) {
	r := p.takeRun()
	r.dst, r.src, r.batch, r.Span = dst, nil, 1, Span{OutSteps: rows}
	r.sections, r.channelsFirst = sections, channelsFirst
	r.finish()
}

// takeRun returns a run whose call is still to be set.
func (p *Plan) takeRun() *run {
	if r := p.runs.Get(); r != nil {
		return r
	}
	return newRun(p)
}

// finish runs, and lets go of the caller's slices.
func (r *run) finish() {
	r.run()
	r.dst, r.src, r.sections = nil, nil, nil
	r.own.release()
	r.plan.runs.Put(r)
}

// A phase is a number of tasks of a run that do not depend on each other. A run has
// one or several, and goes on to the next when all tasks of one are done.
type phase interface {
	// begin cuts the run into tasks for so many threads, and returns their number.
	begin(threads int) int
	// do does task i.
	do(i int, s *scratch)
}

// run is one call of RunSpan or gather.
type run struct {
	call
	team
	plan   *Plan
	phases []phase
}

func newRun(p *Plan) *run {
	r := &run{plan: p, team: team{base: &p.base, scratches: &p.scratches, own: newScratch(&p.base)}}
	r.phases = p.phases(&r.call)
	return r
}

// phases returns the phases of a run.
func (p *Plan) phases(c *call) []phase {
	phases := []phase{&tiles{plan: p, call: c}}
	if p.endsAlongTime() {
		phases = append(phases, &alongTime{plan: p, call: c})
	}
	return phases
}

func (r *run) run() {
	micros := r.plan.micros(r.batch, r.OutSteps)
	if workers.Alone(micros) {
		r.share(1, false)
		return
	}
	trial := r.plan.trial.Begin(micros, r.plan.threads)
	defer trial.End()
	r.share(worthThreads(trial, micros), trial.Wake)
}

// share does the phases with so many threads.
func (r *run) share(threads int, wake bool) {
	for _, ph := range r.phases {
		r.do(ph, threads, wake)
	}
}
