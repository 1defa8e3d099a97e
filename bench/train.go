package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/sepconv/go/internal/kernel"
)

// checkTraining reports what cannot be together with -train.
func (o *options) checkTraining() error {
	if o.kernels || o.grid || o.contention || o.markdown || o.report+o.baseline+o.readme+o.results != "" {
		return errors.New("-train takes no other flags than -peers, -suite, -layers, -kernel, -format, -threads, -recompute, -times, -time and -json")
	}
	return nil
}

// runTraining measures steps of training, and prints each layer as it is done.
func (o *options) runTraining(w io.Writer) error {
	if err := o.checkTraining(); err != nil {
		return err
	}
	set, s, err := o.trainingSetting()
	if err != nil {
		return err
	}
	f := &field{}
	if o.peers {
		if f, err = enlist(trainers(), o.threads); err != nil {
			return err
		}
	}
	defer f.close()
	r := newTrainingResults(set, o.threads, s.format, f)
	t := &trainingTable{table{w: w}}
	t.fit(s.layers)
	t.header(r, f.results)
	s.recompute = o.recompute
	m := newMeter(set, o.threads)
	if err := s.train(r, m, f, t.row); err != nil {
		return err
	}
	t.footer(r)
	if o.times {
		d := &trainingDivider{s, m, o.samples}
		t.timesHeader()
		if r.Times, err = d.all(t.division); err != nil {
			return err
		}
	}
	if o.json != "" {
		if err := writeJSON(o.json, r); err != nil {
			return err
		}
	}
	return t.err
}

// trainingSetting returns what the flags say is to be measured in training.
func (o *options) trainingSetting() (*kernel.Set, *setting, error) {
	expression := o.layers
	o.layers = ""
	set, s, err := o.setting()
	if err != nil {
		return nil, nil, err
	}
	if o.suite == "" {
		s.layers = inBatches(s.layers)
		if expression == "" {
			expression = usualInTraining
		}
	}
	s.layers, err = selectLayers(s.layers, expression)
	return set, s, err
}

// train measures steps of all layers beside a field of peers, and calls row for each
// layer as it is done.
func (s *setting) train(r *trainingResults, m *meter, f *field, row func(trainingResult, []*contestant)) error {
	for _, l := range s.layers {
		s.bar.step("training %s", l.ID)
		result, others, err := s.trainLayer(l, m, f)
		if err != nil {
			return fmt.Errorf("layer %q: %w", l.ID, err)
		}
		r.Layers = append(r.Layers, result)
		f.add(others)
		row(result, others)
	}
	r.Peers = append(r.Peers, f.results...)
	r.summarize(m)
	return nil
}

// trainLayer measures steps of one layer.
func (s *setting) trainLayer(l layer, m *meter, f *field) (trainingResult, []*contestant, error) {
	t, err := newTrainload(l, m.set.Name, s, m.threads)
	if err != nil {
		return trainingResult{}, nil, err
	}
	others, err := f.prepareTraining(t)
	if err != nil {
		return trainingResult{}, nil, err
	}
	r, err := measureTraining(t, m, s.budget, others...)
	return r, others, err
}
