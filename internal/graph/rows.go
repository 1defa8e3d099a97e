package graph

import (
	"fmt"
	"math"

	"github.com/sepconv/go/internal/fault"
)

// rows is layers that move whole steps: step t of the output is a step of the input, or
// zeros.
type rows struct {
	kind           movement
	before, behind int // steps that are added or left out; before is how often one is repeated
	steps          func(n int) (int, error)
	from           func(t, n int) int // outside of the input for zeros
}

// movement is what becomes of steps.
type movement uint8

const (
	upSampling movement = iota
	zeroPadding
	cropping
	reversal
	repetition
)

// NewUpSampling repeats each step.
func NewUpSampling(times int) Op {
	return &rows{
		upSampling, times, 0,
		func(n int) (int, error) {
			if n > math.MaxInt/times {
				return 0, fmt.Errorf("%w: its input has %d steps, which are too many to repeat %d times", fault.ErrShape, n, times)
			}
			return n * times, nil
		},
		func(t, _ int) int { return t / times },
	}
}

// NewZeroPadding adds zeros before and after.
func NewZeroPadding(before, after int) Op {
	return &rows{
		zeroPadding, before, after,
		func(n int) (int, error) { return n + before + after, nil },
		func(t, _ int) int { return t - before },
	}
}

// NewCropping leaves out steps at the beginning and at the end.
func NewCropping(before, after int) Op {
	return &rows{
		cropping, before, after,
		func(n int) (int, error) {
			if n <= before+after {
				return 0, fmt.Errorf("%w: its input has %d steps; it leaves out %d", fault.ErrShape, n, before+after)
			}
			return n - before - after, nil
		},
		func(t, _ int) int { return t + before },
	}
}

// NewReverse turns time around.
func NewReverse() Op {
	return &rows{
		reversal, 0, 0,
		func(n int) (int, error) { return n, nil },
		func(t, n int) int { return n - 1 - t },
	}
}

// NewRepeat repeats the only step.
func NewRepeat(times int) Op {
	return &rows{
		repetition, times, 0,
		func(n int) (int, error) { return times, nil },
		func(int, int) int { return 0 },
	}
}

func (r *rows) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, 1); err != nil {
		return nil, err
	}
	if err := wantRankAtLeast(in[0], 2); err != nil {
		return nil, err
	}
	if in[0][1] == Open {
		return one(in[0]), nil
	}
	n, err := r.steps(in[0][1])
	if err != nil {
		return nil, err
	}
	return one(in[0].With(1, n)), nil
}

func (r *rows) NewStep() Step { return &rowsStep{rows: r} }

type rowsStep struct {
	*rows
	out, in         []float32
	inSteps, nSteps int
	width           int
	all             span
}

func (r *rowsStep) Begin(out, in []Tensor) (Tasks, error) {
	r.out, r.in = out[0].Data, in[0].Data
	r.inSteps, r.nSteps, r.width = in[0].Shape[1], out[0].Shape[1], in[0].Shape[2:].Elements()
	if len(r.out) == 0 {
		return Tasks{}, nil
	}
	return r.all.cut(out[0].Shape[0]*r.nSteps, 1, moveMicros*float64(r.width+8)), nil
}

func (r *rowsStep) Do(i int, _ *Scratch) {
	first, end := r.all.task(i)
	for ; first < end; first++ {
		n, t := first/r.nSteps, first%r.nSteps
		y := r.out[first*r.width:][:r.width]
		if from := r.from(t, r.inSteps); from < 0 || from >= r.inSteps {
			clear(y)
		} else {
			copy(y, r.in[(n*r.inSteps+from)*r.width:])
		}
	}
}
