package optimizers_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/optimizers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A session is what testdata/make.py trains: variables, and their gradients of each step.
type session struct {
	Shapes    map[string][]int
	Kept      []int // the steps after which Keras' values are known
	Values    []float32
	Gradients [][]float32
}

// names are the variables, in their order.
var names = []string{"conv/depthwise_kernel", "conv/pointwise_kernel", "conv/bias"}

func readSession(t testing.TB) session {
	text, err := os.ReadFile("testdata/variables.json")
	require.NoError(t, err)
	var s session
	require.NoError(t, json.Unmarshal(text, &s))
	require.Len(t, s.Shapes, len(names))
	return s
}

// variables returns those of the session before the first step, and all their values
// and gradients as one array each.
func (s *session) variables() (v sepconv.Variables, values, gradients []float32) {
	values, gradients = slices.Clone(s.Values), make([]float32, len(s.Values))
	from := 0
	for _, name := range names {
		n := 1
		for _, dim := range s.Shapes[name] {
			n *= dim
		}
		v = append(v, sepconv.Variable{Name: name, Shape: s.Shapes[name], Value: values[from : from+n], Gradient: gradients[from : from+n]})
		from += n
	}
	return v, values, gradients
}

// A kerasRun is what an optimizer of Keras has made of the session.
type kerasRun struct {
	Package           string
	Class             string
	Arguments         arguments
	Excluded          []string
	Schedule          string
	ScheduleArguments arguments `json:"schedule_arguments"`
	Values            [][]float32
}

func (r *kerasRun) String() string {
	return fmt.Sprint(r.Package, " ", r.Class, r.Arguments, r.Excluded, r.Schedule)
}

// arguments are those of a constructor of Keras.
type arguments map[string]any

// float returns an argument as a field of this library has it.
func (a arguments) float(name string) float64 {
	value, given := a[name]
	switch {
	case !given:
		return 0
	case value == 0.0:
		return sepconv.Zero
	}
	return value.(float64)
}

func (a arguments) bool(name string) bool {
	value, _ := a[name].(bool)
	return value
}

func (a arguments) int(name string) int64 {
	value, _ := a[name].(float64)
	return int64(value)
}

func (a arguments) list(name string) (list []float64) {
	for _, value := range a[name].([]any) {
		list = append(list, value.(float64))
	}
	return list
}

// schedule returns the schedule of this name, or nil if that is "".
func schedule(t testing.TB, name string, a arguments) optimizers.Schedule {
	initial, steps := a.float("initial_learning_rate"), a.int("decay_steps")
	switch name {
	case "":
		return nil
	case "ExponentialDecay":
		return optimizers.ExponentialDecay{InitialLearningRate: initial, DecaySteps: steps, DecayRate: a.float("decay_rate"), Staircase: a.bool("staircase")}
	case "InverseTimeDecay":
		return optimizers.InverseTimeDecay{InitialLearningRate: initial, DecaySteps: steps, DecayRate: a.float("decay_rate"), Staircase: a.bool("staircase")}
	case "PolynomialDecay":
		return optimizers.PolynomialDecay{
			InitialLearningRate: initial, DecaySteps: steps,
			EndLearningRate: a.float("end_learning_rate"), Power: a.float("power"), Cycle: a.bool("cycle"),
		}
	case "PiecewiseConstantDecay":
		p := optimizers.PiecewiseConstantDecay{Values: a.list("values")}
		for _, boundary := range a.list("boundaries") {
			p.Boundaries = append(p.Boundaries, int64(boundary))
		}
		return p
	case "CosineDecay":
		return optimizers.CosineDecay{
			InitialLearningRate: initial, DecaySteps: steps,
			Alpha: a.float("alpha"), WarmupTarget: a.float("warmup_target"), WarmupSteps: a.int("warmup_steps"),
		}
	}
	require.Fail(t, "no such schedule", name)
	return nil
}

