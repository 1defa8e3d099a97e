package main

import (
	"fmt"
	"time"

	"github.com/sepconv/go/sepconv"
)

// A setting is what all passes have in common.
type setting struct {
	recompute bool // of training: that nothing is kept from Forward to Backward
	layers    []layer
	format    sepconv.DataFormat
	budget    time.Duration // to measure a layer for
	bar       *progress
}

// pass makes one entry of an agenda beside a field of peers, and calls row for each
// layer as it is done.
func (s *setting) pass(e entry, f *field, row func(result, []*contestant)) (*pass, error) {
	p := &pass{Kernel: e.set.Name, Threads: e.threads, Format: string(s.format)}
	m := newMeter(e.set, e.threads)
	for _, l := range e.layers {
		s.bar.step("%s, %s, %d threads", l.ID, e.set.Name, e.threads)
		result, others, err := s.layer(l, m, f)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", l.ID, err)
		}
		p.Layers = append(p.Layers, result)
		f.add(others)
		row(result, others)
	}
	p.summarize(m)
	return p, nil
}

// layer measures one layer.
func (s *setting) layer(l layer, m *meter, f *field) (result, []*contestant, error) {
	w, err := newWorkload(l, m.set.Name, s.format, m.threads)
	if err != nil {
		return result{}, nil, err
	}
	others, err := f.prepare(w)
	if err != nil {
		return result{}, nil, err
	}
	r, err := measure(w, m, s.budget, others...)
	return r, others, err
}
