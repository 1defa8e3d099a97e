package optimizers_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/optimizers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// all returns new optimizers of every type, with and without what they may remember.
func all() []optimizers.Optimizer {
	return []optimizers.Optimizer{
		&optimizers.SGD{},
		&optimizers.SGD{Momentum: 0.9, Nesterov: true, Clip: optimizers.Clip{Value: 1}, WeightDecay: 0.01},
		&optimizers.Adam{},
		&optimizers.Adam{AMSGrad: true, Clip: optimizers.Clip{Norm: 1}},
		&optimizers.AdamW{Schedule: optimizers.CosineDecay{InitialLearningRate: 0.01, DecaySteps: 100}, ExcludeFromWeightDecay: []string{"bias"}},
		&optimizers.RMSprop{},
		&optimizers.RMSprop{
			Centered: true, Momentum: 0.5, Clip: optimizers.Clip{GlobalNorm: 5},
			Schedule: optimizers.ExponentialDecay{InitialLearningRate: 0.01, DecaySteps: 30, DecayRate: 0.5},
		},
	}
}

// random returns variables of these lengths, with the same values and gradients on every
// CPU.
func random(lengths ...int) sepconv.Variables {
	r := rand.New(rand.NewPCG(16, 1))
	var v sepconv.Variables
	for i, n := range lengths {
		w := sepconv.Variable{Name: fmt.Sprintf("layer%d/bias", i), Value: make([]float32, n), Gradient: make([]float32, n)}
		for k := range w.Value {
			w.Value[k], w.Gradient[k] = float32(r.IntN(2001)-1000)/512, float32(r.IntN(2001)-1000)/512
		}
		v = append(v, w)
	}
	return v
}

// train takes steps with gradients that only + - * / and exact functions have made.
func train(t testing.TB, o optimizers.Optimizer, v sepconv.Variables, from, to int) {
	for step := from; step < to; step++ {
		for i := range v {
			for k := range v[i].Gradient {
				v[i].Gradient[k] = float32((step*7919+i*31+k*k*17)%2001-1000) / 512
			}
		}
		require.NoError(t, o.Step(v))
	}
}

// The bits of a run are the same on every CPU, and must not change.
func TestHash(t *testing.T) {
	want := []string{
		"63630d97214ad670", "349975961a966dcb", "b63a73cbafdf5272", "3505edb2db9ea158",
		"6560de9916f394e9", "db3ba87438f3cdc1", "b635884b469a20a7",
	}
	for i, o := range all() {
		v := random(1, 0, 3, 511, 512, 513, 1500)
		train(t, o, v, 0, 200)
		sum := sha256.New()
		for _, w := range v {
			require.NoError(t, binary.Write(sum, binary.LittleEndian, w.Value))
		}
		assert.Equal(t, want[i], hex.EncodeToString(sum.Sum(nil)[:8]), "%T, number %d", o, i)
	}
}

// A run that is saved and loaded in between goes on in the same bits.
func TestResume(t *testing.T) {
	for i := range all() {
		whole, first, second := all()[i], all()[i], all()[i]
		a, b := random(5, 700), random(5, 700)
		train(t, whole, a, 0, 30)
		train(t, first, b, 0, 13)
		saved, err := first.MarshalBinary()
		require.NoError(t, err)
		require.NoError(t, second.UnmarshalBinary(saved))
		require.EqualValues(t, 13, second.Iterations())
		train(t, second, b, 13, 30)
		require.Equal(t, a, b, "%T", whole)
		x, err := whole.MarshalBinary()
		require.NoError(t, err)
		y, err := second.MarshalBinary()
		require.NoError(t, err)
		require.Equal(t, x, y)
	}
}

