package constraints

import (
	"fmt"
	"math"
	"slices"

	"github.com/sepconv/go/internal/param"
)

// AllAxes stands for axis=None of Keras: one norm over the whole weight.
func AllAxes() []int { return []int{everyAxis} }

// everyAxis is no index of an axis.
const everyAxis = math.MinInt

// maxAxes is as many dimensions as an array of NumPy may have.
const maxAxes = 64

// axes is a set of axes: bit i is axis i.
type axes uint64

func (a axes) has(axis int) bool { return a>>axis&1 != 0 }

// reducedAxes returns the axes that the norm sums over. nil is Keras' default, axis 0.
func reducedAxes(class string, axis, shape []int) (reduced axes, err error) {
	if len(shape) > maxAxes {
		return 0, param.BadShape(class, shape, fmt.Sprintf("it must have at most %d dimensions", maxAxes))
	}
	if len(axis) == 1 && axis[0] == everyAxis {
		return math.MaxUint64, nil
	}
	if axis == nil {
		return reducedAxis(class, 0, 0, axis, shape)
	}
	for _, a := range axis {
		if reduced, err = reducedAxis(class, a, reduced, axis, shape); err != nil {
			return 0, err
		}
	}
	return reduced, nil
}

// reducedAxis adds an axis, which counts from the end if it is negative.
func reducedAxis(class string, a int, reduced axes, axis, shape []int) (axes, error) {
	at := a
	if at < 0 {
		at += len(shape)
	}
	if at < 0 || at >= len(shape) {
		return 0, param.BadField(class, "Axis", slices.Clone(axis),
			fmt.Sprintf("axes from %d to %d for a weight of %d dimensions", -len(shape), len(shape)-1, len(shape)))
	}
	if reduced.has(at) {
		return 0, param.BadField(class, "Axis", slices.Clone(axis), "axes that are all different")
	}
	return reduced | 1<<at, nil
}

// groups are the elements that share a norm: those that differ only in reduced axes.
//
// The last axes, as far as all are reduced or none is, are one run of the array: part
// of one group, or of as many groups as it has elements. Runs are numbered by the
// kept ones of the other, outer axes, and by the reduced ones.
type groups struct {
	shape         []int // the outer axes
	axes          axes  // those that are reduced
	run           int   // elements
	oneGroup      bool  // a run is part of one
	kept, reduced int   // how many runs there are along the outer axes of either kind
}

// newGroups returns the groups of a weight that has elements.
func newGroups(shape []int, reduced axes) groups {
	g := groups{axes: reduced, run: 1, kept: 1, reduced: 1}
	outer := len(shape)
	for outer > 0 && (g.run == 1 || reduced.has(outer-1) == g.oneGroup) {
		outer--
		if g.run == 1 {
			g.oneGroup = reduced.has(outer)
		}
		g.run *= shape[outer]
	}
	g.shape = shape[:outer]
	for axis, dim := range g.shape {
		if reduced.has(axis) {
			g.reduced *= dim
		} else {
			g.kept *= dim
		}
	}
	return g
}

// start returns where run i begins along the outer axes that are reduced, or kept; that
// of a run is the sum of both.
func (g *groups) start(i int, reduced bool) int {
	start, step := 0, g.run
	for axis := len(g.shape) - 1; axis >= 0; axis-- {
		dim := g.shape[axis]
		if g.axes.has(axis) == reduced {
			start += i % dim * step
			i /= dim
		}
		step *= dim
	}
	return start
}

// rescale multiplies the elements of each group by what scale makes of its norm. Squares
// are summed in the order of the array.
func (g *groups) rescale(w []float32, scale func(norm float64) float64) {
	for i := range g.kept {
		from := w[g.start(i, false):]
		if g.oneGroup {
			g.rescaleOne(from, scale)
			continue
		}
		for at := 0; at < g.run; at += sideBySide {
			g.rescaleSome(from[at:], min(sideBySide, g.run-at), scale)
		}
	}
}

// rescaleOne does so for one group, of whole runs.
func (g *groups) rescaleOne(w []float32, scale func(norm float64) float64) {
	sum := 0.0
	for i := range g.reduced {
		for _, x := range w[g.start(i, true):][:g.run] {
			sum += param.Square(x)
		}
	}
	factor := scale(math.Sqrt(sum))
	for i := range g.reduced {
		run := w[g.start(i, true):][:g.run]
		for k, x := range run {
			run[k] = float32(float64(x) * factor)
		}
	}
}

// sideBySide is for how many groups, whose elements lie side by side, there is room for
// the norms.
const sideBySide = 128

// rescaleSome does so for the n groups that have an element each of a run.
func (g *groups) rescaleSome(w []float32, n int, scale func(norm float64) float64) {
	var room [sideBySide]float64
	factors := room[:n]
	for i := range g.reduced {
		for k, x := range w[g.start(i, true):][:n] {
			factors[k] += param.Square(x)
		}
	}
	for k, sum := range factors {
		factors[k] = scale(math.Sqrt(sum))
	}
	for i := range g.reduced {
		run := w[g.start(i, true):][:n]
		for k, x := range run {
			run[k] = float32(float64(x) * factors[k])
		}
	}
}
