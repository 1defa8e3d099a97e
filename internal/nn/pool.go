package nn

// Pool is the windows of Keras' MaxPooling1D and AveragePooling1D.
type Pool struct {
	Size, Stride int
	Same         bool // padding, of which no window takes anything
}

// Steps returns how many windows there are in a number of steps.
func (p Pool) Steps(steps int) int {
	switch {
	case p.Same:
		return (steps + p.Stride - 1) / p.Stride
	case steps < p.Size:
		return 0
	}
	return (steps-p.Size)/p.Stride + 1
}

// window returns the steps that window t takes. There is one at least.
func (p Pool) window(t, steps int) (from, to int) {
	from = t * p.Stride
	if p.Same {
		padding := max((p.Steps(steps)-1)*p.Stride+p.Size-steps, 0)
		from -= padding / 2
	}
	return max(from, 0), min(from+p.Size, steps)
}

// windows calls f for each window of each signal, in ascending order, with its row of the
// output and its rows of the input.
func (p Pool) windows(batch, steps int, f func(row, from, to int)) {
	outputs := p.Steps(steps)
	for n := range batch {
		for t := range outputs {
			from, to := p.window(t, steps)
			f(n*outputs+t, n*steps+from, n*steps+to)
		}
	}
}
