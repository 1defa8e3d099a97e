package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	dotRadius = 4
	lineWidth = 1.8
)

// A Style is how a series looks.
type Style struct {
	Color  color.Color
	Shape  draw.GlyphDrawer
	Width  vg.Length // of lines; 0 is the usual
	Dashed bool
}

func (s Style) glyph() draw.GlyphStyle {
	return draw.GlyphStyle{Color: s.Color, Shape: s.Shape, Radius: dotRadius}
}

func (s Style) line() draw.LineStyle {
	l := draw.LineStyle{Color: s.Color, Width: s.Width}
	if l.Width == 0 {
		l.Width = lineWidth
	}
	if s.Dashed {
		l.Dashes = []vg.Length{6, 4}
	}
	return l
}

// Looks of what is not a peer.
var (
	Ours  = Style{Color: color.RGBA{0, 90, 160, 255}, Shape: draw.CircleGlyph{}}
	Rare  = Style{Color: Ours.Color, Shape: strokes{0}}
	Black = Style{Color: color.Black, Shape: draw.CircleGlyph{}}
	Gray  = Style{Color: color.Gray{150}, Shape: draw.CircleGlyph{}, Width: 1}
	Ideal = Style{Color: color.Black, Shape: draw.CircleGlyph{}, Dashed: true}
)

// others are the colours of Okabe and Ito, which the colour-blind can tell apart,
// and darker ones; no two have the same shape.
var others = []Style{
	{Color: color.RGBA{213, 94, 0, 255}, Shape: outline{4, 1. / 8}},
	{Color: color.RGBA{213, 94, 0, 255}, Shape: polygon{4, 1. / 8}},
	{Color: color.RGBA{0, 158, 115, 255}, Shape: polygon{3, 1. / 4}},
	{Color: color.RGBA{204, 60, 120, 255}, Shape: polygon{4, 1. / 4}},
	{Color: color.RGBA{204, 60, 120, 255}, Shape: outline{4, 1. / 4}},
	{Color: color.RGBA{230, 159, 0, 255}, Shape: polygon{3, 3. / 4}},
	{Color: color.RGBA{120, 80, 200, 255}, Shape: outline{16, 0}},
	{Color: color.RGBA{140, 86, 75, 255}, Shape: strokes{1. / 8, 3. / 8}},
	{Color: color.RGBA{90, 110, 40, 255}, Shape: strokes{0, 1. / 4}},
	{Color: color.Gray{110}, Shape: outline{3, 1. / 4}},
}

// Other returns the look of the i-th of the others.
func Other(i int) Style { return others[i%len(others)] }

// polygon is a filled dot of equal sides, of which one corner is at a part of a
// turn from the right.
type polygon struct {
	corners int
	turn    float64
}

func (p polygon) path(s draw.GlyphStyle, at vg.Point) (path vg.Path) {
	for i := range p.corners {
		corner := at.Add(towards(p.turn+float64(i)/float64(p.corners), 1.25*s.Radius))
		if i == 0 {
			path.Move(corner)
		} else {
			path.Line(corner)
		}
	}
	path.Close()
	return path
}

// towards returns the vector of a length to a part of a turn from the right.
func towards(turn float64, length vg.Length) vg.Point {
	sin, cos := math.Sincos(2 * math.Pi * turn)
	return vg.Point{X: length * vg.Length(cos), Y: length * vg.Length(sin)}
}

// DrawGlyph implements draw.GlyphDrawer.
func (p polygon) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) { c.Fill(p.path(s, at)) }

// outline is a polygon that is not filled.
type outline polygon

// DrawGlyph implements draw.GlyphDrawer.
func (o outline) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	c.SetLineStyle(draw.LineStyle{Color: s.Color, Width: 1.3})
	c.Stroke(polygon(o).path(s, at))
}

// strokes are lines through the dot, at parts of a turn.
type strokes []float64

// DrawGlyph implements draw.GlyphDrawer.
func (turns strokes) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	for _, turn := range turns {
		half := towards(turn, 1.25*s.Radius)
		c.StrokeLine2(draw.LineStyle{Color: s.Color, Width: 1.6}, at.X-half.X, at.Y-half.Y, at.X+half.X, at.Y+half.Y)
	}
}
