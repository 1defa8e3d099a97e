package optimizers_test

import (
	"testing"

	"github.com/sepconv/go/internal/apitest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/optimizers"
	"github.com/stretchr/testify/require"
)

// Nothing panics for being a zero value or for being given one.
func TestZeroValues(t *testing.T) {
	apitest.API{
		Types: []any{
			optimizers.SGD{}, optimizers.Adam{}, optimizers.AdamW{}, optimizers.RMSprop{}, optimizers.Clip{},
			optimizers.ExponentialDecay{}, optimizers.InverseTimeDecay{}, optimizers.PolynomialDecay{},
			optimizers.PiecewiseConstantDecay{}, optimizers.CosineDecay{}, optimizers.ScheduleFunc(nil),
		},
		Sentinels: []error{sepconv.ErrConfig, sepconv.ErrShape, sepconv.ErrFile},
	}.Check(t, ".")
}

// model is a program's own Trainable, whose method a nil pointer does not have.
type model struct{ variables []sepconv.Variable }

func (m *model) Variables() []sepconv.Variable { return m.variables }

func TestNilPointers(t *testing.T) {
	v := sepconv.Variables{{Name: "w", Value: []float32{1}, Gradient: []float32{1}}}
	for _, o := range all() {
		require.ErrorIs(t, o.Step((*model)(nil)), sepconv.ErrConfig)
		require.ErrorIs(t, o.Step(nil), sepconv.ErrConfig)
		require.ErrorIs(t, o.Step(sepconv.Variables(nil)), sepconv.ErrShape)
		require.ErrorIs(t, o.Step(&model{}), sepconv.ErrShape)
		require.NoError(t, o.Step(&model{v}))
	}
	for _, schedule := range []optimizers.Schedule{(*optimizers.CosineDecay)(nil), (*optimizers.ScheduleFunc)(nil), optimizers.ScheduleFunc(nil)} {
		require.ErrorIs(t, (&optimizers.SGD{Schedule: schedule}).Step(v), sepconv.ErrConfig)
	}
	require.NotEqual(t, float32(1), v[0].Value[0])
}
