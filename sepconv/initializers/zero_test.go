package initializers_test

import (
	"testing"

	"github.com/sepconv/go/internal/apitest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/initializers"
	"github.com/stretchr/testify/require"
)

// Nothing panics for being a zero value or for being given one.
func TestZeroValues(t *testing.T) {
	apitest.API{
		Funcs: map[string]any{
			"Marshal": initializers.Marshal, "MarshalKeras2": initializers.MarshalKeras2,
			"Unmarshal": initializers.Unmarshal, "UnmarshalKeras2": initializers.UnmarshalKeras2,
		},
		Types: []any{
			initializers.Func(nil), initializers.Zeros{}, initializers.Ones{}, initializers.Constant{}, initializers.Identity{}, initializers.RandomUniform{}, initializers.RandomNormal{},
			initializers.TruncatedNormal{}, initializers.VarianceScaling{}, initializers.GlorotUniform{}, initializers.GlorotNormal{}, initializers.HeUniform{},
			initializers.HeNormal{}, initializers.LecunUniform{}, initializers.LecunNormal{}, initializers.Orthogonal{}, initializers.STFT{},
		},
		Sentinels: []error{sepconv.ErrConfig, sepconv.ErrShape},
	}.Check(t, ".")
}

// embeds has the methods of one of Keras' own, and may be anything.
type embeds struct{ initializers.HeNormal }

// A program's own type is not taken for the one that it embeds.
func TestEmbeddedIsNotTheTypeItself(t *testing.T) {
	for _, v := range []initializers.Initializer{embeds{}, &embeds{}} {
		_, err := initializers.Marshal(v)
		require.ErrorIs(t, err, sepconv.ErrConfig)
		_, err = initializers.MarshalKeras2(v)
		require.ErrorIs(t, err, sepconv.ErrConfig)
	}
	_, err := initializers.Marshal(&initializers.HeNormal{})
	require.NoError(t, err)
}
