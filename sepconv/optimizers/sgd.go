package optimizers

import (
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv"
)

// SGD is gradient descent, with momentum if that is set. With g the gradient, w the
// value and m what is remembered, 0 at first,
//
//	w = w - rate*g                                 // without momentum
//	m = momentum*m - rate*g;  w = w + m            // with it
//	m = momentum*m - rate*g;  w = w + momentum*m - rate*g   // Nesterov
//
// Keras: SGD(learning_rate=0.01, momentum=0.0, nesterov=False).
type SGD struct {
	// LearningRate may be changed between steps. 0 stands for 0.01.
	LearningRate float64

	// Schedule gives the learning rate of each step instead. nil is none.
	Schedule Schedule

	// Momentum is from 0 to 1. Default 0.
	Momentum float64

	// Nesterov looks ahead by the momentum, if there is any.
	Nesterov bool

	// WeightDecay subtracts WeightDecay * learning rate * w from every value w. Default 0.
	WeightDecay float64

	// ExcludeFromWeightDecay are substrings: variables whose name contains one do not
	// decay.
	ExcludeFromWeightDecay []string

	// Clip limits the gradients.
	Clip Clip

	state state
}

// Name returns "SGD".
func (*SGD) Name() string { return "SGD" }

// Iterations returns the number of steps that were taken.
func (s *SGD) Iterations() int64 {
	if s == nil {
		return 0
	}
	return s.state.iterations
}

// Step changes the variables by their gradients, as [Optimizer] says.
func (s *SGD) Step(of sepconv.Trainable) error {
	set, err := s.settings()
	if err != nil {
		return err
	}
	run, err := s.state.begin(&set, of)
	if err != nil {
		return err
	}
	momentum := float32(param.Or(s.Momentum, 0))
	for run.next() {
		switch {
		case momentum == 0:
			descend(run.value, run.gradient, run.rate)
		case s.Nesterov:
			nesterov(run.value, run.gradient, run.slot[0], momentum, run.rate)
		default:
			roll(run.value, run.gradient, run.slot[0], momentum, run.rate)
		}
	}
	return nil
}

// MarshalBinary returns the state.
func (s *SGD) MarshalBinary() ([]byte, error) {
	set, err := s.settings()
	if err != nil {
		return nil, err
	}
	return s.state.marshal(&set)
}

// UnmarshalBinary replaces the state by one of an SGD that had momentum too, or had none
// either.
func (s *SGD) UnmarshalBinary(data []byte) error {
	set, err := s.settings()
	if err != nil {
		return err
	}
	return s.state.unmarshal(&set, data)
}

// settings checks the fields.
func (s *SGD) settings() (settings, error) {
	if s == nil {
		return settings{}, nilOptimizer("SGD")
	}
	momentum := param.Or(s.Momentum, 0)
	if err := checkRange("SGD", "Momentum", momentum, 1); err != nil {
		return settings{}, err
	}
	set := settings{
		class: "SGD", rate: s.LearningRate, defaultRate: 0.01, schedule: s.Schedule,
		decay: param.Or(s.WeightDecay, 0), excluded: s.ExcludeFromWeightDecay, clip: s.Clip,
	}
	if float32(momentum) != 0 {
		set.slots[0] = "momentum"
	}
	return set, set.check()
}

// descend is w -= rate*g.
func descend(w, gradient []float32, rate float32) {
	gradient = gradient[:len(w)]
	for i, g := range gradient {
		w[i] -= float32(g * rate)
	}
}

// roll is m = m*momentum - g*rate; w += m.
func roll(w, gradient, m []float32, momentum, rate float32) {
	gradient, m = gradient[:len(w)], m[:len(w)]
	for i, g := range gradient {
		speed := float32(m[i]*momentum) - float32(g*rate)
		m[i] = speed
		w[i] += speed
	}
}

// nesterov is m = m*momentum - g*rate; w += m*momentum - g*rate.
func nesterov(w, gradient, m []float32, momentum, rate float32) {
	gradient, m = gradient[:len(w)], m[:len(w)]
	for i, g := range gradient {
		pull := float32(g * rate)
		speed := float32(m[i]*momentum) - pull
		m[i] = speed
		w[i] += float32(speed*momentum) - pull
	}
}
