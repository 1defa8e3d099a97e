// Bench runs the layers of real models, suite.json, and prints how fast each is
// and what share that is of the fused multiply-adds that the CPU could do in the
// same time.
//
//	go -C bench run . [-layers REGEXP] [-kernel NAME] [-threads N] [-format FORMAT] [-time 300ms] [-suite FILE] [-json FILE]
//
// With -peers other implementations run beside ours, with -report it writes a page
// of charts, with -baseline it tells what has moved since an earlier run. Instead
// of measuring it takes a file that -json or -report has written:
//
//	go -C bench run . -peers -report out/
//	go -C bench run . -baseline old.json
//	go -C bench run . -markdown out/results.json
//
// With -times it tells as well how the time of each layer divides: among the two
// convolutions, the activation, copies, and the rest:
//
//	go -C bench run . -times [-layers REGEXP] [-kernel NAME] [-threads N] [-format FORMAT] [-time 20s]
//
// With -train it measures steps of training instead, forward and backward, beside
// those of other libraries with -peers:
//
//	go -C bench run . -train [-peers] [-layers REGEXP] [-kernel NAME] [-threads N] [-format FORMAT] [-time 300ms] [-json FILE]
//
// With -times, too, it tells how the time of a step divides, and with -recompute nothing
// is kept from Forward to Backward:
//
//	go -C bench run . -train -times [-recompute] [-layers REGEXP] [-kernel NAME] [-threads N] [-format FORMAT] [-time 20s]
//
// With -models it measures whole models instead; -layers is of their ids, and with -times
// it tells how the time of each divides by kind of layer:
//
//	go -C bench run . -models [-peers] [-times] [-layers REGEXP] [-kernel NAME] [-threads N] [-time 300ms] [-json FILE] [-readme FILE] [-report DIR]
//
// With -stream it measures pushes to streams of layers and of a model instead, beside peers
// that are called for each chunk; -layers is of their ids:
//
//	go -C bench run . -stream [-peers] [-layers REGEXP] [-kernel NAME] [-threads N] [-time 300ms] [-json FILE] [-readme FILE] [-report DIR]
//
// With -contention it measures layers in company: beside busy goroutines, with
// pauses between runs, and with GOMAXPROCS above the processors there are.
//
// With -kernels it measures the kernels alone, on blocks of many shapes:
//
//	go -C bench run . -kernels [-kernel NAME] [-time 10ms]
//
// With -grid it measures layers of sizes that the suite does not have: what odd
// numbers of channels and filters cost, and few channels:
//
//	go -C bench run . -grid [-kernel NAME] [-format FORMAT] [-time 10ms]
//
// The same layers are Go benchmarks, for every set of kernels that the CPU can
// run:
//
//	go -C bench test -bench .
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/sepconv"
)

