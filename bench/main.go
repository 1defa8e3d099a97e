// Bench runs the layers of real models, suite.json, and prints how fast each is
// and what share that is of the fused multiply-adds that the CPU could do in the
// same time.
//
//	go -C bench run . [-layers REGEXP] [-kernel NAME] [-threads N] [-format FORMAT] [-time 300ms] [-suite FILE] [-json FILE]
//
// The same layers are Go benchmarks, for every set of kernels that the CPU can
// run:
//
//	go -C bench test -bench .
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"
	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/sepconv"
)

// options are the command's flags.
type options struct {
	suite   string        // file; "" is the one that is built in
	kernel  string        // name of a set; "" is the best
	threads int           // goroutines that work on a layer
	layers  string        // regular expression of ids
	format  string        // Keras' data_format
	time    time.Duration // measured per layer
	json    string        // file to write; "" is none
	peers   bool          // whether to run other implementations as well
}

func main() {
	var o options
	flag.StringVar(&o.suite, "suite", "", "`file` with the layers (default the suite that is built in)")
	flag.StringVar(&o.kernel, "kernel", "", "set of kernels: "+strings.Join(sepconv.Kernels(), ", ")+" (default the first)")
	flag.IntVar(&o.threads, "threads", 1, "number of threads")
	flag.StringVar(&o.layers, "layers", "", "`regexp` of the ids of the layers to run, all by default")
	flag.StringVar(&o.format, "format", string(sepconv.ChannelsLast), "data format: channels_last or channels_first")
	flag.DurationVar(&o.time, "time", 300*time.Millisecond, "time to measure each layer for")
	flag.StringVar(&o.json, "json", "", "`file` to write the results to as JSON")
	flag.BoolVar(&o.peers, "peers", false, "run other implementations as well, those that peers/setup has installed and those in Go")
	flag.Parse()
	err := fmt.Errorf("unexpected argument %q", flag.Arg(0))
	if flag.NArg() == 0 {
		err = run(os.Stdout, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures the layers, printing each as it is done.
func run(w io.Writer, o options) error {
	set, err := o.check()
	if err != nil {
		return err
	}
	format := sepconv.DataFormat(o.format)
	layers, err := readSuite(o.suite, format)
	if err != nil {
		return err
	}
	if layers, err = selectLayers(layers, o.layers); err != nil {
		return err
	}
	r := report{CPU: cpuName(), Kernel: set.Name, Threads: o.threads, Format: o.format, Go: runtime.Version()}
	var f *field
	if o.peers {
		if f, err = gather(o.threads); err != nil {
			return err
		}
		defer f.close()
		r.begin(f)
	}
	t := newTable(w, layers)
	t.header(&r)
	m := newMeter(set, o.threads)
	for _, l := range layers {
		work, err := newWorkload(l, set.Name, format, o.threads)
		if err != nil {
			return fmt.Errorf("layer %q: %w", l.ID, err)
		}
		others, err := f.prepareAll(work)
		if err != nil {
			return fmt.Errorf("layer %q: %w", l.ID, err)
		}
		result, err := measure(work, m, o.time, others...)
		if err != nil {
			return fmt.Errorf("layer %q: %w", l.ID, err)
		}
		t.row(l, result, others)
		r.Layers = append(r.Layers, result)
		r.add(others)
	}
	r.summarize(layers, m)
	t.footer(&r)
	if t.err != nil || o.json == "" {
		return t.err
	}
	return r.write(o.json)
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

// cpuName returns what the CPU calls itself, or else its architecture.
func cpuName() string {
	if name := strings.TrimSpace(cpuid.CPU.BrandName); name != "" {
		return name
	}
	return runtime.GOARCH
}
