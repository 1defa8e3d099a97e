package main

import (
	"fmt"
	"runtime"

	"github.com/sepconv/go/bench/internal/chart"
	"github.com/sepconv/go/sepconv"
)

// memory is what a layer keeps, in bytes, on one thread.
type memory struct {
	ID      string `json:"id"`
	Plan    int64  `json:"plan"`    // that a plan holds after a run: packed weights and scratch
	Weights int64  `json:"weights"` // of the layer, unpacked
	Between int64  `json:"between"` // of the tensor between the two convolutions, which is never made
	Signals int64  `json:"signals"` // of input and output, which are the caller's
}

// memories measures how the heap grows by compiling a layer and running it.
func (a *agenda) memories() ([]memory, error) {
	var list []memory
	for _, l := range a.layers {
		a.bar.step("memory of %s", l.ID)
		plan, err := planBytes(l, a.set.Name, a.format)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", l.ID, err)
		}
		weights := 4 * int64(l.columns()*(l.Kernel+l.Filters)+l.Filters)
		list = append(list, memory{
			ID: l.ID, Plan: plan, Weights: weights,
			Between: 4 * int64(l.Batch*l.outSteps()*l.columns()),
			Signals: int64(l.bytes()) - weights,
		})
	}
	return list, nil
}

// planBytes returns by how much a plan and a run of it make the heap grow.
func planBytes(l layer, kernel string, format sepconv.DataFormat) (int64, error) {
	w, err := newWorkload(l, kernel, format, 1)
	if err != nil {
		return 0, err
	}
	c, err := l.config(format)
	if err != nil {
		return 0, err
	}
	s, err := sepconv.New(c, l.Channels)
	if err != nil {
		return 0, err
	}
	if err := s.SetWeights(w.weights); err != nil {
		return 0, err
	}
	before := heap()
	plan, err := s.Compile(sepconv.WithKernel(kernel), sepconv.WithThreads(1))
	if err != nil {
		return 0, err
	}
	if err := plan.Run(w.dst, w.src, l.Batch, l.Steps); err != nil {
		return 0, err
	}
	after := heap()
	runtime.KeepAlive(plan)
	runtime.KeepAlive(s)
	runtime.KeepAlive(w)
	return after - before, nil
}

// heap is the memory of all objects that are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first one made free has been swept now
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// memories shows what a layer needs beside its signals.
func memories(r *results) (*chart.Chart, figure) {
	f := figure{ID: "memory", Title: "Memory in use", Text: "What a compiled layer keeps after a run with one thread, measured as the growth of the heap: packed weights and " +
		"scratch; below it the weights alone; and the tensor between the two convolutions, which is never made here, and which a library that runs one convolution after the other needs as well. " +
		"Input and output belong to the caller and are not counted."}
	var names []string
	var plan, weights, between []chart.Point
	sizes := span{1, 1}
	for i, m := range r.Studies.Memory {
		names = append(names, m.ID)
		at := func(bytes int64) chart.Point {
			kib := max(float64(bytes)/1024, 0.1) // less cannot be told from nothing
			sizes.include(kib)
			return chart.Point{X: float64(i), Y: kib}
		}
		plan, weights, between = append(plan, at(m.Plan)), append(weights, at(m.Weights)), append(between, at(m.Between))
	}
	c := chart.New("layer", "KiB (logarithmic)")
	c.Names(names)
	c.LogY(sizes.wider(1.4))
	c.Dots("ours: packed weights, scratch", chart.Ours, plan)
	c.Dots("the weights alone", chart.Other(5), weights)
	c.Dots("elsewhere: tensor between", chart.Other(0), between)
	return c, f
}
