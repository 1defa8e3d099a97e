package optimizers

import (
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv"
)

// AdamW is [Adam] with weight decay by default (Loshchilov and Hutter, 2017). In Keras 3
// there is no other difference: the WeightDecay of Adam does the same.
//
// Keras: AdamW(learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999,
// epsilon=1e-7, amsgrad=False).
type AdamW struct {
	// LearningRate may be changed between steps. 0 stands for 0.001.
	LearningRate float64

	// Schedule gives the learning rate of each step instead. nil is none.
	Schedule Schedule

	// WeightDecay subtracts WeightDecay * learning rate * w from every value w. 0 stands for 0.004.
	WeightDecay float64

	// ExcludeFromWeightDecay are substrings: variables whose name contains one do not
	// decay.
	ExcludeFromWeightDecay []string

	// Beta1 and Beta2 say how slowly the means forget. They are from 0 to below 1; 0
	// stands for 0.9 and 0.999.
	Beta1, Beta2 float64

	// Epsilon keeps the quotient finite. 0 stands for 1e-7.
	Epsilon float64

	// AMSGrad divides by the root of the largest mean of squares so far.
	AMSGrad bool

	// Clip limits the gradients.
	Clip Clip

	state state
}

// Name returns "AdamW".
func (*AdamW) Name() string { return "AdamW" }

// Iterations returns the number of steps that were taken.
func (a *AdamW) Iterations() int64 {
	if a == nil {
		return 0
	}
	return a.state.iterations
}

// Step changes the variables by their gradients, as [Optimizer] says.
func (a *AdamW) Step(of sepconv.Trainable) error {
	set, err := a.settings()
	if err != nil {
		return err
	}
	return a.moments().step(&a.state, &set, of)
}

// MarshalBinary returns the state.
func (a *AdamW) MarshalBinary() ([]byte, error) {
	set, err := a.settings()
	if err != nil {
		return nil, err
	}
	return a.state.marshal(&set)
}

// UnmarshalBinary replaces the state by one of an AdamW with the same AMSGrad.
func (a *AdamW) UnmarshalBinary(data []byte) error {
	set, err := a.settings()
	if err != nil {
		return err
	}
	return a.state.unmarshal(&set, data)
}

// settings checks the fields.
func (a *AdamW) settings() (settings, error) {
	if a == nil {
		return settings{}, nilOptimizer("AdamW")
	}
	moments := a.moments()
	if err := moments.check("AdamW"); err != nil {
		return settings{}, err
	}
	set := settings{
		class: "AdamW", slots: moments.slots(), rate: a.LearningRate, defaultRate: 0.001, schedule: a.Schedule,
		decay: param.Or(a.WeightDecay, 0.004), excluded: a.ExcludeFromWeightDecay, clip: a.Clip,
	}
	return set, set.check()
}

// moments are the fields of Adam's own.
func (a *AdamW) moments() moments {
	return moments{param.Or(a.Beta1, 0.9), param.Or(a.Beta2, 0.999), param.Or(a.Epsilon, 1e-7), a.AMSGrad}
}