// A state may be saved before there is one.
func TestResumeFromNothing(t *testing.T) {
	for i, o := range all() {
		saved, err := o.MarshalBinary()
		require.NoError(t, err)
		other := all()[i]
		train(t, other, random(2), 0, 3)
		require.NoError(t, other.UnmarshalBinary(saved))
		require.Zero(t, other.Iterations())
		train(t, other, random(4), 0, 1)
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	for _, o := range all() {
		var model sepconv.Trainable = random(3, 2000, 1)
		require.NoError(t, o.Step(model))
		assert.Zero(t, testing.AllocsPerRun(10, func() {
			if err := o.Step(model); err != nil {
				t.Fatal(err)
			}
		}), "%T", o)
	}
}

// snapshot is what must not change when there is an error.
func snapshot(t *testing.T, o optimizers.Optimizer, v sepconv.Variables) string {
	state, err := o.MarshalBinary()
	require.NoError(t, err)
	return fmt.Sprint(state, v)
}

// Variables that do not fit are an error, before and after the first step, and nothing is
// written.
func TestWrongVariables(t *testing.T) {
	w := make([]float32, 12)
	good := sepconv.Variables{
		{Name: "a", Shape: []int{2, 1}, Value: w[:2], Gradient: w[2:4]},
		{Name: "b", Value: w[4:7], Gradient: w[7:10]},
	}
	change := func(f func(v sepconv.Variables)) sepconv.Variables {
		v := slices.Clone(good)
		f(v)
		return v
	}
	always := map[error][]sepconv.Variables{
		sepconv.ErrShape: {
			{},
			change(func(v sepconv.Variables) { v[1].Gradient = nil }),
			change(func(v sepconv.Variables) { v[1].Gradient = w[7:9] }),
			change(func(v sepconv.Variables) { v[0].Shape = []int{2, 2} }),
			change(func(v sepconv.Variables) { v[0].Shape = []int{-1, -2} }),
			change(func(v sepconv.Variables) { v[0].Shape = []int{math.MaxInt, 3} }),
			change(func(v sepconv.Variables) { v[0].Shape = []int{} }),
		},
		sepconv.ErrWeights: {
			change(func(v sepconv.Variables) { v[0].Name = "b" }),
		},
		sepconv.ErrOverlap: {
			change(func(v sepconv.Variables) { v[1].Value = w[3:6] }),
			change(func(v sepconv.Variables) { v[1].Value = v[1].Gradient }),
			change(func(v sepconv.Variables) { v[1].Gradient = w[0:3] }),
			change(func(v sepconv.Variables) { v[0].Value = w[6:8] }),
		},
	}
	later := []sepconv.Variables{
		good[:1],
		append(slices.Clone(good), sepconv.Variable{Name: "c"}),
		{good[1], good[0]},
		change(func(v sepconv.Variables) { v[0].Name = "c" }),
		change(func(v sepconv.Variables) { v[0].Shape = []int{1, 2} }),
		change(func(v sepconv.Variables) { v[0].Shape = nil }),
		change(func(v sepconv.Variables) { v[1].Value, v[1].Gradient = w[4:6], w[7:9] }),
	}
	for i := range all() {
		o := all()[i]
		refuse := func(cause error, v sepconv.Variables) {
			for k := range w {
				w[k] = float32(k) - 4.5
			}
			before := snapshot(t, o, good)
			err := o.Step(v)
			require.ErrorIs(t, err, cause, "%T %v", o, v)
			require.Equal(t, before, snapshot(t, o, good), err)
		}
		for steps := range 2 {
			for cause, list := range always {
				for _, v := range list {
					refuse(cause, v)
				}
			}
			if steps == 0 {
				require.NoError(t, o.Step(good))
			}
		}
		for _, v := range later {
			refuse(sepconv.ErrWeights, v)
		}
		// Other memory for the same variables is well.
		require.NoError(t, o.Step(change(func(v sepconv.Variables) { v[1].Gradient = make([]float32, 3) })))
		require.NoError(t, o.Step(good))
	}
}

// What was separate in one step may not be in the next, of the same slice of variables.
func TestOverlapLater(t *testing.T) {
	v := random(3, 3)
	o := &optimizers.SGD{}
	require.NoError(t, o.Step(v))
	v[1].Value = v[0].Value
	require.ErrorIs(t, o.Step(v), sepconv.ErrOverlap)
}

// Wrong fields are an error that says what would be right, and nothing is written.
func TestWrongFields(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	failing := failingSchedule{}
	for message, o := range map[string]optimizers.Optimizer{
		"SGD: LearningRate is NaN, it must be a finite float32":                    &optimizers.SGD{LearningRate: nan},
		"SGD: LearningRate is -1, it must be 0 or more":                            &optimizers.SGD{LearningRate: -1},
		"SGD: LearningRate is 1e+39, it must be a finite float32":                  &optimizers.SGD{LearningRate: 1e39},
		"SGD: LearningRate is 1, it must be 0 where there is a Schedule":           &optimizers.SGD{LearningRate: 1, Schedule: constant(1)},
		"SGD: Momentum is 1.5, it must be from 0 to 1":                             &optimizers.SGD{Momentum: 1.5},
		"SGD: Momentum is -0.5, it must be from 0 to 1":                            &optimizers.SGD{Momentum: -0.5},
		"SGD: WeightDecay is -2, it must be 0 or more":                             &optimizers.SGD{WeightDecay: -2},
		"SGD: Clip.Value is NaN, it must be a finite float32":                      &optimizers.SGD{Clip: optimizers.Clip{Value: nan}},
		"SGD: Clip.Norm is -1, it must be 0 or more":                               &optimizers.SGD{Clip: optimizers.Clip{Norm: -1}},
		"SGD: Clip.GlobalNorm is +Inf, it must be a finite float32":                &optimizers.SGD{Clip: optimizers.Clip{GlobalNorm: inf}},
		"SGD: Clip.Norm is 1e-50, it must be 0 for no limit, or":                   &optimizers.SGD{Clip: optimizers.Clip{Norm: 1e-50}},
		"SGD: Clip is {Value:1 Norm:2 GlobalNorm:0}, at most one":                  &optimizers.SGD{Clip: optimizers.Clip{Value: 1, Norm: 2}},
		"SGD: the rate of Schedule at step 0 is NaN, it must be a finite":          &optimizers.SGD{Schedule: constant(nan)},
		"SGD: the rate of Schedule at step 0 is -1, it must be a finite":           &optimizers.SGD{Schedule: constant(-1)},
		"SGD: the rate of Schedule at step 0 is 1e+40, it must be":                 &optimizers.SGD{Schedule: constant(1e40)},
		"SGD: the Schedule has no rate for step 0: out of ideas":                   &optimizers.SGD{Schedule: failing},
		"SGD: Schedule is a nil *optimizers.CosineDecay, it must be":               &optimizers.SGD{Schedule: (*optimizers.CosineDecay)(nil)},
		"CosineDecay: DecaySteps is 0, it must be above 0 and at most 2^53":        &optimizers.SGD{Schedule: optimizers.CosineDecay{}},
		"Adam: Beta1 is 1, it must be from 0 to below 1":                           &optimizers.Adam{Beta1: 1},
		"Adam: Beta1 is -0.1, it must be from 0 to below 1":                        &optimizers.Adam{Beta1: -0.1},
		"Adam: Beta2 is NaN, it must be from 0 to below 1":                         &optimizers.Adam{Beta2: nan},
		"Adam: Beta2 is 0.999999999999, it must be from 0 to below 1 as a float32": &optimizers.Adam{Beta2: 0.999999999999},
		"Adam: Epsilon is -1, it must be 0 or more":                                &optimizers.Adam{Epsilon: -1},
		"AdamW: Beta2 is 2, it must be from 0 to below 1":                          &optimizers.AdamW{Beta2: 2},
		"AdamW: WeightDecay is +Inf, it must be a finite float32":                  &optimizers.AdamW{WeightDecay: inf},
		"RMSprop: Rho is 1.5, it must be from 0 to 1":                              &optimizers.RMSprop{Rho: 1.5},
		"RMSprop: Momentum is NaN, it must be a finite float32":                    &optimizers.RMSprop{Momentum: nan},
		"RMSprop: Epsilon is +Inf, it must be a finite float32":                    &optimizers.RMSprop{Epsilon: inf},
	} {
		v := random(3)
		before := fmt.Sprint(v)
		err := o.Step(v)
		require.ErrorIs(t, err, sepconv.ErrConfig, message)
		require.ErrorContains(t, err, message)
		require.Equal(t, before, fmt.Sprint(v))
		require.Zero(t, o.Iterations())
	}
	require.ErrorIs(t, (&optimizers.SGD{Schedule: failing}).Step(random(1)), failing.err())
}

// constant is a schedule.
func constant(rate float64) optimizers.Schedule {
	return optimizers.ScheduleFunc(func(int64) float64 { return rate })
}

// failingSchedule has no rates.
type failingSchedule struct{}

var errNoRate = errors.New("out of ideas")

func (failingSchedule) err() error                  { return errNoRate }
func (failingSchedule) Rate(int64) (float64, error) { return 0, errNoRate }

// Fields that say what is remembered cannot change; the others can.
func TestFieldsOfARun(t *testing.T) {
	v := random(3)
	sgd := &optimizers.SGD{}
	require.NoError(t, sgd.Step(v))
	sgd.LearningRate, sgd.WeightDecay, sgd.Clip.Norm = 0.5, 0.1, 1
	require.NoError(t, sgd.Step(v))
	sgd.Momentum = 0.9
	err := sgd.Step(v)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, "the fields of the SGD need momentum of each variable, and it has nothing; a run keeps the fields that it began with")
	sgd.Momentum = 0
	require.NoError(t, sgd.Step(v))

	adam := &optimizers.Adam{AMSGrad: true}
	require.NoError(t, adam.Step(v))
	adam.AMSGrad = false
	require.ErrorIs(t, adam.Step(v), sepconv.ErrConfig)
}

