package engine

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
