package main

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sepconv/go/internal/kernel"
)

// A division is how the time of a layer divides into parts.
type division struct {
	ID      string       `json:"id"`
	Samples int64        `json:"samples"` // of the layer's runs
	Micros  float64      `json:"us"`      // of a run: processor time of all threads together
	Parts   []timeOfPart `json:"parts"`   // in the order of partNames
}

type timeOfPart struct {
	Part    string  `json:"part"`
	Samples int64   `json:"samples"`
	Share   float64 `json:"share"`          // of the layer's samples
	Error   float64 `json:"standard_error"` // of the share
	Micros  float64 `json:"us"`             // of a run
	// Peak is the share of the peak that a convolution reaches in its own time; 0 if
	// that is not known.
	Peak float64 `json:"peak_share,omitempty"`
}

// fewSamples is until when a part's time is too uncertain, by a third and more, to
// say what it reaches in it.
const fewSamples = 10

// divide returns how the time of so many runs divides, at a peak of so many FLOP/s of
// one thread.
func (t *tally) divide(l *layer, runs int, peak float64) division {
	total := t.total()
	perSample := t.period.Seconds() / float64(runs)
	flops := [parts]float64{partDepthwise: l.depthwiseFLOPs(), partPointwise: l.pointwiseFLOPs()}
	d := division{ID: l.ID, Samples: total, Micros: 1e6 * perSample * float64(total)}
	for i, n := range t.samples {
		share, seconds := float64(n)/float64(total), perSample*float64(n)
		p := timeOfPart{
			Part: partNames[i], Samples: n, Share: share, Micros: 1e6 * seconds,
			Error: math.Sqrt(share * (1 - share) / float64(total)),
		}
		if n >= fewSamples {
			p.Peak = flops[i] / seconds / peak
		}
		d.Parts = append(d.Parts, p)
	}
	return d
}

// check reports a division that cannot be.
func (d *division) check() error {
	if !(d.Micros > 0) || len(d.Parts) != int(parts) {
		return fmt.Errorf("the time of layer %q is %v us in %d parts; it must be above 0, in %d", d.ID, d.Micros, len(d.Parts), parts)
	}
	for i, p := range d.Parts {
		if p.Part != partNames[i] || !(p.Share >= 0 && p.Share <= 1 && p.Micros >= 0 && p.Peak >= 0) {
			return fmt.Errorf("part %d of the time of layer %q is %q, %v of it in %v us, %v of the peak", i+1, d.ID, p.Part, p.Share, p.Micros, p.Peak)
		}
	}
	return nil
}

// A divider measures divisions.
type divider struct {
	*setting
	set     *kernel.Set
	threads int
	samples int64 // of a layer, at least
}

// all measures every layer, and calls row for each as it is done.
func (d *divider) all(row func(*division)) ([]division, error) {
	m := newMeter(d.set, d.threads)
	var list []division
	for _, l := range d.layers {
		d.bar.step("times of %s", l.ID)
		v, err := d.layer(l, m)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", l.ID, err)
		}
		list = append(list, v)
		row(&v)
	}
	return list, nil
}

// The time of a layer is split into rounds, between which the peak is measured: the
// CPU's clock wanders.
const (
	shortProfile, longProfile = 100 * time.Millisecond, 1100 * time.Millisecond
	mostSilent                = 20 // rounds without a sample
)

// layer runs a layer for the setting's time, and on until there are enough samples.
func (d *divider) layer(l layer, m *meter) (division, error) {
	w, err := newWorkload(l, d.set.Name, d.format, d.threads)
	if err != nil {
		return division{}, err
	}
	const warm = 100 * time.Millisecond // until it is settled whether threads pay
	once, err := w.perRun(warm)
	if err != nil {
		return division{}, err
	}
	round := min(max(d.budget, time.Duration(d.samples)*samplePeriod, shortProfile), longProfile)
	var t tally
	runs, silent := 0, 0
	bursts := []float64{m.burst()}
	for start := time.Now(); t.total() < max(d.samples, 1) || time.Since(start) < d.budget; {
		before := t.total()
		err := t.during(func() error {
			n, err := w.runFor(round, once)
			runs += n
			return err
		})
		if err != nil {
			return division{}, err
		}
		bursts = append(bursts, m.burst())
		if silent++; t.total() > before {
			silent = 0
		}
		if silent == mostSilent {
			return division{}, errors.New("the profiler takes no samples of it")
		}
	}
	return t.divide(&l, runs, mean(bursts)/float64(d.threads)), nil
}

// runFor runs the layer for about the given time and returns how often that was. A
// run takes about so many seconds.
func (w *workload) runFor(budget time.Duration, once float64) (runs int, err error) {
	const between = time.Millisecond // readings of the clock
	batch := max(1, int(between.Seconds()/once))
	for start := time.Now(); time.Since(start) < budget; runs += batch {
		if _, err := w.time(batch); err != nil {
			return runs, err
		}
	}
	return runs, nil
}

// mean returns the arithmetic mean.
func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
