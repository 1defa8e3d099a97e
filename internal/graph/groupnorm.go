package graph

import (
	"fmt"
	"math"

	"github.com/sepconv/go/internal/fault"
)

// groupNorm normalizes groups of channels, which are last, over all steps:
//
//	y = (x - mean) / sqrt(variance + epsilon) * gamma + beta
//
// in float64, rounded once. Each channel is summed from the first step to the last,
// then the channels of a group from the first to the last.
type groupNorm struct {
	groups, channels int
	epsilon          float64
	gamma, beta      []float32
}

// NewGroupNorm returns a normalization of groups. gamma and beta may be nil.
func NewGroupNorm(groups, channels int, epsilon float64, gamma, beta []float32) Op {
	return &groupNorm{groups, channels, epsilon, gamma, beta}
}

func (g *groupNorm) IsInPlace(int) bool { return true }

func (g *groupNorm) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, 1); err != nil {
		return nil, err
	}
	if err := wantRankAtLeast(in[0], 2); err != nil {
		return nil, err
	}
	if in[0].Last() != g.channels {
		return nil, fmt.Errorf("%w: its input has shape %v; its weights are for %d channels", fault.ErrShape, in[0], g.channels)
	}
	return one(in[0]), nil
}

func (g *groupNorm) NewStep() Step { return &groupNormStep{groupNorm: g} }

type groupNormStep struct {
	*groupNorm
	out, in []float32
	size    int
	signals span
}

func (g *groupNormStep) Begin(out, in []Tensor) (Tasks, error) {
	g.out, g.in, g.size = out[0].Data, in[0].Data, in[0].Shape[1:].Elements()
	if len(g.out) == 0 {
		return Tasks{}, nil
	}
	return g.signals.cut(in[0].Shape[0], 1, 8*moveMicros*float64(g.size)), nil
}

func (g *groupNormStep) Do(i int, s *Scratch) {
	first, end := g.signals.task(i)
	for ; first < end; first++ {
		g.signal(s, g.out[first*g.size:][:g.size], g.in[first*g.size:][:g.size])
	}
}

// signal normalizes one element of the batch.
func (g *groupNormStep) signal(s *Scratch, y, x []float32) {
	width := g.channels / g.groups
	n := float64(len(x) / g.groups)
	all := s.sums(3 * g.channels)
	sums, means, factors := all[:g.channels], all[g.channels:][:g.groups], all[2*g.channels:][:g.groups]
	for r := 0; r < len(x); r += g.channels {
		for c, v := range x[r:][:g.channels] {
			sums[c] += float64(v)
		}
	}
	for c, sum := range sums {
		means[c/width] += sum
	}
	for k := range means {
		means[k] /= n
	}
	clear(sums)
	for r := 0; r < len(x); r += g.channels {
		for c, v := range x[r:][:g.channels] {
			d := float64(v) - means[c/width]
			sums[c] += float64(d * d)
		}
	}
	for c, sum := range sums {
		factors[c/width] += sum
	}
	for k := range factors {
		factors[k] = 1 / math.Sqrt(factors[k]/n+g.epsilon)
	}
	for r := 0; r < len(x); r += g.channels {
		for c, v := range x[r:][:g.channels] {
			z := float64((float64(v) - means[c/width]) * factors[c/width])
			if g.gamma != nil {
				z = float64(z * float64(g.gamma[c]))
			}
			if g.beta != nil {
				z += float64(g.beta[c])
			}
			y[r+c] = float32(z)
		}
	}
}
