package conformance

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

// Signs tests the kernels of ReLU's derivative by signs, where a set has them: with them
// the pullback is that of ReLU.
func Signs(t *testing.T, s *kernel.Set) {
	if s.Signs == nil {
		return
	}
	rng := rand.New(rand.NewPCG(*seed, 6))
	const most = 70
	c := signs{
		TB: t, set: s,
		signs: guard.NewBuffer(t, "signs", most+16), g: guard.NewBuffer(t, "g", most*kernel.SignLanes+16), in: guard.NewBuffer(t, "input", most*kernel.SignLanes+16),
	}
	for _, words := range append(upTo(9), most, 0) {
		for _, v := range activatedKinds {
			for range 4 {
				y, dy := v.some(rng, words*kernel.SignLanes), v.some(rng, words*kernel.SignLanes)
				c.run(y, dy, guard.Somewhere(rng), guard.Somewhere(rng))
			}
		}
	}
}

type signs struct {
	testing.TB
	set          *kernel.Set
	signs, g, in *guard.Buffer
}

func (c *signs) run(y, dy []float32, at, from guard.Place) {
	c.Helper()
	describe := func() string {
		return fmt.Sprintf("%s, signs of %d values at %v and %v", c.set.Name, len(y), at, from)
	}
	words := len(y) / kernel.SignLanes
	want, pulled := make([]uint32, words), slices.Clone(y)
	oracle.Signs(want, y)
	oracle.Pullback[kernel.ReLU](pulled, dy, &kernel.Activation{Func: kernel.ReLU})

	got, g := guard.Words(c.signs.Floats(words, at)), c.g.Floats(len(y), at)
	guard.Check(c, describe, func() { c.set.Signs(got, c.in.ReadOnly(y, from)) })
	if !slices.Equal(want, got) {
		c.Fatalf("%s: they are %x, generic's %x", describe(), got, want)
	}
	guard.Check(c, describe, func() { c.set.SignsPullback(g, c.in.ReadOnly(dy, from), got) })
	if i := differ(pulled, g); i >= 0 {
		c.Fatalf("%s: the gradient by element %d, %s, is %s, relu's pullback %s", describe(), i, show(y[i]), show(g[i]), show(pulled[i]))
	}
	for _, b := range []*guard.Buffer{c.signs, c.g} {
		if stray := b.Stray(); stray != "" {
			c.Fatalf("%s: %s", describe(), stray)
		}
	}
}
