package main

import (
	"fmt"
	"html/template"

	"github.com/sepconv/go/bench/internal/chart"
)

// A figure is a chart of the page with what it says, or only a sentence where
// there is nothing to show.
type figure struct {
	ID, Title string
	Text      string
	SVG       template.HTML
}

// figures draws everything there is in results.
func figures(r *results) ([]figure, error) {
	var list []figure
	for _, draw := range []func(*results) (*chart.Chart, figure){
		roofline, speedup, speedupAll, shares, times, lengths, threads, latencies, memories,
	} {
		c, f := draw(r)
		if c != nil {
			file, err := c.SVG()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.Title, err)
			}
			f.SVG = template.HTML(chart.Inline(file, f.Title))
		}
		if f.Title != "" {
			list = append(list, f)
		}
	}
	return list, nil
}
