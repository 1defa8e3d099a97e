package main

import (
	"bytes"
	"fmt"
	"runtime/pprof"
	"time"

	"github.com/google/pprof/profile"
)

// A tally is how many samples of a layer's runs were in each part.
type tally struct {
	samples [parts]int64
	period  time.Duration // of processor time between two samples of a thread
	runs    int
}

// samplePeriod is that of package runtime/pprof. A shorter one takes a trick at which
// the runtime complains on the standard error, and systems whose clock ticks no more
// often leave samples out.
const samplePeriod = 10 * time.Millisecond

// profile takes samples while a function runs the layer, which returns how often it did.
func (t *tally) profile(run func() (runs int, err error)) error {
	p, runs, err := profiled(run)
	if err != nil {
		return err
	}
	t.add(p)
	t.runs += runs
	return nil
}

// profiled returns the profile of a function.
func profiled(run func() (runs int, err error)) (*profile.Profile, int, error) {
	var file bytes.Buffer
	if err := pprof.StartCPUProfile(&file); err != nil {
		return nil, 0, err
	}
	runs, err := run()
	pprof.StopCPUProfile()
	if err != nil {
		return nil, 0, err
	}
	p, err := profile.Parse(&file)
	if err != nil {
		return nil, 0, fmt.Errorf("the profile of its runs: %w", err)
	}
	return p, runs, nil
}

// add counts the samples of a profile that are the layer's.
func (t *tally) add(p *profile.Profile) {
	t.period = time.Duration(p.Period)
	for _, s := range p.Sample {
		if part, ok := partOf(stackOf(s)); ok {
			t.samples[part] += s.Value[0]
		}
	}
}

// total is the number of samples.
func (t *tally) total() (n int64) {
	for _, samples := range t.samples {
		n += samples
	}
	return n
}

// stackOf returns the functions that a sample was in, the innermost first, with those
// that the compiler has inlined.
func stackOf(s *profile.Sample) (functions []string) {
	for _, location := range s.Location {
		for _, line := range location.Line {
			if line.Function != nil {
				functions = append(functions, line.Function.Name)
			}
		}
	}
	return functions
}
