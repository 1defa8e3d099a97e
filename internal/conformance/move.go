package conformance

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

var (
	copying     = move{name: "copy", of: func(s *kernel.Set) mover { return s.Copy }}
	copyingPast = move{name: "copy past the caches", of: func(s *kernel.Set) mover { return s.CopyPast }}
	transposing = move{name: "transpose", of: func(s *kernel.Set) mover { return s.Transpose }, transposes: true}
)

// Copy tests the kernel of that name.
func Copy(t *testing.T, s *kernel.Set) { sample(t, s, 2, copying.sampler) }

// CopyPast tests the kernel of that name.
func CopyPast(t *testing.T, s *kernel.Set) { sample(t, s, 2, copyingPast.sampler) }

// Transpose tests the kernel of that name.
func Transpose(t *testing.T, s *kernel.Set) { sample(t, s, 2, transposing.sampler) }

// mover is a kernel that copies an array, as it is or transposed.
type mover func(dst, src []float32, rows, columns, dstStride, srcStride int)

type move struct {
	name       string
	of         func(s *kernel.Set) mover
	transposes bool
}

func (m move) sampler(t testing.TB, s *kernel.Set, rng *rand.Rand) sampler {
	lengths, gaps := upTo(35, 63, 64, 70, 135), []int{0, 1, 5, 16}
	c := moveCase{TB: t, move: m, set: s, rng: rng, dst: guard.NewBuffer(t, "dst", 1<<15), src: guard.NewBuffer(t, "src", 1<<15)}
	return sampler{
		sizes: []int{len(lengths), len(lengths), len(gaps), len(gaps), len(kinds)},
		on:    func(t testing.TB) { c.TB = t },
		run: func(pick []int) {
			c.rows, c.columns = lengths[pick[0]], lengths[pick[1]]
			c.dstGap, c.srcGap = gaps[pick[2]], gaps[pick[3]]
			c.run(kinds[pick[4]])
		},
	}
}

// moveCase is an array to move, and the memory of one after the other.
type moveCase struct {
	testing.TB
	move
	set      *kernel.Set
	rng      *rand.Rand
	dst, src *guard.Buffer

	rows, columns, dstGap, srcGap int
}

// run compares what set and oracle make of the array, and of what lies between its
// rows.
func (c *moveCase) run(v *values) {
	c.Helper()
	dstRows, dstColumns := c.rows, c.columns
	if c.transposes {
		dstRows, dstColumns = c.columns, c.rows
	}
	dstStride, srcStride := dstColumns+c.dstGap, c.columns+c.srcGap
	atDst, atSrc := guard.Somewhere(c.rng), guard.Somewhere(c.rng)
	describe := func() string {
		return fmt.Sprintf("%s, %s: rows %d, columns %d, strides: dst %d, src %d; %s values, dst at %v, src at %v",
			c.set.Name, c.name, c.rows, c.columns, dstStride, srcStride, v.name, atDst, atSrc)
	}
	x := v.some(c.rng, (c.rows-1)*srcStride+c.columns)
	src := c.src.ReadOnly(x, atSrc)
	dst := c.dst.Floats((dstRows-1)*dstStride+dstColumns, atDst)
	want := append([]float32(nil), dst...)
	c.of(&oracle)(want, x, c.rows, c.columns, dstStride, srcStride)
	guard.Check(c, describe, func() { c.of(c.set)(dst, src, c.rows, c.columns, dstStride, srcStride) })
	if i := differ(want, dst); i >= 0 {
		c.Fatalf("%s: row %d, column %d of dst is %s, generic's is %s", describe(), i/dstStride, i%dstStride, show(dst[i]), show(want[i]))
	}
	if stray := c.dst.Stray(); stray != "" {
		c.Fatalf("%s: %s", describe(), stray)
	}
}
