package sepconv_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/sepconv/go/internal/apitest"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// Nothing panics for being a zero value or for being given one.
func TestZeroValues(t *testing.T) {
	apitest.API{
		Funcs: map[string]any{
			"New": sepconv.New, "NewFromWeights": sepconv.NewFromWeights,
			"Kernels": sepconv.Kernels, "WithKernel": sepconv.WithKernel, "WithThreads": sepconv.WithThreads,
			"ExplicitZero": sepconv.ExplicitZero, "AllAxes": sepconv.AllAxes,
			"ReLUWith": sepconv.ReLUWith, "LeakyReLUWith": sepconv.LeakyReLUWith, "ELUWith": sepconv.ELUWith, "CELUWith": sepconv.CELUWith,
			"HardShrinkWith": sepconv.HardShrinkWith, "SoftShrinkWith": sepconv.SoftShrinkWith, "ThresholdWith": sepconv.ThresholdWith,
			"SquarePlusWith": sepconv.SquarePlusWith,
		},
		Types: []any{
			sepconv.Config{}, sepconv.Padding(""), sepconv.DataFormat(""), sepconv.Layer{}, sepconv.Plan{}, sepconv.Weights{}, sepconv.BatchNorm{}, sepconv.Panic{},
			sepconv.CompileOption(nil), sepconv.StandardActivation(0), sepconv.ActivationFunc(nil), sepconv.InitializerFunc(nil), sepconv.CustomObject{},
			sepconv.Zeros{}, sepconv.Ones{}, sepconv.Constant{}, sepconv.Identity{}, sepconv.RandomUniform{}, sepconv.RandomNormal{},
			sepconv.TruncatedNormal{}, sepconv.VarianceScaling{}, sepconv.GlorotUniform{}, sepconv.GlorotNormal{}, sepconv.HeUniform{},
			sepconv.HeNormal{}, sepconv.LecunUniform{}, sepconv.LecunNormal{}, sepconv.Orthogonal{}, sepconv.STFT{},
			sepconv.L1{}, sepconv.L2{}, sepconv.L1L2{}, sepconv.OrthogonalRegularizer{},
			sepconv.NonNeg{}, sepconv.MaxNorm{}, sepconv.UnitNorm{}, sepconv.MinMaxNorm{}, sepconv.RadialConstraint{},
		},
		Sentinels: []error{sepconv.ErrConfig, sepconv.ErrShape, sepconv.ErrOverlap, sepconv.ErrKernel},
	}.Check(t, ".")
}

// A nil pointer in an interface is an error of whatever is given it: each field of
// Config that is an interface, and Layer.WithActivation.
func TestNilPointersInConfig(t *testing.T) {
	nils := map[reflect.Type]any{
		reflect.TypeFor[sepconv.Activation]():  (*sepconv.StandardActivation)(nil),
		reflect.TypeFor[sepconv.Initializer](): (*sepconv.Zeros)(nil),
		reflect.TypeFor[sepconv.Regularizer](): (*sepconv.L2)(nil),
		reflect.TypeFor[sepconv.Constraint]():  (*sepconv.NonNeg)(nil),
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
	_, err = sepconv.Config{Filters: 1, KernelSize: 1, Activation: sepconv.CustomObject{}}.MarshalKeras2()
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
