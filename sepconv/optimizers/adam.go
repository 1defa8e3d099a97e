package optimizers

import (
	"math"

	"github.com/sepconv/go/internal/elementary"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv"
)

// Adam divides the mean of the gradients by the root of the mean of their squares. With
// g the gradient, w the value, t the number of the step from 1, and m, v and h what is
// remembered, 0 at first,
//
//	m = m + (g - m) * (1 - beta1)
//	v = v + (g^2 - v) * (1 - beta2)
//	h = max(h, v) with AMSGrad, v without
//	w = w - m*alpha / (sqrt(h) + epsilon),  alpha = rate * sqrt(1 - beta2^t) / (1 - beta1^t)
//
// Epsilon is where Keras has it: the paper's "epsilon hat" (Kingma and Ba, 2014, before
// section 2.1). AMSGrad is of Reddi, Kale and Kumar, 2018.
//
// Keras: Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False).
type Adam struct {
	// LearningRate may be changed between steps. 0 stands for 0.001.
	LearningRate float64

	// Schedule gives the learning rate of each step instead. nil is none.
	Schedule Schedule

	// Beta1 and Beta2 say how slowly the means forget. They are from 0 to below 1; 0
	// stands for 0.9 and 0.999.
	Beta1, Beta2 float64

	// Epsilon keeps the quotient finite. 0 stands for 1e-7.
	Epsilon float64

	// AMSGrad divides by the root of the largest mean of squares so far.
	AMSGrad bool

	// WeightDecay subtracts WeightDecay * learning rate * w from every value w. Default 0.
	WeightDecay float64

	// ExcludeFromWeightDecay are substrings: variables whose name contains one do not
	// decay.
	ExcludeFromWeightDecay []string

	// Clip limits the gradients.
	Clip Clip

	state state
}

// Name returns "Adam".
func (*Adam) Name() string { return "Adam" }

// Iterations returns the number of steps that were taken.
func (a *Adam) Iterations() int64 {
	if a == nil {
		return 0
	}
	return a.state.iterations
}

// Step changes the variables by their gradients, as [Optimizer] says.
func (a *Adam) Step(of sepconv.Trainable) error {
	set, err := a.settings()
	if err != nil {
		return err
	}
	return a.moments().step(&a.state, &set, of)
}

// MarshalBinary returns the state.
func (a *Adam) MarshalBinary() ([]byte, error) {
	set, err := a.settings()
	if err != nil {
		return nil, err
	}
	return a.state.marshal(&set)
}

// UnmarshalBinary replaces the state by one of an Adam with the same AMSGrad.
func (a *Adam) UnmarshalBinary(data []byte) error {
	set, err := a.settings()
	if err != nil {
		return err
	}
	return a.state.unmarshal(&set, data)
}

// settings checks the fields.
func (a *Adam) settings() (settings, error) {
	if a == nil {
		return settings{}, nilOptimizer("Adam")
	}
	moments := a.moments()
	if err := moments.check("Adam"); err != nil {
		return settings{}, err
	}
	set := settings{
		class: "Adam", slots: moments.slots(), rate: a.LearningRate, defaultRate: 0.001, schedule: a.Schedule,
		decay: param.Or(a.WeightDecay, 0), excluded: a.ExcludeFromWeightDecay, clip: a.Clip,
	}
	return set, set.check()
}

// moments are the fields of Adam's own.
func (a *Adam) moments() moments {
	return moments{param.Or(a.Beta1, 0.9), param.Or(a.Beta2, 0.999), param.Or(a.Epsilon, 1e-7), a.AMSGrad}
}

// moments are what Adam and AdamW have in common.
type moments struct {
	beta1, beta2, epsilon float64
	amsgrad               bool
}

// check reports a wrong field.
func (a moments) check(class string) error {
	for _, beta := range [...]struct {
		name  string
		value float64
	}{{"Beta1", a.beta1}, {"Beta2", a.beta2}} {
		if !(beta.value >= 0 && float32(beta.value) < 1) {
			return param.BadField(class, beta.name, beta.value, "from 0 to below 1 as a float32")
		}
	}
	return checkRange(class, "Epsilon", a.epsilon, anyPositive)
}

func (a moments) slots() slotNames {
	if a.amsgrad {
		return slotNames{"momentum", "velocity", "velocity_hat"}
	}
	return slotNames{"momentum", "velocity"}
}

// step takes a step.
func (a moments) step(s *state, set *settings, of sepconv.Trainable) error {
	run, err := s.begin(set, of)
	if err != nil {
		return err
	}
	u := adamUpdate{
		alpha:   a.alpha(run.rate, s.iterations),
		fresh1:  float32(1 - a.beta1),
		fresh2:  float32(1 - a.beta2),
		epsilon: float32(a.epsilon),
	}
	for run.next() {
		if a.amsgrad {
			u.amsgrad(run.value, run.gradient, run.slot[0], run.slot[1], run.slot[2])
		} else {
			u.adam(run.value, run.gradient, run.slot[0], run.slot[1])
		}
	}
	return nil
}

// alpha is the learning rate times the correction for means that began at 0.
func (a moments) alpha(rate float32, t int64) float32 {
	power1 := float32(elementary.Pow(param.Round32(a.beta1), float64(t)))
	power2 := float32(elementary.Pow(param.Round32(a.beta2), float64(t)))
	return float32(rate*sqrt(1-power2)) / (1 - power1)
}

// An adamUpdate has the numbers of one step.
type adamUpdate struct {
	alpha, fresh1, fresh2, epsilon float32
}

func (u *adamUpdate) adam(w, gradient, m, v []float32) {
	gradient, m, v = gradient[:len(w)], m[:len(w)], v[:len(w)]
	alpha, fresh1, fresh2, epsilon := u.alpha, u.fresh1, u.fresh2, u.epsilon
	for i, g := range gradient {
		mean := m[i] + float32((g-m[i])*fresh1)
		square := v[i] + float32((float32(g*g)-v[i])*fresh2)
		m[i], v[i] = mean, square
		w[i] -= float32(mean*alpha) / (sqrt(square) + epsilon)
	}
}

func (u *adamUpdate) amsgrad(w, gradient, m, v, largest []float32) {
	gradient, m, v, largest = gradient[:len(w)], m[:len(w)], v[:len(w)], largest[:len(w)]
	alpha, fresh1, fresh2, epsilon := u.alpha, u.fresh1, u.fresh2, u.epsilon
	for i, g := range gradient {
		mean := m[i] + float32((g-m[i])*fresh1)
		square := v[i] + float32((float32(g*g)-v[i])*fresh2)
		m[i], v[i] = mean, square
		largest[i] = max(largest[i], square)
		w[i] -= float32(mean*alpha) / (sqrt(largest[i]) + epsilon)
	}
}

// sqrt is exactly rounded: that of the float64 is, and has more than twice the bits of a
// float32, so that rounding it again gives what rounding once does.
func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
