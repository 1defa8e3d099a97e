package constraints_test

import (
	"testing"

	"github.com/sepconv/go/internal/apitest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/stretchr/testify/require"
)

// Nothing panics for being a zero value or for being given one.
func TestZeroValues(t *testing.T) {
	apitest.API{
		Funcs: map[string]any{
			"Marshal": constraints.Marshal, "MarshalKeras2": constraints.MarshalKeras2,
			"Unmarshal": constraints.Unmarshal, "UnmarshalKeras2": constraints.UnmarshalKeras2, "AllAxes": constraints.AllAxes,
		},
		Types: []any{
			constraints.NonNeg{}, constraints.MaxNorm{}, constraints.UnitNorm{}, constraints.MinMaxNorm{}, constraints.RadialConstraint{},
		},
		Sentinels: []error{sepconv.ErrConfig, sepconv.ErrShape},
	}.Check(t, ".")
}

// embeds has the methods of one of Keras' own, and may be anything.
type embeds struct{ constraints.MaxNorm }

// A program's own type is not taken for the one that it embeds.
func TestEmbeddedIsNotTheTypeItself(t *testing.T) {
	for _, v := range []constraints.Constraint{embeds{}, &embeds{}} {
		_, err := constraints.Marshal(v)
		require.ErrorIs(t, err, sepconv.ErrConfig)
		_, err = constraints.MarshalKeras2(v)
		require.ErrorIs(t, err, sepconv.ErrConfig)
	}
	_, err := constraints.Marshal(&constraints.MaxNorm{})
	require.NoError(t, err)
}
