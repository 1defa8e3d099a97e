package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
)

// checkStream reports what cannot be together with -stream.
func (o *options) checkStream() error {
	if o.kernels || o.grid || o.contention || o.train || o.models || o.times || o.markdown || o.suite+o.baseline != "" || o.format != "channels_last" {
		return errors.New("-stream takes no other flags than -peers, -layers, -kernel, -threads, -time, -json, -readme and -report")
	}
	return nil
}

// runStream measures streams, and prints each as it is done, or shows the results in a
// file instead.
func (o *options) runStream(w io.Writer) error {
	if err := o.checkStream(); err != nil {
		return err
	}
	keep, err := o.newStreamKeep()
	if err != nil {
		return err
	}
	t := &streamTable{table{w: w}}
	var r *streamResults
	if o.results != "" {
		if r, err = readStreamResults(o.results); err == nil {
			t.all(r)
		}
	} else {
		r, err = o.measureStreams(t)
	}
	if err != nil {
		return err
	}
	return errors.Join(t.err, keep.write(r))
}

// measureStreams measures streams beside a field of peers.
func (o *options) measureStreams(t *streamTable) (*streamResults, error) {
	set, err := o.check()
	if err != nil {
		return nil, err
	}
	list, err := selectStreams(o.layers)
	if err != nil {
		return nil, err
	}
	f := &field{}
	if o.peers {
		if f, err = enlist(streamRunners(), o.threads); err != nil {
			return nil, err
		}
		f.convert = convert
	}
	defer f.close()
	r := &streamResults{
		CPU: cpuName(), Core: thisCore(), Go: runtime.Version(),
		Kernel: set.Name, Threads: o.threads, Missing: f.missing, Peers: []peerResults{},
	}
	t.fitStreams(list)
	t.header(r, f.results)
	m := newMeter(set, o.threads)
	for _, c := range list {
		result, others, err := o.measureStream(c, m, f)
		if err != nil {
			return nil, fmt.Errorf("stream %q: %w", c.id, err)
		}
		r.Streams = append(r.Streams, result)
		f.add(others)
		t.row(result, others)
	}
	r.Peers = append(r.Peers, f.results...)
	r.PeakGFLOPS = quantile(m.bursts, 0.5) / 1e9
	t.footer(r)
	return r, nil
}

func (o *options) measureStream(c streamcase, m *meter, f *field) (streamResult, []*contestant, error) {
	w, err := newStreamload(c, m.set.Name, m.threads)
	if err != nil {
		return streamResult{}, nil, err
	}
	others, err := w.prepare(f)
	if err != nil {
		return streamResult{}, nil, err
	}
	r, err := measureStream(w, m, o.time, others...)
	return r, others, err
}

// A streamKeep is where results of streams go. What is there is read before any time is
// spent.
type streamKeep struct {
	json  string
	place *readme
	dir   string
	page  *results
}

func (o *options) newStreamKeep() (*streamKeep, error) {
	k := &streamKeep{json: o.json, dir: o.report}
	var err error
	if o.readme != "" {
		if k.place, err = readPlace(o.readme, streamsBegin, streamsEnd); err != nil {
			return nil, err
		}
	}
	if o.report != "" {
		k.page, err = readPage("-stream", o.report)
	}
	return k, err
}

// write writes results wherever they go.
func (k *streamKeep) write(r *streamResults) error {
	if k.json != "" {
		if err := writeJSON(k.json, r); err != nil {
			return err
		}
	}
	if k.place != nil {
		if err := k.place.put(streamMarkdown(r)); err != nil {
			return err
		}
	}
	if k.page == nil {
		return nil
	}
	k.page.Streams = r
	return writePage(k.dir, k.page)
}
