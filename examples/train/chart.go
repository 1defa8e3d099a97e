package main

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// A chart of a run, as SVG: the loss above, the accuracy below, by epoch.
const (
	chartWidth  = 640
	panelHeight = 240
	panelGap    = 70
	left, right = 70, 20 // margins
	top         = 50
)

const (
	trainingColour   = "#1f77b4"
	validationColour = "#d95f02"
)

// panel is one of the two: a value on the vertical axis, from 0 to most.
type panel struct {
	title     string
	most      float64
	ticks     int
	format    string
	training  func(epoch) float64
	validated func(epoch) float64
}

// writeChart draws the epochs of a run.
func writeChart(w io.Writer, history []epoch) error {
	var s strings.Builder
	height := top + 2*panelHeight + 2*panelGap
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" fill="#222">`+"\n", chartWidth, height)
	s.WriteString(`<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	legend(&s, left, "training, augmented", trainingColour, "")
	legend(&s, left+200, "kept-out voices", validationColour, dashes)
	for i, p := range panels(history) {
		p.draw(&s, top+i*(panelHeight+panelGap), history)
	}
	s.WriteString("</svg>\n")
	_, err := io.WriteString(w, s.String())
	return err
}

// panels returns the two, the loss' as high as its curves.
func panels(history []epoch) []panel {
	loss, accuracy := func(e epoch) float64 { return e.Loss }, func(e epoch) float64 { return 100 * e.Accuracy }
	lossThere, accuracyThere := func(e epoch) float64 { return e.ValidationLoss }, func(e epoch) float64 { return 100 * e.ValidationAccuracy }
	most := 0.0
	for _, e := range history {
		for _, v := range []float64{e.Loss, e.ValidationLoss} {
			if v > most { // NaN is not
				most = v
			}
		}
	}
	return []panel{
		{"loss (cross-entropy)", 5 * tick(most/5), 5, "%.3g", loss, lossThere},
		{"accuracy, %", 100, 5, "%.0f", accuracy, accuracyThere},
	}
}

// tick returns the least of 0.1, 0.2, 0.5, 1, 2, ... 500 that is not below x, or 500.
func tick(x float64) float64 {
	for power := 0.1; power < 1000; power *= 10 {
		for _, n := range []float64{1, 2, 5} {
			if n*power >= x {
				return n * power
			}
		}
	}
	return 500
}

const dashes = ` stroke-dasharray="6 3"`

func legend(s *strings.Builder, x int, text, colour, style string) {
	fmt.Fprintf(s, `<line x1="%d" y1="24" x2="%d" y2="24" stroke="%s" stroke-width="2"%s/><text x="%d" y="28">%s</text>`+"\n", x, x+30, colour, style, x+38, text)
}

// draw draws the panel whose upper edge is at y.
func (p *panel) draw(s *strings.Builder, y int, history []epoch) {
	for i := range p.ticks + 1 {
		at := y + panelHeight - panelHeight*i/p.ticks
		fmt.Fprintf(s, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#ddd"/>`, left, at, chartWidth-right, at)
		fmt.Fprintf(s, `<text x="%d" y="%d" text-anchor="end">`+p.format+"</text>\n", left-8, at+4, p.most*float64(i)/float64(p.ticks))
	}
	every := (len(history) + 9) / 10 // at most ten numbers
	for i := range history {
		if (i+1)%every == 0 || i == 0 {
			fmt.Fprintf(s, `<text x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n", across(i, len(history)), y+panelHeight+18, i+1)
		}
	}
	fmt.Fprintf(s, `<text x="%d" y="%d" text-anchor="middle">epoch</text>`, (left+chartWidth-right)/2, y+panelHeight+38)
	fmt.Fprintf(s, `<text transform="translate(20 %d) rotate(-90)" text-anchor="middle">%s</text>`+"\n", y+panelHeight/2, p.title)
	p.curve(s, y, history, p.training, trainingColour, "")
	p.curve(s, y, history, p.validated, validationColour, dashes)
}

// curve draws a value of each epoch.
func (p *panel) curve(s *strings.Builder, y int, history []epoch, value func(epoch) float64, colour, style string) {
	fmt.Fprintf(s, `<polyline fill="none" stroke="%s" stroke-width="2"%s points="`, colour, style)
	for i, e := range history {
		v := value(e)
		if math.IsNaN(v) {
			continue
		}
		fmt.Fprintf(s, "%.1f,%.1f ", across(i, len(history)), float64(y)+panelHeight*(1-min(v/p.most, 1)))
	}
	s.WriteString(`"/>` + "\n")
}

// across returns where an epoch of n stands.
func across(i, n int) float64 {
	return left + float64(chartWidth-left-right)*float64(i+1)/float64(n)
}