func main() {
	o := options{longest: 1 << 20, blocks: grids, samples: 500}
	flag.StringVar(&o.suite, "suite", "", "`file` with the layers (default the suite that is built in)")
	flag.StringVar(&o.kernel, "kernel", "", "set of kernels: "+strings.Join(sepconv.Kernels(), ", ")+" (default the first)")
	flag.IntVar(&o.threads, "threads", 1, "number of threads")
	flag.StringVar(&o.layers, "layers", "", "`regexp` of the ids of the layers to run, all by default")
	flag.StringVar(&o.format, "format", string(sepconv.ChannelsLast), "data format: channels_last or channels_first")
	flag.DurationVar(&o.time, "time", 300*time.Millisecond, "time to measure each layer for")
	flag.BoolVar(&o.peers, "peers", false, "run other implementations as well: those in Go, and those that peers/setup has installed")
	flag.StringVar(&o.report, "report", "", "`directory` to write index.html to, a page with charts, and results.json; measures more than a table needs")
	flag.StringVar(&o.json, "json", "", "`file` to write the results to as JSON")
	flag.BoolVar(&o.kernels, "kernels", false, "measure single blocks of the kernels instead of layers, on one thread, each for -time")
	flag.StringVar(&o.baseline, "baseline", "", "`file` of earlier results: print what has moved beyond the noise since")
	flag.BoolVar(&o.grid, "grid", false, "measure layers of odd sizes and of few channels instead, on one thread, each for -time")
	flag.BoolVar(&o.times, "times", false, "print as well how the time of each layer divides, from samples of -time and at least five seconds of a processor")
	flag.BoolVar(&o.contention, "contention", false, "measure the layers beside busy goroutines, with pauses and with other GOMAXPROCS, on one thread and on all, instead")
	flag.BoolVar(&o.train, "train", false, "measure a step of training of each layer instead, in batches of 16 and 128 where signals are short")
	flag.BoolVar(&o.models, "models", false, "measure whole models instead; -json and -report keep those of other models that are there already")
	flag.BoolVar(&o.stream, "stream", false, "measure pushes to streams of layers and of a model instead; -report keeps the page that is there already")
	flag.BoolVar(&o.recompute, "recompute", false, "with -train, keep nothing from Forward to Backward, but compute it again")
	flag.BoolVar(&o.markdown, "markdown", false, "print the README's speed table instead of the plain one")
	flag.StringVar(&o.readme, "readme", "", "`file` to put that table into, between its two comments, and its picture into "+pictureFile)
	flag.Usage = usage
	clearWhenEnded()
	flag.Parse()
	o.results = flag.Arg(0)
	err := fmt.Errorf("unexpected argument %q", flag.Arg(1))
	if flag.NArg() <= 1 {
		err = run(os.Stdout, os.Stderr, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintf(flag.CommandLine.Output(), "usage: bench [flags] [results.json]\n\n"+
		"Measures the layers of a suite, or takes what an earlier run has written.\n\n")
	flag.PrintDefaults()
}

// run gets the results and shows them in the ways that are asked for. What it is
// given to read is read before any time is spent.
func run(w, bar io.Writer, o options) error {
	if err := o.checkTimes(); err != nil {
		return err
	}
	switch {
	case o.contention:
		return o.measureContention(w)
	case o.stream:
		return o.runStream(w)
	case o.models:
		return o.runModels(w)
	case o.train:
		return o.runTraining(w)
	case o.kernels:
		return o.runKernels(w)
	case o.grid:
		return o.runGrid(w)
	}
	return o.runLayers(w, bar)
}

// runLayers is run for layers, which are measured if no other flag says what is.
func (o *options) runLayers(w, bar io.Writer) error {
	var old *results
	var place *readme
	var err error
	if o.baseline != "" {
		if old, err = readResults(o.baseline); err != nil {
			return err
		}
	}
	if o.readme != "" {
		if place, err = readReadme(o.readme); err != nil {
			return err
		}
	}
	r, err := o.get(w, bar)
	if err != nil {
		return err
	}
	if o.json != "" {
		if err := r.write(o.json); err != nil {
			return err
		}
	}
	if o.report != "" {
		if err := writePage(o.report, r); err != nil {
			return err
		}
		fmt.Fprintln(bar, filepath.Join(o.report, pageFile))
	}
	if place != nil {
		if err := place.write(r); err != nil {
			return err
		}
	}
	if o.markdown {
		if _, err := io.WriteString(w, markdown(r)); err != nil {
			return err
		}
	}
	if old != nil {
		return printMoves(w, old, r)
	}
	return nil
}

// get reads the results or measures them. It prints the table, unless that shall
// be in markdown: each layer as it is done or, if there is a progress bar, all at
// the end.
func (o *options) get(w, bar io.Writer) (*results, error) {
	t := &table{w: w}
	if o.markdown {
		t.w = io.Discard
	}
	if o.results != "" {
		r, err := readResults(o.results)
		if err != nil {
			return nil, err
		}
		if o.report != "" && r.Studies == nil {
			return nil, fmt.Errorf("%s has only a table; a page needs what -report measures", o.results)
		}
		if o.times && len(r.Times) == 0 {
			return nil, fmt.Errorf("%s does not tell how the times divide; -times and -report measure that", o.results)
		}
		if o.baseline == "" && o.readme == "" && o.report == "" {
			t.all(r)
		}
		if o.times {
			t.times(r)
		}
		return r, t.err
	}
	set, s, err := o.setting()
	if err != nil {
		return nil, err
	}
	r := &results{CPU: cpuName(), Core: thisCore(), Go: runtime.Version(), Peers: []peerResults{}}
	if o.report == "" {
		err := o.measure(r, s, set, t)
		if err == nil && o.times {
			err = o.divide(r, s, set, t)
		}
		return r, cmp.Or(err, t.err)
	}
	if err := os.MkdirAll(o.report, 0o777); err != nil {
		return nil, err
	}
	a := newAgenda(s, set, o)
	s.bar = newProgress(bar, a.steps())
	if err := o.measure(r, s, set, &table{w: io.Discard}); err != nil {
		return nil, err
	}
	if err := a.run(r); err != nil {
		return nil, err
	}
	s.bar.done()
	t.all(r)
	if o.times {
		t.times(r)
	}
	return r, t.err
}

// measure makes the pass that the flags ask for.
func (o *options) measure(r *results, s *setting, set *kernel.Set, t *table) error {
	f, err := gather(o.peers, o.threads)
	if err != nil {
		return err
	}
	defer f.close()
	r.pass = pass{Kernel: set.Name, Threads: o.threads, Format: o.format}
	r.Missing = f.missing
	t.fit(s.layers)
	t.header(r, f.results)
	p, err := s.pass(entry{set: set, threads: o.threads, layers: s.layers}, f, t.row)
	if err != nil {
		return err
	}
	r.pass = *p
	r.Peers = append(r.Peers, f.results...)
	t.footer(r)
	return nil
}

// divide tells how the time of each layer divides, as it is found out.
func (o *options) divide(r *results, s *setting, set *kernel.Set, t *table) (err error) {
	d := &divider{s, set, o.threads, o.samples}
	t.timesHeader(r)
	r.Times, err = d.all(t.division)
	t.timesFooter(r)
	return err
}
