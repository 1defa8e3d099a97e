package optimizers

import (
	"github.com/sepconv/go/internal/elementary"
	"github.com/sepconv/go/internal/param"
)

// CosineDecay goes from InitialLearningRate to Alpha of it along half a turn of a cosine
// (Loshchilov and Hutter, 2016), and stays there:
//
//	InitialLearningRate * ((1-Alpha) * (1 + cos(pi * min(step, DecaySteps)/DecaySteps))/2 + Alpha)
//
// With a WarmupTarget it first goes up to that, in a straight line of WarmupSteps, and
// then down from there in DecaySteps more.
//
// Keras: CosineDecay(initial_learning_rate, decay_steps, alpha=0.0, warmup_target=None,
// warmup_steps=0).
type CosineDecay struct {
	InitialLearningRate float64

	// DecaySteps is above 0, and does not count those of the warmup.
	DecaySteps int64

	// Alpha is the part that is left in the end. Default 0.
	Alpha float64

	// WarmupTarget is the learning rate after the warmup. 0 stands for no warmup.
	WarmupTarget float64

	// WarmupSteps is how long the warmup is. Unlike in Keras, which ignores them, steps
	// without a target are an error.
	WarmupSteps int64
}

// Rate returns the learning rate of a step.
func (c CosineDecay) Rate(step int64) (float64, error) {
	initial, alpha, target := param.Or(c.InitialLearningRate, 0), param.Or(c.Alpha, 0), param.Or(c.WarmupTarget, 0)
	err := checkSchedule("CosineDecay", step, c.DecaySteps,
		rate{"InitialLearningRate", initial}, rate{"Alpha", alpha}, rate{"WarmupTarget", target})
	switch {
	case err != nil:
		return 0, err
	case c.WarmupSteps < 0 || c.WarmupSteps > maxDecaySteps:
		return 0, param.BadField("CosineDecay", "WarmupSteps", c.WarmupSteps, "from 0 to 2^53")
	case c.WarmupTarget == 0 && c.WarmupSteps > 0:
		return 0, param.BadField("CosineDecay", "WarmupTarget", 0, "set where there are WarmupSteps")
	case step < c.WarmupSteps:
		return float64((target-initial)*(float64(step)/float64(c.WarmupSteps))) + initial, nil
	case c.WarmupTarget != 0:
		step, initial = step-c.WarmupSteps, target
	}
	half := 0.5 * (1 + elementary.CosTurn(min(step, c.DecaySteps), 2*c.DecaySteps))
	return float64(initial * (float64((1-alpha)*half) + alpha)), nil
}