// optimizer returns that of the run, as if it were new.
func (r *kerasRun) optimizer(t testing.TB) optimizers.Optimizer {
	a := r.Arguments
	schedule := schedule(t, r.Schedule, r.ScheduleArguments)
	clip := optimizers.Clip{Value: a.float("clipvalue"), Norm: a.float("clipnorm"), GlobalNorm: a.float("global_clipnorm")}
	switch r.Class {
	case "SGD":
		return &optimizers.SGD{
			LearningRate: a.float("learning_rate"), Schedule: schedule, Momentum: a.float("momentum"), Nesterov: a.bool("nesterov"),
			WeightDecay: a.float("weight_decay"), ExcludeFromWeightDecay: r.Excluded, Clip: clip,
		}
	case "Adam":
		return &optimizers.Adam{
			LearningRate: a.float("learning_rate"), Schedule: schedule,
			Beta1: a.float("beta_1"), Beta2: a.float("beta_2"), Epsilon: a.float("epsilon"), AMSGrad: a.bool("amsgrad"),
			WeightDecay: a.float("weight_decay"), ExcludeFromWeightDecay: r.Excluded, Clip: clip,
		}
	case "AdamW":
		return &optimizers.AdamW{
			LearningRate: a.float("learning_rate"), Schedule: schedule,
			Beta1: a.float("beta_1"), Beta2: a.float("beta_2"), Epsilon: a.float("epsilon"), AMSGrad: a.bool("amsgrad"),
			WeightDecay: a.float("weight_decay"), ExcludeFromWeightDecay: r.Excluded, Clip: clip,
		}
	case "RMSprop":
		return &optimizers.RMSprop{
			LearningRate: a.float("learning_rate"), Schedule: schedule,
			Rho: a.float("rho"), Momentum: a.float("momentum"), Epsilon: a.float("epsilon"), Centered: a.bool("centered"),
			WeightDecay: a.float("weight_decay"), ExcludeFromWeightDecay: r.Excluded, Clip: clip,
		}
	}
	require.Fail(t, "no such optimizer", r.Class)
	return nil
}

// readRuns returns all runs of Keras.
func readRuns(t testing.TB) (runs []*kerasRun) {
	packed, err := os.ReadFile("testdata/runs.jsonl.gz")
	require.NoError(t, err)
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	lines := json.NewDecoder(unpacked)
	for lines.More() {
		r := new(kerasRun)
		require.NoError(t, lines.Decode(r))
		runs = append(runs, r)
	}
	return runs
}

// exact reports whether the run has Keras' bits: it has no sum, whose order is free, no
// power in a schedule, and not the approximate 1/sqrt of Keras 2's RMSprop.
func (r *kerasRun) exact() bool {
	_, norm := r.Arguments["clipnorm"]
	_, globalNorm := r.Arguments["global_clipnorm"]
	return !norm && !globalNorm && (r.Schedule == "" || r.Schedule == "PiecewiseConstantDecay") && !r.approximate()
}

func (r *kerasRun) approximate() bool { return r.Package == "tf_keras" && r.Class == "RMSprop" }

// The values of every optimizer, with all its options, after 1, 2, 10 and 50 steps are
// those of Keras 3 and of Keras 2: the very bits, or within 1e-6 of the value plus the
// way that it has gone, and within 1e-5 of the value alone but for Keras 2's RMSprop,
// which has gone a long way to some small values.
func TestAsKeras(t *testing.T) {
	s := readSession(t)
	exact, near := 0, 0
	for _, r := range readRuns(t) {
		v, values, gradients := s.variables()
		optimizer := r.optimizer(t)
		way := make([]float64, len(values))
		kept := r.Values
		for step, g := range s.Gradients {
			copy(gradients, g)
			before := slices.Clone(values)
			require.NoError(t, optimizer.Step(v), r)
			require.Equal(t, g, gradients, r)
			for i := range way {
				way[i] += math.Abs(float64(values[i]) - float64(before[i]))
			}
			if !slices.Contains(s.Kept, step+1) {
				continue
			}
			if r.exact() {
				exact++
				require.Equal(t, kept[0], values, "%v, step %d", r, step+1)
			}
			for i, want := range kept[0] {
				near++
				bound := 1e-6 * (math.Abs(float64(want)) + way[i])
				if !r.approximate() {
					bound = min(bound, 1e-5*math.Abs(float64(want)))
				}
				require.InDelta(t, want, values[i], bound, "%v, step %d, element %d", r, step+1, i)
			}
			kept = kept[1:]
		}
		require.Empty(t, kept)
		require.EqualValues(t, len(s.Gradients), optimizer.Iterations())
	}
	assert.GreaterOrEqual(t, exact, 288)
	assert.Greater(t, near, 20_000)
}

// Rates are those of Keras 3 to within what its float32 rounds.
func TestRatesAsKeras(t *testing.T) {
	text, err := os.ReadFile("testdata/rates.jsonl")
	require.NoError(t, err)
	schedules := map[string]int{}
	for lines := json.NewDecoder(bytes.NewReader(text)); lines.More(); {
		var r struct {
			Schedule  string
			Arguments arguments
			Rates     []float64
		}
		require.NoError(t, lines.Decode(&r))
		s := schedule(t, r.Schedule, r.Arguments)
		largest := slices.Max(r.Rates)
		for step, want := range r.Rates {
			got, err := s.Rate(int64(step))
			require.NoError(t, err)
			require.InDelta(t, want, got, 1.5e-7*largest, "%s %v, step %d", r.Schedule, r.Arguments, step)
			schedules[r.Schedule]++
		}
	}
	assert.Len(t, schedules, 5)
}
