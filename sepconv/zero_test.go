package sepconv_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/sepconv/go/internal/apitest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/custom"
	"github.com/sepconv/go/sepconv/initializers"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/require"
)

// Nothing panics for being a zero value or for being given one.
func TestZeroValues(t *testing.T) {
	apitest.API{
		Funcs: map[string]any{
			"New": sepconv.New, "NewFromWeights": sepconv.NewFromWeights,
			"Kernels": sepconv.Kernels, "WithKernel": sepconv.WithKernel, "WithThreads": sepconv.WithThreads, "KnownLength": sepconv.KnownLength,
			"WithRecompute": sepconv.WithRecompute, "WithUndividedActivity": sepconv.WithUndividedActivity, "WithPullback": sepconv.WithPullback,
			"WithCode": sepconv.WithCode, "ActivationOfLayer": sepconv.ActivationOfLayer, "UnmarshalActivation": sepconv.UnmarshalActivation, "UnmarshalActivationKeras2": sepconv.UnmarshalActivationKeras2,
			"ReLUWith": sepconv.ReLUWith, "LeakyReLUWith": sepconv.LeakyReLUWith, "ELUWith": sepconv.ELUWith, "CELUWith": sepconv.CELUWith,
			"HardShrinkWith": sepconv.HardShrinkWith, "SoftShrinkWith": sepconv.SoftShrinkWith, "ThresholdWith": sepconv.ThresholdWith,
			"SquarePlusWith": sepconv.SquarePlusWith,
		},
		Types: []any{
			sepconv.Config{}, sepconv.Padding(""), sepconv.DataFormat(""), sepconv.Layer{}, sepconv.Plan{}, sepconv.Stream{}, sepconv.Bank{}, sepconv.StreamOption(nil), sepconv.Trainer{}, sepconv.Variable{}, sepconv.Variables(nil), sepconv.Weights{}, sepconv.BatchNorm{}, sepconv.Panic{},
			sepconv.CompileOption(nil), sepconv.StandardActivation(0), sepconv.ActivationFunc(nil),
		},
		Sentinels: []error{sepconv.ErrConfig, sepconv.ErrShape, sepconv.ErrOverlap, sepconv.ErrKernel, sepconv.ErrState},
	}.Check(t, ".")
}

// A nil pointer in an interface is an error of whatever is given it: each field of
// Config that is an interface, and Layer.WithActivation.
func TestNilPointersInConfig(t *testing.T) {
	nils := map[reflect.Type]any{
		reflect.TypeFor[sepconv.Activation]():       (*sepconv.StandardActivation)(nil),
		reflect.TypeFor[initializers.Initializer](): (*initializers.Zeros)(nil),
		reflect.TypeFor[regularizers.Regularizer](): (*regularizers.L2)(nil),
		reflect.TypeFor[constraints.Constraint]():   (*constraints.NonNeg)(nil),
	}
	good := sepconv.Config{Filters: 2, KernelSize: 1}
	fields := 0
	for i := range reflect.TypeOf(good).NumField() {
		field := reflect.TypeOf(good).Field(i)
		if field.Type.Kind() != reflect.Interface {
			continue
		}
		fields++
		c := good
		reflect.ValueOf(&c).Elem().Field(i).Set(reflect.ValueOf(nils[field.Type]))
		_, err := sepconv.New(c, 1)
		require.ErrorIs(t, err, sepconv.ErrConfig, field.Name)
		_, err = sepconv.NewFromWeights(c, 1, sepconv.Weights{Depthwise: []float32{1}, Pointwise: []float32{1, 2}, Bias: []float32{1, 2}})
		require.ErrorIs(t, err, sepconv.ErrConfig, field.Name)
		_, err = json.Marshal(c)
		require.ErrorIs(t, err, sepconv.ErrConfig, field.Name)
		_, err = c.MarshalKeras2()
		require.ErrorIs(t, err, sepconv.ErrConfig, field.Name)
	}
	require.Equal(t, 11, fields)
	layer, err := sepconv.New(good, 1)
	require.NoError(t, err)
	_, err = layer.WithActivation((*sepconv.StandardActivation)(nil))
	require.ErrorIs(t, err, sepconv.ErrConfig)
	_, err = sepconv.Config{Filters: 1, KernelSize: 1, Activation: custom.Object{}}.MarshalKeras2()
	require.ErrorIs(t, err, sepconv.ErrConfig)
}

// SEPCONV_KERNEL also counts for an activation alone, and cannot make it fail.
func TestApplyWithKernelVariable(t *testing.T) {
	apply := func() []float32 {
		y := []float32{-2, -0.5, 0, 0.5, 2, 3}
		sepconv.GELU.Apply(y)
		sepconv.LeakyReLUWith(0.5).Apply(y)
		sepconv.Softmax.Apply(y)
		return y
	}
	want := apply()
	for _, name := range append(sepconv.Kernels(), "nonsense") {
		t.Setenv("SEPCONV_KERNEL", name)
		require.Equal(t, want, apply(), name)
	}
}
