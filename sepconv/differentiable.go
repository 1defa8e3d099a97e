package sepconv

// Differentiable is an activation of the user's own with which a layer can be trained.
// (All of this package's can be.)
type Differentiable interface {
	Activation

	// Pullback takes a gradient back through Apply: z is a row as Apply was given it, and
	// dy, as long, the gradient by what Apply made of it, which Pullback changes to the
	// gradient by z. It must not change z. A Trainer calls it from several goroutines at
	// once. Of a function f of one element it does dy[i] *= f'(z[i]).
	Pullback(dy, z []float32)
}

// WithPullback gives an activation what Differentiable asks for. A nil activation is
// Linear; of a nil pullback the result is the activation itself. This package's own
// activations keep theirs.
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
