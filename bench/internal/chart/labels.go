package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Labels writes a text beside each point, where it covers neither a point nor
// another text.
func (c *Chart) Labels(points []Point, texts []string) {
	style := c.plot.X.Tick.Label
	style.Color = color.Black
	style.XAlign, style.YAlign = text.XCenter, text.YCenter
	c.plot.Add(&labels{c.place(points), texts, style})
}

// labels is a plot.Plotter.
type labels struct {
	points plotter.XYs
	texts  []string
	style  text.Style
}

// Distances from the dot at which a text is tried, and in how many directions.
// From the second distance on a thin line leads to the dot.
var (
	distances  = []vg.Length{1, 9, 18, 28, 40}
	directions = 16
)

// Plot draws the texts in turn, each at the first place that is free.
func (l *labels) Plot(canvas draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&canvas)
	var taken []vg.Rectangle
	at := make([]vg.Point, len(l.points))
	for i, point := range l.points {
		at[i] = vg.Point{X: x(point.X), Y: y(point.Y)}
		taken = append(taken, around(at[i], 2*dotRadius, 2*dotRadius))
	}
	for i, name := range l.texts {
		w, h := l.style.Width(name)*widerFont, l.style.Height(name)
		place, far := free(at[i], w, h, canvas.Rectangle, taken)
		if far {
			line := draw.LineStyle{Color: color.Gray{150}, Width: 0.5}
			canvas.StrokeLine2(line, at[i].X, at[i].Y, place.X, place.Y)
		}
		canvas.FillText(l.style, place, name)
		taken = append(taken, around(place, w, h))
	}
}

// free returns the centre of the nearest place for a text that covers nothing, or
// the farthest one if there is none, and whether it is not next to the dot.
func free(dot vg.Point, w, h vg.Length, within vg.Rectangle, taken []vg.Rectangle) (place vg.Point, far bool) {
	for i, distance := range distances {
		for k := range directions {
			angle := 2 * math.Pi * float64(k) / float64(directions)
			place = vg.Point{
				X: dot.X + vg.Length(math.Cos(angle))*(dotRadius+distance+w/2),
				Y: dot.Y + vg.Length(math.Sin(angle))*(dotRadius+distance+h/2),
			}
			if box := around(place, w, h); inside(box, within) && !overlapsAny(box, taken) {
				return place, i > 0
			}
		}
	}
	return place, true
}

func around(centre vg.Point, w, h vg.Length) vg.Rectangle {
	half := vg.Point{X: w / 2, Y: h / 2}
	return vg.Rectangle{Min: centre.Sub(half), Max: centre.Add(half)}
}

func inside(box, within vg.Rectangle) bool {
	return box.Min.X >= within.Min.X && box.Max.X <= within.Max.X && box.Min.Y >= within.Min.Y && box.Max.Y <= within.Max.Y
}

func overlapsAny(box vg.Rectangle, taken []vg.Rectangle) bool {
	for _, t := range taken {
		if box.Min.X < t.Max.X && t.Min.X < box.Max.X && box.Min.Y < t.Max.Y && t.Min.Y < box.Max.Y {
			return true
		}
	}
	return false
}
