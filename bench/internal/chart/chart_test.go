package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// wellFormed reads XML to its end and returns how often each element is there.
func wellFormed(t *testing.T, file []byte) map[string]int {
	elements := map[string]int{}
	for d := xml.NewDecoder(bytes.NewReader(file)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return elements
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			elements[start.Name.Local]++
		}
	}
}

func TestSVG(t *testing.T) {
	c := New("steps <&>", `"µs"`)
	c.LogX(1, 1000)
	c.LogY(0.1, 10)
	c.Line("line", Black, []Point{{1, 0.1}, {1000, 10}})
	c.Dots("dots & more", Other(0), []Point{{10, 1}, {100, 5}})
	c.Dots("none", Other(1), nil)
	c.Labels([]Point{{10, 1}}, []string{"<here>"})
	file, err := c.SVG()
	require.NoError(t, err)
	require.Equal(t, 1, wellFormed(t, file)["svg"])
	for _, text := range []string{"dots &amp; more", "none", "&lt;here&gt;", "steps &lt;&amp;&gt;", "µs", ">0.2<", ">500<"} {
		require.Contains(t, string(file), text)
	}
	require.NotContains(t, string(file), "font-family:Liberation Sans;", "another font is named as well")
}

func TestInline(t *testing.T) {
	c := New("x", "y")
	c.Names([]string{"a", "b"})
	c.Bars("bars", Ours, 0, 1, []float64{50, 70})
	c.Percent(100)
	file, err := c.SVG()
	require.NoError(t, err)
	element := Inline(file, `a "b" <c> & d`)
	require.True(t, strings.HasPrefix(element, "<svg "), "no declaration")
	require.Contains(t, element, `aria-label="a &quot;b&quot; &lt;c&gt; &amp; d"`)
	require.Contains(t, element, `viewBox="0 0 `)
	require.NotContains(t, strings.SplitN(element, ">", 2)[0], " width=", "the page says how wide")
	require.Positive(t, wellFormed(t, []byte(element))["path"])
}

// Layers stand upon each other, and the legend begins with the one at the top.
func TestStacks(t *testing.T) {
	c := New("x", "y")
	c.Names([]string{"a", "b"})
	c.Stacks([]Layer{{"bottom", Ours, []float64{50, 70}}, {"top", Gray, []float64{30, 0}}})
	require.Equal(t, []string{"top", "bottom"}, c.entries)
	require.Equal(t, 80.0, c.plot.Y.Max)
	file, err := c.SVG()
	require.NoError(t, err)
	require.Less(t, strings.Index(string(file), "top"), strings.Index(string(file), "bottom"))
}

// An error of a series is that of the chart.
func TestBadValues(t *testing.T) {
	for name, draw := range map[string]func(*Chart){
		"NaN":        func(c *Chart) { c.Dots("", Black, []Point{{1, math.NaN()}}) },
		"infinity":   func(c *Chart) { c.Bars("", Black, 0, 1, []float64{math.Inf(1)}) },
		"of a stack": func(c *Chart) { c.Stacks([]Layer{{"", Black, []float64{1}}, {"", Black, []float64{math.NaN()}}}) },
		"log of < 0": func(c *Chart) { c.LogY(1, 10); c.Dots("", Black, []Point{{1, -1}}) },
	} {
		c := New("x", "y")
		draw(c)
		_, err := c.SVG()
		require.Error(t, err, name)
	}
}

// labelled are the labels of marks.
func labelled(ticks []plot.Tick) (labels []string) {
	for _, t := range ticks {
		if t.Label != "" {
			labels = append(labels, t.Label)
		}
	}
	return labels
}

func TestMarks(t *testing.T) {
	require.Equal(t, []string{"0.5", "1", "2", "5", "10", "20"}, labelled(decimal(0.5, 30)))
	require.Equal(t, []string{"0.01", "0.1", "1", "10", "100", "1000", "10k", "100k", "1M"}, labelled(decimal(0.01, 1e6)))
	require.Len(t, decimal(1, 10), 10)

	c := New("x", "y")
	c.PowersOfTwo(16, 1<<20, 2)
	ticks := c.plot.X.Tick.Marker.Ticks(c.plot.X.Min, c.plot.X.Max)
	require.Len(t, ticks, 17)
	require.InDelta(t, math.Log10(16), ticks[0].Value, 1e-12)
	require.Equal(t, []string{"16", "64", "256", "1024", "4096", "16 Ki", "64 Ki", "256 Ki", "1 Mi"}, labelled(ticks))

	c.Percent(104)
	require.Equal(t, []string{"0 %", "20 %", "40 %", "60 %", "80 %", "100 %"}, labelled(c.plot.Y.Tick.Marker.Ticks(0, 104)))
}

// Labels of a crowd of points cover neither each other nor a point.
func TestLabelsAreApart(t *testing.T) {
	canvas := vg.Rectangle{Max: vg.Point{X: 300, Y: 300}}
	var taken []vg.Rectangle
	var dots []vg.Point
	for i := range 12 {
		dot := vg.Point{X: 150 + vg.Length(i%4), Y: 150 + 5*vg.Length(i/4)}
		dots = append(dots, dot)
		taken = append(taken, around(dot, 2*dotRadius, 2*dotRadius))
	}
	led := 0
	for _, dot := range dots {
		place, far := free(dot, 14, 10, canvas, taken)
		box := around(place, 14, 10)
		require.False(t, overlapsAny(box, taken))
		require.True(t, inside(box, canvas))
		taken = append(taken, box)
		if far {
			led++
		}
	}
	require.Positive(t, led)
	require.Less(t, led, len(dots))
}

// At the edge there is room on one side only.
func TestLabelsStayInside(t *testing.T) {
	canvas := vg.Rectangle{Max: vg.Point{X: 100, Y: 100}}
	place, far := free(vg.Point{X: 100, Y: 50}, 20, 10, canvas, nil)
	require.False(t, far)
	require.True(t, inside(around(place, 20, 10), canvas))
}

func TestStylesDiffer(t *testing.T) {
	seen := map[Style]bool{}
	for i := range others {
		s := Other(i)
		s.Color = nil
		if turns, ok := s.Shape.(strokes); ok {
			s.Shape = outline{len(turns), turns[0]} // slices cannot be compared
		}
		require.False(t, seen[s], "the shape of %d is another's", i)
		seen[s] = true
	}
	require.Equal(t, Other(0), Other(len(others)))
}
