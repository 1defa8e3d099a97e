package engine

import "github.com/sepconv/go/internal/kernel"

// alongTime is the phase of an activation that looks at all steps of a filter: a
// task is a line of the output.
type alongTime struct {
	plan *Plan
	call *call
}

func (a *alongTime) begin(int) int { return a.call.batch * a.plan.Filters }

func (a *alongTime) do(i int, _ *scratch) {
	n := a.call.OutSteps
	a.plan.activation.apply(a.plan.set, a.call.dst[i*n:][:n:n])
}

// endsAlongTime reports whether the activation looks at all steps of a filter
// together, and so has to wait for all tiles. GLU looks at two, and does not.
func (p *Plan) endsAlongTime() bool {
	return p.ChannelsFirst && p.activation.alongAxis() && p.activation.Func != kernel.GLU
}
