package regularizers_test

import (
	"testing"

	"github.com/sepconv/go/internal/apitest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/require"
)

// Nothing panics for being a zero value or for being given one.
func TestZeroValues(t *testing.T) {
	apitest.API{
		Funcs: map[string]any{
			"Marshal": regularizers.Marshal, "MarshalKeras2": regularizers.MarshalKeras2,
			"Unmarshal": regularizers.Unmarshal, "UnmarshalKeras2": regularizers.UnmarshalKeras2,
		},
		Types: []any{
			regularizers.L1{}, regularizers.L2{}, regularizers.L1L2{}, regularizers.OrthogonalRegularizer{}, regularizers.Activity{},
		},
		Sentinels: []error{sepconv.ErrConfig, sepconv.ErrShape},
	}.Check(t, ".")
}

// embeds has the methods of one of Keras' own, and may be anything.
type embeds struct{ regularizers.L2 }

// A program's own type is not taken for the one that it embeds.
func TestEmbeddedIsNotTheTypeItself(t *testing.T) {
	for _, v := range []regularizers.Regularizer{embeds{}, &embeds{}} {
		_, err := regularizers.Marshal(v)
		require.ErrorIs(t, err, sepconv.ErrConfig)
		_, err = regularizers.MarshalKeras2(v)
		require.ErrorIs(t, err, sepconv.ErrConfig)
	}
	_, err := regularizers.Marshal(&regularizers.L2{})
	require.NoError(t, err)
}
