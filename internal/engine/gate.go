package engine

import (
	"fmt"

	"github.com/sepconv/go/internal/kernel"
)

// The gated linear unit halves the output's last axis: the first half is multiplied
// by the sigmoid of the second. In channels_last that is the other filters of the
// same step, in channels_first the same filter at a later step. A block of the kept
// half is finished when its gates, which exist nowhere else, have been computed into
// the scratch.

// OutputShape returns the steps and the filters of the output for an input of
// the given length.
func (g *Geometry) OutputShape(f kernel.Func, steps int) (outSteps, filters int, err error) {
	outSteps, _, err = g.OutputSteps(steps)
	filters = g.Filters
	if err != nil || f != kernel.GLU {
		return outSteps, filters, err
	}
	axis := &filters
	if g.ChannelsFirst {
		axis = &outSteps
	}
	if *axis%2 != 0 {
		return 0, 0, fmt.Errorf("gives a last axis of %d, which glu cannot halve", *axis)
	}
	*axis /= 2
	return outSteps, filters, nil
}

// gate is the epilogue of a gated linear unit.
type gate struct {
	*base
	gates convolution
}

func (g *gate) finish(s *scratch, y operand, b block) {
	row := b.row
	if g.ChannelsFirst {
		row += s.rows
	}
	for f := 0; f < b.filters; f += g.cut.filters {
		n := min(g.cut.filters, b.filters-f)
		gates := operand{data: s.gate}
		gates.step, gates.channel = strides(b.rows, n, g.ChannelsFirst)
		g.gates.sums(s, gates, block{row, b.rows, b.filter + f, n})
		kept := y.from(0, f)
		lines, length := kept.lines(b.rows, n)
		for i := range lines {
			g.set.Gate(kept.line(i, length), gates.line(i, length))
		}
	}
}
