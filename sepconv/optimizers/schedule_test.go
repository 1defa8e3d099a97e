package optimizers_test

import (
	"math"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/optimizers"
	"github.com/stretchr/testify/assert"
)

// Steps far beyond any run.
func TestRatesFarAway(t *testing.T) {
	const far = math.MaxInt64
	for _, test := range []struct {
		schedule optimizers.Schedule
		want     float64
	}{
		{optimizers.ExponentialDecay{InitialLearningRate: 1, DecaySteps: 1, DecayRate: 0.5}, 0},
		{optimizers.ExponentialDecay{InitialLearningRate: 1, DecaySteps: 1, DecayRate: 0.5, Staircase: true}, 0},
		{optimizers.ExponentialDecay{InitialLearningRate: 1, DecaySteps: 1, DecayRate: 1}, 1},
		{optimizers.ExponentialDecay{InitialLearningRate: 1, DecaySteps: 1, DecayRate: 2}, math.Inf(1)},
		{optimizers.InverseTimeDecay{InitialLearningRate: 1, DecaySteps: 1, DecayRate: 1}, 0x1p-63},
		{optimizers.PolynomialDecay{InitialLearningRate: 1, DecaySteps: 1 << 53}, 0.0001},
		{optimizers.PolynomialDecay{InitialLearningRate: 1, DecaySteps: 1 << 53, EndLearningRate: sepconv.Zero}, 0},
		{optimizers.PiecewiseConstantDecay{Boundaries: []int64{1, math.MaxInt64 - 1}, Values: []float64{1, 2, 3}}, 3},
		{optimizers.CosineDecay{InitialLearningRate: 1, DecaySteps: 1 << 53}, 0},
		{optimizers.CosineDecay{InitialLearningRate: 1, DecaySteps: 1 << 53, Alpha: 0.25, WarmupTarget: 2, WarmupSteps: 1 << 53}, 0.5},
	} {
		got, err := test.schedule.Rate(far)
		assert.NoError(t, err)
		assert.InDelta(t, test.want, got, 1e-15, "%+v", test.schedule)
	}
	rate, err := optimizers.PolynomialDecay{InitialLearningRate: 1, DecaySteps: 1 << 53, Cycle: true}.Rate(1<<62 + 1)
	assert.NoError(t, err)
	assert.InDelta(t, 0.0001+0.9999/513, rate, 1e-6)
}

func TestWrongSchedules(t *testing.T) {
	nan := math.NaN()
	for message, s := range map[string]optimizers.Schedule{
		"ExponentialDecay: DecaySteps is 0, it must be above 0":        optimizers.ExponentialDecay{DecayRate: 1},
		"ExponentialDecay: DecaySteps is -1, it must be above 0":       optimizers.ExponentialDecay{DecayRate: 1, DecaySteps: -1},
		"ExponentialDecay: DecayRate is 0, it must be above 0":         optimizers.ExponentialDecay{DecaySteps: 1},
		"ExponentialDecay: DecayRate is -1, it must be 0 or more":      optimizers.ExponentialDecay{DecaySteps: 1, DecayRate: -1},
		"ExponentialDecay: InitialLearningRate is NaN":                 optimizers.ExponentialDecay{DecaySteps: 1, DecayRate: 1, InitialLearningRate: nan},
		"InverseTimeDecay: DecayRate is NaN":                           optimizers.InverseTimeDecay{DecaySteps: 1, DecayRate: nan},
		"InverseTimeDecay: DecaySteps is 9007199254740993":             optimizers.InverseTimeDecay{DecaySteps: 1<<53 + 1},
		"PolynomialDecay: Power is -1, it must be 0 or more":           optimizers.PolynomialDecay{DecaySteps: 1, Power: -1},
		"PolynomialDecay: EndLearningRate is -1, it must be 0 or more": optimizers.PolynomialDecay{DecaySteps: 1, EndLearningRate: -1},
		"there are 0 Values for 0 Boundaries, there must be one more":  optimizers.PiecewiseConstantDecay{},
		"Boundaries[1] is 5, it must be above the one before, 5":       optimizers.PiecewiseConstantDecay{Boundaries: []int64{5, 5}, Values: []float64{1, 2, 3}},
		"PiecewiseConstantDecay: Values[0] is -1":                      optimizers.PiecewiseConstantDecay{Values: []float64{-1}},
		"CosineDecay: Alpha is -1, it must be 0 or more":               optimizers.CosineDecay{DecaySteps: 1, Alpha: -1},
		"CosineDecay: WarmupSteps is -1, it must be from 0":            optimizers.CosineDecay{DecaySteps: 1, WarmupSteps: -1, WarmupTarget: 1},
		"CosineDecay: WarmupTarget is 0, it must be set":               optimizers.CosineDecay{DecaySteps: 1, WarmupSteps: 1},
		"the ScheduleFunc is nil; it must be a function":               optimizers.ScheduleFunc(nil),
	} {
		_, err := s.Rate(0)
		assert.ErrorIs(t, err, sepconv.ErrConfig, message)
		assert.ErrorContains(t, err, message)
	}
	for _, s := range []optimizers.Schedule{
		optimizers.ExponentialDecay{DecaySteps: 1, DecayRate: 1}, optimizers.InverseTimeDecay{DecaySteps: 1}, optimizers.PolynomialDecay{DecaySteps: 1},
		optimizers.PiecewiseConstantDecay{Values: []float64{1}}, optimizers.CosineDecay{DecaySteps: 1},
	} {
		_, err := s.Rate(-1)
		assert.ErrorIs(t, err, sepconv.ErrConfig)
		assert.ErrorContains(t, err, "the step is -1, it must be 0 or more")
	}
}
