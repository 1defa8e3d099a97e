package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/sepconv/go/internal/kernel"
)

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
	mostSilent                = 10 // rounds until a sample must have been taken
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
	length := min(max(d.budget, time.Duration(d.samples)*samplePeriod, shortProfile), longProfile)
	var t tally
	bursts := []float64{m.burst()}
	for start, rounds := time.Now(), 0; t.total() < max(d.samples, 1) || time.Since(start) < d.budget; rounds++ {
		if rounds == mostSilent && t.total() == 0 {
			return division{}, errors.New("the profiler takes no samples of it")
		}
		if err := t.profile(func() (int, error) { return w.runFor(length, once) }); err != nil {
			return division{}, err
		}
		bursts = append(bursts, m.burst())
	}
	return t.divide(&l, mean(bursts)/float64(d.threads)), nil
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
