package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"slices"
	"time"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/sepconv"
)

// options are the command's flags and argument.
type options struct {
	suite      string        // file; "" is the one that is built in
	kernel     string        // name of a set; "" is the best
	threads    int           // goroutines that work on a layer
	layers     string        // regular expression of ids
	format     string        // Keras' data_format
	time       time.Duration // measured per layer
	peers      bool          // whether to run other implementations as well
	report     string        // directory to write a page to; "" is none
	json       string        // file to write; "" is none
	baseline   string        // file of earlier results; "" is none
	contention bool          // whether to measure layers in company instead
	kernels    bool          // whether to measure blocks of the kernels instead
	grid       bool          // whether to measure layers of odd sizes and few channels instead
	recompute  bool          // of training: that nothing is kept from Forward to Backward
	times      bool          // whether to tell how the time of each layer divides
	train      bool          // whether to measure steps of training instead
	models     bool          // whether to measure whole models instead
	stream     bool          // whether to measure streams instead
	markdown   bool          // whether to print the README's table
	readme     string        // file to put that table into; "" is none
	results    string        // file of results to use instead of measuring; "" is none

	longest int                      // steps of the longest signal of a report
	blocks  func(*kernel.Set) []grid // of kernels in a report; nil is none
	samples int64                    // of a layer, at least, that tell how its time divides
}

// check reports flags that cannot be, and returns the set of kernels.
func (o *options) check() (*kernel.Set, error) {
	if most := runtime.GOMAXPROCS(0); o.threads < 1 || o.threads > most {
		return nil, fmt.Errorf("-threads is %d; it must be from 1 to %d, which run at the same time (GOMAXPROCS)", o.threads, most)
	}
	if o.time <= 0 {
		return nil, fmt.Errorf("-time is %v; it must be more than 0", o.time)
	}
	if f := sepconv.DataFormat(o.format); f != sepconv.ChannelsLast && f != sepconv.ChannelsFirst {
		return nil, fmt.Errorf("-format is %q; it must be %q or %q", o.format, sepconv.ChannelsLast, sepconv.ChannelsFirst)
	}
	return dispatch.Pick(o.kernel)
}

// checkTimes reports what cannot be together with -times.
func (o *options) checkTimes() error {
	switch {
	case !o.times:
		return nil
	case o.contention:
		return errors.New("-times takes a layer that runs alone; -contention runs it in company")
	case o.markdown:
		return errors.New("-times adds to the plain table; -markdown prints another one")
	}
	return nil
}

// runKernels measures blocks of the kernels.
func (o *options) runKernels(w io.Writer) error {
	set, err := o.check()
	if err != nil {
		return err
	}
	if o.measuresLayers() {
		return errors.New("-kernels takes no other flags than -kernel and -time")
	}
	return printKernels(w, set, grids(set), o.time)
}

// runGrid measures layers of sizes that the suite does not have.
func (o *options) runGrid(w io.Writer) error {
	set, err := o.check()
	if err != nil {
		return err
	}
	if o.measuresLayers() {
		return errors.New("-grid takes no other flags than -kernel, -format and -time")
	}
	s := &sizer{kernel: set.Name, format: sepconv.DataFormat(o.format), budget: o.time}
	return s.run(w)
}

// selectLayers returns the layers whose ids the regular expression matches.
func selectLayers(layers []layer, expression string) ([]layer, error) {
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, fmt.Errorf("-layers: %w", err)
	}
	selected := slices.DeleteFunc(slices.Clone(layers), func(l layer) bool { return !re.MatchString(l.ID) })
	if len(selected) == 0 {
		return nil, fmt.Errorf("-layers is %q; it matches none of %d ids, the first of which is %q", expression, len(layers), layers[0].ID)
	}
	return selected, nil
}

// measuresLayers says whether a flag is given that only the run of the layers heeds.
func (o *options) measuresLayers() bool {
	files := o.report + o.json + o.baseline + o.layers + o.readme + o.results
	return files != "" || o.threads != 1 || o.peers || o.markdown || o.times
}

// setting returns what the flags say is to be measured.
func (o *options) setting() (*kernel.Set, *setting, error) {
	set, err := o.check()
	if err != nil {
		return nil, nil, err
	}
	s := &setting{format: sepconv.DataFormat(o.format), budget: o.time}
	if s.layers, err = readSuite(o.suite, s.format); err != nil {
		return nil, nil, err
	}
	s.layers, err = selectLayers(s.layers, o.layers)
	return set, s, err
}
