package regularizers_test

import (
	"testing"

	"github.com/sepconv/go/internal/apitest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/regularizers"
)

// Nothing panics for being a zero value or for being given one.
func TestZeroValues(t *testing.T) {
	apitest.API{
		Funcs: map[string]any{
			"Marshal": regularizers.Marshal, "MarshalKeras2": regularizers.MarshalKeras2,
			"Unmarshal": regularizers.Unmarshal, "UnmarshalKeras2": regularizers.UnmarshalKeras2,
		},
		Types: []any{
			regularizers.L1{}, regularizers.L2{}, regularizers.L1L2{}, regularizers.OrthogonalRegularizer{},
		},
		Sentinels: []error{sepconv.ErrConfig, sepconv.ErrShape},
	}.Check(t, ".")
}
