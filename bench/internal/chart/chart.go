// Package chart is the look of bench's charts, on gonum.org/v1/plot: a grid, a
// legend beside it and readable logarithmic axes, written as SVG.
package chart

import (
	"bytes"
	"image/color"
	"strings"

	"golang.org/x/image/font"
	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

const (
	width     = 11 * vg.Inch
	height    = 4.6 * vg.Inch
	textSize  = 11
	legendGap = 12

	// A viewer without the font takes another one, by so much wider at most.
	widerFont = 1.25
)

var (
	gridColor = color.Gray{210}
	textColor = color.Gray{40}
)

// A Point is one of a series, in the units of the axes.
type Point struct{ X, Y float64 }

// A Chart is a plot with its legend on the right. The first error is kept, for SVG
// to return.
type Chart struct {
	Height vg.Length

	plot    *plot.Plot
	x, y    axis
	legend  plot.Legend
	entries []string
	err     error
}

// New returns an empty chart. The axes' names say the units.
func New(x, y string) *Chart {
	c := &Chart{Height: height, plot: plot.New(), legend: plot.NewLegend()}
	sans := plotfont.Font{Typeface: "Liberation", Variant: "Sans", Size: textSize}
	bold := sans
	bold.Weight = font.WeightBold
	for _, axis := range []*plot.Axis{&c.plot.X, &c.plot.Y} {
		axis.Label.TextStyle.Font, axis.Tick.Label.Font = bold, sans
		axis.Label.TextStyle.Color, axis.Tick.Label.Color = textColor, textColor
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = textColor, textColor
		axis.Label.Padding, axis.Padding = 6, 6
	}
	c.plot.X.Label.Text, c.plot.Y.Label.Text = x, y
	c.x.axis, c.y.axis = &c.plot.X, &c.plot.Y
	c.legend.TextStyle.Font, c.legend.TextStyle.Color = sans, textColor
	c.legend.Top, c.legend.Left = true, true
	c.legend.Padding, c.legend.ThumbnailWidth = 3, 22
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = gridColor, gridColor
	c.plot.Add(grid)
	return c
}

// keep remembers the first error.
func (c *Chart) keep(err error) bool {
	if c.err == nil {
		c.err = err
	}
	return err == nil
}

// note adds an entry to the legend, unless it has no name.
func (c *Chart) note(name string, thumb plot.Thumbnailer) {
	if name != "" {
		c.legend.Add(name, thumb)
		c.entries = append(c.entries, name)
	}
}

// place returns points as the plot has them. Axes must have been made logarithmic
// before.
func (c *Chart) place(points []Point) plotter.XYs {
	list := make(plotter.XYs, len(points))
	for i, p := range points {
		list[i].X, list[i].Y = c.x.at(p.X), c.y.at(p.Y)
	}
	return list
}

// Dots draws points. A series without any is in the legend nevertheless.
func (c *Chart) Dots(name string, s Style, points []Point) {
	if len(points) > 0 {
		dots, err := plotter.NewScatter(c.place(points))
		if !c.keep(err) {
			return
		}
		dots.GlyphStyle = s.glyph()
		c.plot.Add(dots)
	}
	c.note(name, &plotter.Scatter{GlyphStyle: s.glyph()})
}

// Line draws a line through points, in the order they have.
func (c *Chart) Line(name string, s Style, points []Point) {
	line, err := plotter.NewLine(c.place(points))
	if !c.keep(err) {
		return
	}
	line.LineStyle = s.line()
	c.plot.Add(line)
	c.note(name, line)
}

// Bars draws one of several groups of bars, whose values stand at 0, 1, 2, ...
func (c *Chart) Bars(name string, s Style, group, groups int, values []float64) {
	bars := c.bars(s, groups, values)
	if bars == nil {
		return
	}
	bars.Offset = bars.Width * vg.Length(float64(group)-float64(groups-1)/2)
	c.plot.Add(bars)
	c.note(name, bars)
}

// bars returns bars of which so many are side by side, nil with an error.
func (c *Chart) bars(s Style, groups int, values []float64) *plotter.BarChart {
	space := (width - 3*vg.Inch) / vg.Length(len(values)) * 0.75
	bars, err := plotter.NewBarChart(plotter.Values(values), min(space/vg.Length(groups), 40))
	if !c.keep(err) {
		return nil
	}
	bars.Color, bars.LineStyle.Width = s.Color, 0
	return bars
}

// A Layer of stacked bars is one value of each.
type Layer struct {
	Name   string
	Style  Style
	Values []float64
}

// Stacks draws bars of layers, the first of which is at the bottom; the legend has
// them in the same order, from top to bottom. The bars stand at 0, 1, 2, ...
func (c *Chart) Stacks(layers []Layer) {
	var below *plotter.BarChart
	var drawn []*plotter.BarChart
	for _, l := range layers {
		bars := c.bars(l.Style, 1, l.Values)
		if bars == nil {
			return
		}
		if below != nil {
			bars.StackOn(below)
		}
		c.plot.Add(bars)
		drawn, below = append(drawn, bars), bars
	}
	for i := len(layers) - 1; i >= 0; i-- {
		c.note(layers[i].Name, drawn[i])
	}
}

// SVG returns the chart as a file.
func (c *Chart) SVG() ([]byte, error) {
	if c.err != nil {
		return nil, c.err
	}
	canvas := vgsvg.New(width, c.Height)
	all := draw.New(canvas)
	beside := vg.Length(0)
	for _, name := range c.entries {
		beside = max(beside, c.legend.TextStyle.Width(name)*widerFont)
	}
	if beside > 0 {
		beside += c.legend.ThumbnailWidth + 2*legendGap
		c.legend.Draw(draw.Crop(all, width-beside+legendGap, 0, 0, -legendGap))
	}
	c.plot.Draw(draw.Crop(all, 4, -beside, 4, -8))
	var file bytes.Buffer
	if _, err := canvas.WriteTo(&file); err != nil {
		return nil, err
	}
	const family = "font-family:Liberation Sans"
	return bytes.ReplaceAll(file.Bytes(), []byte(family+";"), []byte(family+",Arial,Helvetica,sans-serif;")), nil
}

// Inline returns an SVG file as an element of a page, as wide as there is room,
// which says what it shows to those who cannot see it.
func Inline(file []byte, label string) string {
	_, element, _ := strings.Cut(string(file), "<svg ")
	start, rest, _ := strings.Cut(element, ">")
	_, box, _ := strings.Cut(start, `viewBox="`)
	box, _, _ = strings.Cut(box, `"`)
	return `<svg viewBox="` + box + `" role="img" aria-label="` + escape(label) +
		`" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">` + rest
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}
