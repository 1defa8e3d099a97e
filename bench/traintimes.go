package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"time"

	"github.com/google/pprof/profile"
)

// A phase is what the time of a step of training divides into.
type phase int

const (
	phasePacking   phase = iota // of weights, in Forward
	phaseForward                // the rest of Forward
	phaseAgain                  // what Backward computes again
	phaseSlope                  // through the activation
	phasePointwise              // the gradients of the pointwise kernel and the bias
	phaseColumns                // through the pointwise convolution
	phaseTaps                   // the gradient of the depthwise kernel
	phaseInput                  // that of the input
	phaseRest
	phases
)

var phaseNames = [phases]string{"packing", "forward", "again", "slope", "dP, db", "dU", "dW", "dX", "rest"}

// phaseFunctions are the functions of package engine in which each begins. What these
// call belongs to the phase as well, unless it begins another one.
var phaseFunctions = [phaseRest]*regexp.Regexp{
	phasePacking:   methods(`packing\)\.do`),
	phaseForward:   methods(`Training\)\.Forward`),
	phaseAgain:     methods(`sweeper\)\.sums`, `Training\)\.backwards`),
	phaseSlope:     methods(`sweeper\)\.gradient`, `slope\)\.do`),
	phasePointwise: methods(`sweeper\)\.ofPointwise`, `pointwiseGradient\)\.do`),
	phaseColumns:   methods(`sweeper\)\.ofColumns`, `columnsGradient\)\.do`),
	phaseTaps:      methods(`sweeper\)\.ofTaps`, `tapsGradient\)\.do`),
	phaseInput:     methods(`sweeper\)\.ofInput`, `inputGradient\)\.do`, `duLines\)\.do`),
}

func methods(names ...string) *regexp.Regexp {
	for i, name := range names {
		names[i] = regexp.QuoteMeta(module+"internal/engine.(*") + name
	}
	return oneOf(names...)
}

// phaseOf returns the phase that a stack is in, which is that of the innermost function
// in which one begins, but what Backward computes by Forward's functions is computed
// again. ok is false if it does not work for the layer.
func phaseOf(stack []string) (p phase, ok bool) {
	for _, function := range stack {
		for p, names := range phaseFunctions {
			if names.MatchString(function) {
				return phase(p), true
			}
		}
	}
	return phaseRest, ofLayer(stack)
}

// A trainingDivision is how the time of a step divides into phases.
type trainingDivision struct {
	ID      string        `json:"id"`
	Samples int64         `json:"samples"`
	Micros  float64       `json:"us"` // of a step: processor time of all threads together
	Phases  []timeOfPhase `json:"phases"`
}

type timeOfPhase struct {
	Phase   string  `json:"phase"`
	Samples int64   `json:"samples"`
	Share   float64 `json:"share"`          // of the step's samples
	Error   float64 `json:"standard_error"` // of the share
	Micros  float64 `json:"us"`
	// Copies is the part of the share that only moves data.
	Copies float64 `json:"copies"`
	// Peak is the share of the peak that the phase reaches in its own time; 0 if that is
	// not known.
	Peak float64 `json:"peak_share,omitempty"`
}

// phaseTally is how many samples of a layer's steps were in each phase.
type phaseTally struct {
	samples, copies [phases]int64
	period          time.Duration
	steps           int
}

func (t *phaseTally) add(p *profile.Profile, steps int) {
	t.period = time.Duration(p.Period)
	t.steps += steps
	for _, s := range p.Sample {
		stack := stackOf(s)
		phase, ok := phaseOf(stack)
		if !ok {
			continue
		}
		t.samples[phase] += s.Value[0]
		if movesData(stack) {
			t.copies[phase] += s.Value[0]
		}
	}
}

// movesData reports whether a stack is in what only moves data.
func movesData(stack []string) bool {
	if part, _ := partOf(stack); part == partCopies {
		return true
	}
	return len(stack) > 0 && stack[0] == "runtime.memmove"
}

func (t *phaseTally) total() (n int64) {
	for _, samples := range t.samples {
		n += samples
	}
	return n
}

// divide returns how the time of a step divides, at a peak of so many FLOP/s of one thread.
func (t *phaseTally) divide(l *layer, peak float64) trainingDivision {
	total := t.total()
	perSample := t.period.Seconds() / float64(t.steps)
	flops := [phases]float64{
		phaseForward: l.flops(), phasePointwise: l.pointwiseFLOPs(), phaseColumns: l.pointwiseFLOPs(),
		phaseTaps: l.depthwiseFLOPs(), phaseInput: l.depthwiseFLOPs(),
	}
	d := trainingDivision{ID: l.ID, Samples: total, Micros: 1e6 * perSample * float64(total)}
	for i, n := range t.samples {
		share, seconds := float64(n)/float64(total), perSample*float64(n)
		p := timeOfPhase{
			Phase: phaseNames[i], Samples: n, Share: share, Micros: 1e6 * seconds,
			Error: math.Sqrt(share * (1 - share) / float64(total)), Copies: float64(t.copies[i]) / float64(total),
		}
		if n >= fewSamples {
			p.Peak = flops[i] / seconds / peak
		}
		d.Phases = append(d.Phases, p)
	}
	return d
}

// A trainingDivider measures trainingDivisions.
type trainingDivider struct {
	*setting
	meter   *meter
	samples int64 // of a layer, at least
}

// all measures every layer, and calls row for each as it is done.
func (d *trainingDivider) all(row func(*trainingDivision)) ([]trainingDivision, error) {
	var list []trainingDivision
	for _, l := range d.layers {
		v, err := d.layer(l)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", l.ID, err)
		}
		list = append(list, v)
		row(&v)
	}
	return list, nil
}

// layer takes steps for the setting's time, and on until there are enough samples.
func (d *trainingDivider) layer(l layer) (trainingDivision, error) {
	w, err := newTrainload(l, d.meter.set.Name, d.setting, d.meter.threads)
	if err != nil {
		return trainingDivision{}, err
	}
	length := min(max(d.budget, time.Duration(d.samples)*samplePeriod, shortProfile), longProfile)
	var t phaseTally
	bursts := []float64{d.meter.burst()}
	for start, rounds := time.Now(), 0; t.total() < max(d.samples, 1) || time.Since(start) < d.budget; rounds++ {
		if rounds == mostSilent && t.total() == 0 {
			return trainingDivision{}, errors.New("the profiler takes no samples of it")
		}
		p, steps, err := takeProfile(func() (int, error) { return w.stepFor(length) })
		if err != nil {
			return trainingDivision{}, err
		}
		t.add(p, steps)
		bursts = append(bursts, d.meter.burst())
	}
	return t.divide(&l, mean(bursts)/float64(d.meter.threads)), nil
}

// stepFor takes steps for about the given time and returns how many those were.
func (t *trainload) stepFor(budget time.Duration) (steps int, err error) {
	n := max(1, int(time.Millisecond/t.once)) // between readings of the clock
	for start := time.Now(); time.Since(start) < budget; steps += n {
		if _, err := t.time(n); err != nil {
			return steps, err
		}
		t.jitter()
	}
	return steps, nil
}

// jitter takes up to the time of a step, which the profile does not count: steps that go
// evenly into the period of its samples would be met at the same places again and again.
func (t *trainload) jitter() {
	length := time.Duration(rand.Float64() * float64(t.once))
	for start := time.Now(); time.Since(start) < length; {
	}
}
