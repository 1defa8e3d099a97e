//go:build (amd64 || arm64) && !purego && !noasm

package asm

import "github.com/sepconv/go/internal/kernel"

// activations is the kernels of activation functions, by what they need besides
// the elements.
type activations struct {
	plain [kernel.Funcs]func(y *float32, n int)
	withA [kernel.Funcs]func(y *float32, n int, a float32)
	gate  func(a, b *float32, n int)
}

// maxElements bounds the elements of one call, so that none lasts longer than some
// 50 us on a core that takes 10 ns for each, as small Arm cores do: assembly cannot
// be preempted.
const maxElements = 4 << 10

// fill puts the kernels into a row of the table.
func (k *activations) fill(s *kernel.Set) {
	for f, apply := range k.plain {
		if apply != nil {
			s.Activate[f] = func(y []float32, _ *kernel.Activation) {
				for len(y) > 0 {
					n := min(len(y), maxElements)
					apply(&y[0], n)
					y = y[n:]
				}
			}
		}
	}
	for f, apply := range k.withA {
		if apply != nil {
			s.Activate[f] = func(y []float32, p *kernel.Activation) {
				for len(y) > 0 {
					n := min(len(y), maxElements)
					apply(&y[0], n, p.A)
					y = y[n:]
				}
			}
		}
	}
	if k.gate != nil {
		s.Gate = k.runGate
	}
}

func (k *activations) runGate(a, b []float32) {
	b = b[:len(a)]
	for len(a) > 0 {
		n := min(len(a), maxElements)
		k.gate(&a[0], &b[0], n)
		a, b = a[n:], b[n:]
	}
}
