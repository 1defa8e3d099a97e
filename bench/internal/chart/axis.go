package chart

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// An axis of a chart. A logarithmic one is that of the logarithms, with marks that
// say the values.
type axis struct {
	axis *plot.Axis
	log  bool
}

// at returns where the plot has a value.
func (a *axis) at(v float64) float64 {
	if a.log {
		return math.Log10(v)
	}
	return v
}

// span sets the range.
func (a *axis) span(low, high float64) { a.axis.Min, a.axis.Max = a.at(low), a.at(high) }

// marks sets the marks, by a function that returns those in a range of values.
func (a *axis) marks(in func(low, high float64) []plot.Tick) {
	a.axis.Tick.Marker = plot.TickerFunc(func(low, high float64) []plot.Tick {
		if a.log {
			low, high = math.Pow(10, low), math.Pow(10, high)
		}
		ticks := in(low*(1-1e-9), high*(1+1e-9))
		for i := range ticks {
			ticks[i].Value = a.at(ticks[i].Value)
		}
		return ticks
	})
}

// LogX makes the horizontal axis logarithmic, from low to high.
func (c *Chart) LogX(low, high float64) { c.x.logarithmic(low, high) }

// LogY makes the vertical axis logarithmic, from low to high.
func (c *Chart) LogY(low, high float64) { c.y.logarithmic(low, high) }

func (a *axis) logarithmic(low, high float64) {
	a.log = true
	a.span(low, high)
	a.marks(decimal)
}

// decimal returns marks at each digit times the powers of ten, with numbers at 1,
// 2 and 5, or at 1 only where those would be too many.
func decimal(low, high float64) (ticks []plot.Tick) {
	wide := high/low > 3000
	for power := math.Floor(math.Log10(low)); power <= math.Log10(high); power++ {
		for digit := 1; digit <= 9; digit++ {
			tick := plot.Tick{Value: float64(digit) * math.Pow(10, power)}
			if tick.Value < low || tick.Value > high {
				continue
			}
			if digit == 1 || !wide && (digit == 2 || digit == 5) {
				tick.Label = Short(tick.Value)
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

// PowersOfTwo makes the horizontal axis logarithmic, with marks at powers of two,
// of which each skip-th has its number.
func (c *Chart) PowersOfTwo(low, high float64, skip int) {
	c.x.log = true
	c.x.span(low, high)
	c.x.marks(func(low, high float64) (ticks []plot.Tick) {
		for v := math.Pow(2, math.Ceil(math.Log2(low))); v <= high; v *= 2 {
			tick := plot.Tick{Value: v}
			if len(ticks)%skip == 0 {
				tick.Label = binary(v)
			}
			ticks = append(ticks, tick)
		}
		return ticks
	})
}

// binary writes a power of two as is usual: 512, 64 Ki, 1 Mi.
func binary(v float64) string {
	switch {
	case v >= 1<<20:
		return strconv.FormatFloat(v/(1<<20), 'g', -1, 64) + " Mi"
	case v >= 1<<13:
		return strconv.FormatFloat(v/(1<<10), 'g', -1, 64) + " Ki"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Percent makes the vertical axis one of percentages, from 0.
func (c *Chart) Percent(most float64) {
	c.y.span(0, most)
	c.y.marks(func(_, high float64) (ticks []plot.Tick) {
		for v := 0; float64(v) <= high; v += 10 {
			tick := plot.Tick{Value: float64(v)}
			if v%20 == 0 {
				tick.Label = strconv.Itoa(v) + " %"
			}
			ticks = append(ticks, tick)
		}
		return ticks
	})
}

// FromZero makes the vertical axis begin at 0.
func (c *Chart) FromZero(most float64) { c.y.span(0, most) }

// Names makes the horizontal axis one of names, at 0, 1, 2, ...
func (c *Chart) Names(names []string) {
	c.plot.NominalX(names...)
	c.x.span(-0.5, float64(len(names))-0.5)
}

// Short writes a number in few characters: 0.05, 20, 30k, 2M.
func Short(v float64) string {
	switch {
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'g', 4, 64) + "M"
	case v >= 1e4:
		return strconv.FormatFloat(v/1e3, 'g', 4, 64) + "k"
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
