package optimizers_test

import (
	"math"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/optimizers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clipped returns what SGD with a learning rate of 1 takes from zeros: the gradients as
// the clip leaves them.
func clipped(t *testing.T, clip optimizers.Clip, gradients ...[]float32) (taken [][]float32) {
	var v sepconv.Variables
	for i, g := range gradients {
		v = append(v, sepconv.Variable{Name: string(rune('a' + i)), Value: make([]float32, len(g)), Gradient: g})
	}
	require.NoError(t, (&optimizers.SGD{LearningRate: 1, Clip: clip}).Step(v))
	for i := range v {
		for k := range v[i].Value {
			v[i].Value[k] = 0 - v[i].Value[k]
		}
		taken = append(taken, v[i].Value)
	}
	return taken
}

func TestClip(t *testing.T) {
	a, b := []float32{3, -4}, []float32{0, 12}
	for clip, want := range map[optimizers.Clip][][]float32{
		{}:                    {a, b},
		{Value: 3.5}:          {{3, -3.5}, {0, 3.5}},
		{Norm: 10}:            {a, {0, 10}},
		{Norm: 5}:             {a, {0, 5}},
		{GlobalNorm: 13}:      {a, b},
		{GlobalNorm: 6.5}:     {{1.5, -2}, {0, 6}},
		{Value: sepconv.Zero}: {a, b}, // as clipvalue=0.0
	} {
		got := clipped(t, clip, a, b)
		for i := range want {
			assert.InDeltaSlice(t, want[i], got[i], 1e-6, "%+v", clip)
		}
	}
	assert.Equal(t, [][]float32{{0, 0}}, clipped(t, optimizers.Clip{Norm: 1}, []float32{0, 0}))
	// What is within the limit keeps its bits.
	third := []float32{1. / 3, 1e-20, -0.7}
	assert.Equal(t, [][]float32{third}, clipped(t, optimizers.Clip{Norm: 7}, third))
	assert.Equal(t, [][]float32{third}, clipped(t, optimizers.Clip{GlobalNorm: 7}, third))
}

// As Keras 3.15.1 has it, but for squares that float32 cannot hold and float64 can: there
// Keras 3 takes the norm for infinite.
func TestClipNotFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, test := range []struct {
		clip        optimizers.Clip
		given, want []float32
	}{
		{optimizers.Clip{Norm: 1}, []float32{inf, 1, 0}, []float32{nan, 0, 0}},
		{optimizers.Clip{Norm: 1}, []float32{nan, 1, 0}, []float32{nan, nan, nan}},
		{optimizers.Clip{Norm: 1}, []float32{1e30, 1, 0}, []float32{1, 1e-30, 0}},
		{optimizers.Clip{GlobalNorm: 1}, []float32{inf, 1, 0}, []float32{nan, nan, nan}},
		{optimizers.Clip{GlobalNorm: 1}, []float32{nan, 1, 0}, []float32{nan, nan, nan}},
		{optimizers.Clip{GlobalNorm: 1}, []float32{1e30, 1, 0}, []float32{1, 1e-30, 0}},
		{optimizers.Clip{Value: 1}, []float32{inf, 1, 0}, []float32{1, 1, 0}},
		{optimizers.Clip{Value: 1}, []float32{nan, -inf, 0}, []float32{nan, -1, 0}},
	} {
		got := clipped(t, test.clip, test.given)[0]
		for i, want := range test.want {
			if want != want {
				assert.True(t, got[i] != got[i], "%+v of %v is %v", test.clip, test.given, got)
			} else {
				assert.InDelta(t, want, got[i], 1e-7*math.Abs(float64(want)), "%+v of %v is %v", test.clip, test.given, got)
			}
		}
	}
}

// The norm is that of the whole gradient, not of the blocks that a step works in.
func TestClipOfManyElements(t *testing.T) {
	g := make([]float32, 1600)
	for i := range g {
		g[i] = 1
	}
	for _, clip := range []optimizers.Clip{{Norm: 10}, {GlobalNorm: 10}} {
		for _, x := range clipped(t, clip, g)[0] {
			require.InDelta(t, 0.25, x, 1e-7)
		}
	}
}
