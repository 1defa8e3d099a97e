package constraints_test

import (
	"testing"

	"github.com/sepconv/go/internal/apitest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
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
