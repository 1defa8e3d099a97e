package main

import (
	"fmt"

	"github.com/sepconv/go/bench/internal/chart"
)

// partStyles tell the parts apart.
var partStyles = [parts]chart.Style{
	partDepthwise: chart.Other(5), partPointwise: chart.Ours, partActivation: chart.Other(2), partCopies: chart.Other(0), partRest: chart.Gray,
}

// times shows how the time of each layer divides.
func times(r *results) (*chart.Chart, figure) {
	f := figure{ID: "times", Title: "Where the time of each layer goes"}
	if len(r.Times) == 0 {
		f.Text = "These results do not tell it: they are of an earlier version."
		return nil, f
	}
	f.Text = fmt.Sprintf("Of the processor time of a run with %s and %s, by samples of Go's CPU profile: the kernels of the two convolutions, of which the "+
		"pointwise ones apply relu as well; those of other activations; copies of inputs that cannot be read where they are; and the rest, Go that calls the "+
		"kernels and shares the work among threads.", r.Kernel, count(r.Threads, "thread"))
	layers := make([]chart.Layer, parts)
	var names []string
	for _, d := range r.Times {
		names = append(names, d.ID)
		for i, p := range d.Parts {
			layers[i].Values = append(layers[i].Values, 100*p.Share)
		}
	}
	for i := range layers {
		layers[i].Name, layers[i].Style = partNames[i], partStyles[i]
	}
	c := chart.New("layer", "share of the time")
	c.Names(names)
	c.Stacks(layers)
	c.Percent(100)
	return c, f
}