// Two copies would change one state.
func TestCopies(t *testing.T) {
	v := random(3)
	a := optimizers.Adam{}
	fresh := a
	require.NoError(t, a.Step(v))
	used := a
	require.ErrorIs(t, used.Step(v), sepconv.ErrConfig)
	_, err := used.MarshalBinary()
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.NoError(t, fresh.Step(v))
	saved, err := a.MarshalBinary()
	require.NoError(t, err)
	require.NoError(t, used.UnmarshalBinary(saved))
	require.NoError(t, used.Step(v))
	require.NoError(t, a.Step(v))
}

// A zero that is meant is not the default.
func TestZeroIsMeant(t *testing.T) {
	v := sepconv.Variables{{Name: "w", Value: []float32{1}, Gradient: []float32{1}}}
	for _, o := range []optimizers.Optimizer{
		&optimizers.SGD{LearningRate: sepconv.Zero}, &optimizers.Adam{LearningRate: sepconv.Zero},
		&optimizers.AdamW{LearningRate: sepconv.Zero}, &optimizers.RMSprop{LearningRate: sepconv.Zero},
		&optimizers.SGD{Schedule: optimizers.CosineDecay{DecaySteps: 1}},
	} {
		require.NoError(t, o.Step(v))
		require.Equal(t, float32(1), v[0].Value[0], "%T", o)
	}
	v[0].Gradient[0] = 0
	require.NoError(t, (&optimizers.AdamW{WeightDecay: sepconv.Zero}).Step(v))
	require.Equal(t, float32(1), v[0].Value[0])
	require.NoError(t, (&optimizers.AdamW{}).Step(v))
	require.Equal(t, 1-float32(float32(0.004)*float32(0.001)), v[0].Value[0])
}

