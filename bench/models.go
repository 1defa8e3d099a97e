package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"

	"github.com/sepconv/go/bench/internal/models"
)

// checkModels reports what cannot be together with -models.
func (o *options) checkModels() error {
	if o.kernels || o.grid || o.contention || o.train || o.markdown || o.suite+o.baseline != "" || o.format != "channels_last" {
		return errors.New("-models takes no other flags than -peers, -layers, -kernel, -threads, -time, -times, -json, -readme and -report")
	}
	return nil
}

// runModels measures whole models, and prints each as it is done. A file of results and
// the page of a report keep those of other models that are in them already.
func (o *options) runModels(w io.Writer) error {
	if err := o.checkModels(); err != nil {
		return err
	}
	if o.results != "" {
		return o.showModels(w)
	}
	set, err := o.check()
	if err != nil {
		return err
	}
	ids, err := selectModels(o.layers)
	if err != nil {
		return err
	}
	keep, err := o.newModelKeep()
	if err != nil {
		return err
	}
	f := &field{}
	if o.peers {
		if f, err = enlist(modelRunners(), o.threads); err != nil {
			return err
		}
		f.convert = convert
	}
	defer f.close()
	r := &modelResults{
		CPU: cpuName(), Core: thisCore(), Go: runtime.Version(),
		Kernel: set.Name, Threads: o.threads, Missing: f.missing, Peers: []peerResults{},
	}
	t := &modelTable{table{w: w}}
	t.fitModels(ids)
	t.header(r, f.results)
	m := newMeter(set, o.threads)
	if err := o.measureModels(r, ids, m, f, t.row); err != nil {
		return err
	}
	if o.times {
		t.timesHeader()
		for _, id := range ids {
			d, err := o.divideModel(id, m)
			if err != nil {
				return fmt.Errorf("model %q: %w", id, err)
			}
			r.Times = append(r.Times, d)
			t.division(&d)
		}
	}
	r.summarize(m)
	if keep.earlier != nil {
		if r, err = keep.earlier.with(r); err != nil {
			return err
		}
	}
	t.footer(r)
	return errors.Join(t.err, keep.write(r))
}

// showModels shows the results in a file in the ways that are asked for, instead of
// measuring.
func (o *options) showModels(w io.Writer) error {
	r, err := readModelResults(o.results)
	if err != nil {
		return err
	}
	keep, err := o.newModelKeep()
	if err != nil {
		return err
	}
	if keep.earlier != nil {
		if r, err = keep.earlier.with(r); err != nil {
			return err
		}
	}
	t := &modelTable{table{w: w}}
	t.all(r)
	return errors.Join(t.err, keep.write(r))
}

// selectModels returns the models whose ids the regular expression matches.
func selectModels(expression string) ([]string, error) {
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, fmt.Errorf("-layers: %w", err)
	}
	var ids []string
	for _, id := range models.IDs {
		if re.MatchString(id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("-layers is %q; it matches none of the models %q", expression, models.IDs)
	}
	return ids, nil
}

// measureModels measures models beside a field of peers, and calls row for each as it is
// done.
func (o *options) measureModels(r *modelResults, ids []string, m *meter, f *field, row func(modelResult, []*contestant)) error {
	for _, id := range ids {
		result, others, err := o.measureModel(id, m, f)
		if err != nil {
			return fmt.Errorf("model %q: %w", id, err)
		}
		r.Models = append(r.Models, result)
		f.add(others)
		row(result, others)
	}
	r.Peers = append(r.Peers, f.results...)
	return nil
}

func (o *options) measureModel(id string, m *meter, f *field) (modelResult, []*contestant, error) {
	w, err := newModelload(id, m.set.Name, m.threads)
	if err != nil {
		return modelResult{}, nil, err
	}
	others, err := f.prepareModel(w)
	if err != nil {
		return modelResult{}, nil, err
	}
	r, err := measureModel(w, m, o.time, others...)
	return r, others, err
}

// A modelKeep is where results of models go. What is there is read before any time is
// spent.
type modelKeep struct {
	json    string
	earlier *modelResults // that those of this run are added to
	place   *readme
	dir     string
	page    *results
}

func (o *options) newModelKeep() (*modelKeep, error) {
	k := &modelKeep{json: o.json, dir: o.report}
	var err error
	if o.readme != "" {
		if k.place, err = readPlace(o.readme, modelsBegin, modelsEnd); err != nil {
			return nil, err
		}
	}
	if o.report != "" {
		if k.page, err = readPage("-models", o.report); err != nil {
			return nil, err
		}
		k.earlier = k.page.Models
	}
	if o.json != "" {
		if _, err := os.Stat(o.json); err == nil {
			if k.earlier, err = readModelResults(o.json); err != nil {
				return nil, err
			}
		}
	}
	return k, nil
}

// write writes results wherever they go.
func (k *modelKeep) write(r *modelResults) error {
	if k.json != "" {
		if err := writeJSON(k.json, r); err != nil {
			return err
		}
	}
	if k.place != nil {
		if err := k.place.put(modelMarkdown(r)); err != nil {
			return err
		}
	}
	if k.page == nil {
		return nil
	}
	k.page.Models = r
	return writePage(k.dir, k.page)
}
