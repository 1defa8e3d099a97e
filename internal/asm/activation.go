package asm

import "github.com/sepconv/go/internal/kernel"

// Activations is the kernels of activation functions, by what they need besides
// the elements.
type Activations struct {
	Plain [kernel.Funcs]func(y *float32, n int)
	WithA [kernel.Funcs]func(y *float32, n int, a float32)
	Gate  func(a, b *float32, n int)

	// Those that take gradients back through the functions:

	PlainPullbacks [kernel.Funcs]func(z, dy *float32, n int)
	PullbacksWithA [kernel.Funcs]func(z, dy *float32, n int, a float32)

	// Those of relu by signs, of words of them; a set may have neither.

	Signs         func(signs *uint32, y *float32, words int)
	SignsPullback func(g, dy *float32, signs *uint32, words int)
}

// fill puts the kernels into a row of the table.
func (k *Activations) fill(s *kernel.Set) {
	for f, apply := range k.Plain {
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
	for f, apply := range k.WithA {
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
	if k.Gate != nil {
		s.Gate = k.runGate
	}
	if k.Signs != nil {
		s.Signs, s.SignsPullback = k.runSigns, k.runSignsPullback
	}
	k.fillPullbacks(s)
}

func (k *Activations) fillPullbacks(s *kernel.Set) {
	for f, pull := range k.PlainPullbacks {
		if pull != nil {
			s.Pullback[f] = func(z, dy []float32, _ *kernel.Activation) {
				dy = dy[:len(z)]
				for len(z) > 0 {
					n := min(len(z), maxElements)
					pull(&z[0], &dy[0], n)
					z, dy = z[n:], dy[n:]
				}
			}
		}
	}
	for f, pull := range k.PullbacksWithA {
		if pull != nil {
			s.Pullback[f] = func(z, dy []float32, p *kernel.Activation) {
				dy = dy[:len(z)]
				for len(z) > 0 {
					n := min(len(z), maxElements)
					pull(&z[0], &dy[0], n, p.A)
					z, dy = z[n:], dy[n:]
				}
			}
		}
	}
}

func (k *Activations) runGate(a, b []float32) {
	b = b[:len(a)]
	for len(a) > 0 {
		n := min(len(a), maxElements)
		k.Gate(&a[0], &b[0], n)
		a, b = a[n:], b[n:]
	}
}

func (k *Activations) runSigns(signs []uint32, y []float32) {
	for y = y[:len(signs)*kernel.SignLanes]; len(signs) > 0; {
		n := min(len(signs), maxElements/kernel.SignLanes)
		k.Signs(&signs[0], &y[0], n)
		signs, y = signs[n:], y[n*kernel.SignLanes:]
	}
}

func (k *Activations) runSignsPullback(g, dy []float32, signs []uint32) {
	g, dy = g[:len(signs)*kernel.SignLanes], dy[:len(signs)*kernel.SignLanes]
	for len(signs) > 0 {
		n := min(len(signs), maxElements/kernel.SignLanes)
		k.SignsPullback(&g[0], &dy[0], &signs[0], n)
		g, dy, signs = g[n*kernel.SignLanes:], dy[n*kernel.SignLanes:], signs[n:]
	}
}
