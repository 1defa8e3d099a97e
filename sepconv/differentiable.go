package sepconv

// Differentiable is an activation of the user's own with which a layer can be trained.
// (All of this package's can be.)
type Differentiable interface {
	Activation

	// Pullback takes a gradient back through Apply, in place. z is a row as Apply got it;
	// dy, which is as long, is the derivative of the loss by the result of Apply, and
	// becomes the derivative by z. For a function f of single elements that is
	// dy[i] *= f'(z[i]). It must not change z. A Trainer calls it from several goroutines at
	// once.
	Pullback(dy, z []float32)
}

// WithPullback makes an activation Differentiable, so that layers with it can be trained. A
// nil activation is Linear. With a nil pullback the result is the activation itself. This
// package's own activations have a pullback, and keep it.
func WithPullback(a Activation, pullback func(dy, z []float32)) Activation {
	if a == nil {
		a = Linear
	}
	if pullback == nil {
		return a
	}
	switch a := a.(type) {
	case suppliedActivation:
		return suppliedActivation{WithPullback(a.Activation, pullback), a.object}
	case StandardActivation, withParameters:
		return a
	}
	return withPullback{a, pullback}
}

type withPullback struct {
	Activation
	pullback func(dy, z []float32)
}

func (a withPullback) Pullback(dy, z []float32) { a.pullback(dy, z) }
