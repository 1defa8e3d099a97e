package losses_test

import (
	"testing"

	"github.com/sepconv/go/internal/apitest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/losses"
)

// Nothing panics for being a zero value or for being given one.
func TestZeroValues(t *testing.T) {
	apitest.API{
		Funcs: map[string]any{"CountCorrect": losses.CountCorrect, "CountCorrectTargets": losses.CountCorrectTargets},
		Types: []any{
			losses.SparseCategoricalCrossentropy{}, losses.CategoricalCrossentropy{}, losses.BinaryCrossentropy{}, losses.MeanSquaredError{},
			losses.Reduction(""),
		},
		Sentinels: []error{sepconv.ErrConfig, sepconv.ErrShape, losses.ErrLabel},
	}.Check(t, ".")
}