// NaN and infinities flow, and do not reach other elements.
func TestNotFiniteFlows(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, o := range []optimizers.Optimizer{
		&optimizers.SGD{Momentum: 0.9}, &optimizers.Adam{AMSGrad: true}, &optimizers.AdamW{}, &optimizers.RMSprop{}, &optimizers.RMSprop{Centered: true},
	} {
		v := sepconv.Variables{{Name: "w", Value: []float32{1, 1, 1}, Gradient: []float32{nan, 1, inf}}}
		require.NoError(t, o.Step(v))
		v[0].Gradient[0], v[0].Gradient[2] = 0, 0
		require.NoError(t, o.Step(v))
		w := v[0].Value
		assert.True(t, w[0] != w[0], "%T", o)
		assert.Less(t, w[1], float32(1), "%T", o)
		assert.True(t, w[2] != w[2] || math.IsInf(float64(w[2]), -1), "%T: %v", o, w[2])
	}
}

// Where gradients do not change, rounding makes the variance of RMSprop negative: 38 of
// 1000 such variables are NaN in Keras 3.15.1 after 300 steps, these four among them.
func TestCenteredStaysFinite(t *testing.T) {
	v := sepconv.Variables{{Name: "w", Value: make([]float32, 4), Gradient: []float32{-1.1120207, 0.646703, -2.2508543, -1.2506957}}}
	o := &optimizers.RMSprop{Centered: true}
	for range 300 {
		require.NoError(t, o.Step(v))
	}
	for _, x := range v[0].Value {
		assert.False(t, x != x || math.IsInf(float64(x), 0), "%v", v[0].Value)
	}
}
