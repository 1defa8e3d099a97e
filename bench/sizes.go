package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/sepconv/go/sepconv"
)

// A comparison is how long one layer takes, as a multiple of another.
type comparison struct {
	layer layer
	ratio float64
}

// oddLayers returns layers of random sizes, the same always.
func oddLayers(n int) []layer {
	rng := rand.New(rand.NewPCG(1, 2))
	var all []layer
	for range n {
		all = append(all, layer{
			Batch: 1, Steps: 100 + rng.IntN(900), Channels: 1 + rng.IntN(110), Filters: 1 + rng.IntN(110),
			Kernel: []int{3, 5, 9, 16, 31}[rng.IntN(5)], Stride: 1, Dilation: 1, Multiplier: 1, Padding: "same", Activation: "relu",
		})
	}
	return all
}

// roundedUp is the layer with channels and filters rounded up to a multiple of 16.
func (l layer) roundedUp() layer {
	up := func(n int) int { return (n + 15) / 16 * 16 }
	l.Channels, l.Filters = up(l.Channels), up(l.Filters)
	return l
}

func (l layer) sizes() string {
	return fmt.Sprintf("%d steps, %d channels, kernel %d, stride %d, multiplier %d, %d filters", l.Steps, l.Channels, l.Kernel, l.Stride, l.Multiplier, l.Filters)
}

// A sizer measures layers of sizes that the suite does not have.
type sizer struct {
	kernel string
	format sepconv.DataFormat
	budget time.Duration // for each layer
}

// runSizes prints what odd sizes cost, and few channels.
func (s *sizer) run(w io.Writer) error {
	fmt.Fprintf(w, "%s, kernel %s, %s, one thread\n\n", cpuName(), s.kernel, s.format)
	var odd []comparison
	for _, l := range oddLayers(120) {
		ratio, err := s.ratio(l, l.roundedUp())
		if err != nil {
			return err
		}
		odd = append(odd, comparison{l, ratio})
	}
	printRatios(w, "120 layers of random sizes: time by that of channels and filters rounded up to 16", odd)

	var filters []comparison
	for n := 1; n <= 48; n++ {
		l := layer{Batch: 1, Steps: 500, Channels: 64, Filters: n, Kernel: 9, Stride: 1, Dilation: 1, Multiplier: 1, Padding: "same", Activation: "relu"}
		ratio, err := s.ratio(l, l.roundedUp())
		if err != nil {
			return err
		}
		filters = append(filters, comparison{l, ratio})
	}
	printRatios(w, "1 to 48 filters of 64 channels: time by that of filters rounded up to 16", filters)
	return s.fewChannels(w)
}

// printRatios prints the distribution of ratios and the worst layers.
func printRatios(w io.Writer, title string, all []comparison) {
	slices.SortFunc(all, func(a, b comparison) int {
		if a.ratio > b.ratio {
			return -1
		}
		return 1
	})
	var ratios []float64
	for _, c := range all {
		ratios = append(ratios, c.ratio)
	}
	fmt.Fprintf(w, "%s:\nmedian %.2f, 95 of 100 within %.2f, most %.2f\n", title, quantile(ratios, 0.5), quantile(ratios, 0.95), ratios[0])
	for _, c := range all[:min(5, len(all))] {
		fmt.Fprintf(w, "  %.2f  %s\n", c.ratio, c.layer.sizes())
	}
	fmt.Fprintln(w)
}

// fewChannels prints the rate of layers of 1 to 32 channels, as a share of what the
// same layer of 64 channels reaches.
func (s *sizer) fewChannels(w io.Writer) error {
	fmt.Fprintln(w, "few channels, 64 filters: rate by that of 64 channels, the least and the geometric mean over kernels of 2, 5, 9, 17 and 33 taps:")
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	channels := []int{1, 2, 4, 8, 16, 32}
	fmt.Fprint(out, "stride\tmultiplier\t")
	for _, c := range channels {
		fmt.Fprintf(out, "%d\t\t", c)
	}
	fmt.Fprintln(out)
	for stride := 1; stride <= 4; stride++ {
		for multiplier := 1; multiplier <= 4; multiplier++ {
			fmt.Fprintf(out, "%d\t%d\t", stride, multiplier)
			for _, c := range channels {
				shares, err := s.shares(stride, multiplier, c)
				if err != nil {
					return err
				}
				fmt.Fprintf(out, "%.2f\t%.2f\t", slices.Min(shares), geomean(shares))
			}
			fmt.Fprintln(out)
		}
	}
	return out.Flush()
}

// shares measures layers of so many channels beside the same of 64, for each kernel.
func (s *sizer) shares(stride, multiplier, channels int) ([]float64, error) {
	var shares []float64
	for _, taps := range []int{2, 5, 9, 17, 33} {
		few := layer{Batch: 1, Steps: 1000, Channels: channels, Filters: 64, Kernel: taps, Stride: stride, Dilation: 1, Multiplier: multiplier, Padding: "same", Activation: "relu"}
		many := few
		many.Channels = 64
		ratio, err := s.ratio(few, many)
		if err != nil {
			return nil, err
		}
		shares = append(shares, few.flops()/many.flops()/ratio)
	}
	return shares, nil
}

// ratio returns how much longer a takes than b: the median of rounds in which they
// take turns.
func (s *sizer) ratio(a, b layer) (float64, error) {
	const rounds = 5
	one, err := newWorkload(a, s.kernel, s.format, 1)
	if err != nil {
		return 0, fmt.Errorf("layer of %s: %w", a.sizes(), err)
	}
	other, err := newWorkload(b, s.kernel, s.format, 1)
	if err != nil {
		return 0, fmt.Errorf("layer of %s: %w", b.sizes(), err)
	}
	var ratios []float64
	for range rounds {
		x, err := one.perRun(s.budget / rounds)
		if err != nil {
			return 0, err
		}
		y, err := other.perRun(s.budget / rounds)
		if err != nil {
			return 0, err
		}
		ratios = append(ratios, x/y)
	}
	return quantile(ratios, 0.5), nil
}

// perRun returns the seconds that a run takes, of runs for about the given time.
func (w *workload) perRun(budget time.Duration) (float64, error) {
	for runs := 1; ; runs *= 2 {
		start := time.Now()
		for range runs {
			if err := w.run(); err != nil {
				return 0, err
			}
		}
		if took := time.Since(start); took >= budget/2 {
			return took.Seconds() / float64(runs), nil
		}
	}
}
