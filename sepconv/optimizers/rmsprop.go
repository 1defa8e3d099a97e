package optimizers

import (
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv"
)

// RMSprop divides the gradient by the root of the mean of its squares. With g the
// gradient, w the value, and v, a and m what is remembered, 0 at first,
//
//	v = rho*v + (1-rho)*g^2
//	a = rho*a + (1-rho)*g                          // Centered
//	d = rate*g / sqrt(v + epsilon)
//	d = rate*g / sqrt(max(v - a^2, 0) + epsilon)   // Centered
//	w = w - d                                      // without momentum
//	m = momentum*m + d;  w = w - m                 // with it
//
// The max is not Keras': v - a^2 is a variance and not negative, but rounding may make
// it less than -epsilon where gradients are large and hardly change, and Keras' root of
// that is NaN.
//
// Keras: RMSprop(learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False).
type RMSprop struct {
	// LearningRate may be changed between steps. 0 stands for 0.001.
	LearningRate float64

	// Schedule gives the learning rate of each step instead. nil is none.
	Schedule Schedule

	// Rho says how slowly the means forget. It is from 0 to 1; 0 stands for 0.9.
	Rho float64

	// Momentum is from 0 to 1. Default 0.
	Momentum float64

	// Epsilon keeps the quotient finite. 0 stands for 1e-7.
	Epsilon float64

	// Centered divides by the deviation from the mean gradient instead.
	Centered bool

	// WeightDecay subtracts WeightDecay * learning rate * w from every value w. Default 0.
	WeightDecay float64

	// ExcludeFromWeightDecay are substrings: variables whose name contains one do not
	// decay.
	ExcludeFromWeightDecay []string

	// Clip limits the gradients.
	Clip Clip

	state state
}

// Name returns "RMSprop".
func (*RMSprop) Name() string { return "RMSprop" }

// Iterations returns the number of steps that were taken.
func (r *RMSprop) Iterations() int64 {
	if r == nil {
		return 0
	}
	return r.state.iterations
}

// Step changes the variables by their gradients, as [Optimizer] says.
func (r *RMSprop) Step(of sepconv.Trainable) error {
	set, err := r.settings()
	if err != nil {
		return err
	}
	run, err := r.state.begin(&set, of)
	if err != nil {
		return err
	}
	rho := param.Or(r.Rho, 0.9)
	u := rmspropUpdate{
		rate: run.rate, rho: float32(rho), fresh: float32(1 - rho),
		momentum: float32(param.Or(r.Momentum, 0)), epsilon: float32(param.Or(r.Epsilon, 1e-7)),
	}
	for run.next() {
		u.step(run.value, run.gradient, run.slot)
	}
	return nil
}

// MarshalBinary returns the state.
func (r *RMSprop) MarshalBinary() ([]byte, error) {
	set, err := r.settings()
	if err != nil {
		return nil, err
	}
	return r.state.marshal(&set)
}

// UnmarshalBinary replaces the state by one of an RMSprop with the same Centered that
// had momentum too, or had none either.
func (r *RMSprop) UnmarshalBinary(data []byte) error {
	set, err := r.settings()
	if err != nil {
		return err
	}
	return r.state.unmarshal(&set, data)
}

// settings checks the fields.
func (r *RMSprop) settings() (settings, error) {
	if r == nil {
		return settings{}, nilOptimizer("RMSprop")
	}
	for _, field := range [...]struct {
		name        string
		value, most float64
	}{
		{"Rho", param.Or(r.Rho, 0.9), 1},
		{"Momentum", param.Or(r.Momentum, 0), 1},
		{"Epsilon", param.Or(r.Epsilon, 1e-7), anyPositive},
	} {
		if err := checkRange("RMSprop", field.name, field.value, field.most); err != nil {
			return settings{}, err
		}
	}
	set := settings{
		class: "RMSprop", slots: slotNames{"velocity"}, rate: r.LearningRate, defaultRate: 0.001, schedule: r.Schedule,
		decay: param.Or(r.WeightDecay, 0), excluded: r.ExcludeFromWeightDecay, clip: r.Clip,
	}
	if float32(param.Or(r.Momentum, 0)) != 0 {
		set.slots[1] = "momentum"
	}
	if r.Centered {
		set.slots[2] = "average_gradient"
	}
	return set, set.check()
}

// An rmspropUpdate has the numbers of one step.
type rmspropUpdate struct {
	rate, rho, fresh, momentum, epsilon float32
}

// step changes a block. A slot that is nil says that there is no such thing.
func (u *rmspropUpdate) step(w, gradient []float32, slot [maxSlots][]float32) {
	v, m, a := slot[0], slot[1], slot[2]
	if a == nil && m == nil {
		u.plain(w, gradient, v)
		return
	}
	for i, g := range gradient {
		square := float32(u.rho*v[i]) + float32(u.fresh*float32(g*g))
		v[i] = square
		if a != nil {
			a[i] = float32(u.rho*a[i]) + float32(u.fresh*g)
			if square -= float32(a[i] * a[i]); square < 0 { // NaN stays
				square = 0
			}
		}
		change := float32(u.rate*g) / sqrt(square+u.epsilon)
		if m != nil {
			change += float32(u.momentum * m[i])
			m[i] = change
		}
		w[i] -= change
	}
}

// plain is step without momentum and mean.
func (u *rmspropUpdate) plain(w, gradient, v []float32) {
	gradient, v = gradient[:len(w)], v[:len(w)]
	rate, rho, fresh, epsilon := u.rate, u.rho, u.fresh, u.epsilon
	for i, g := range gradient {
		square := float32(rho*v[i]) + float32(fresh*float32(g*g))
		v[i] = square
		w[i] -= float32(rate*g) / sqrt(square+epsilon)
	}
}
