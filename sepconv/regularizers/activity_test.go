package regularizers

import (
	"fmt"
	"testing"

	"github.com/sepconv/go/internal/fault"
	"github.com/stretchr/testify/require"
)

// lossAlone is a user's regularizer that cannot be trained with.
type lossAlone struct{ L2 }

func (lossAlone) AddGradient(dw, w []float32, shape []int) error {
	return fmt.Errorf("%w: no derivative", fault.ErrConfig)
}

func TestActivityMisuse(t *testing.T) {
	y := []float32{1, 2, 3, 4}
	tests := []struct {
		activity Activity
		dy       []float32
		shape    []int
		cause    error
		message  string
	}{
		{Activity{}, nil, nil, fault.ErrShape, "it must begin with the batch"},
		{Activity{}, nil, []int{2, 1}, fault.ErrShape, "an array of 2 elements, not 4"},
		{Activity{}, y[:3], []int{2, 2}, fault.ErrShape, "a gradient of 4 elements, not 3"},
		{Activity{}, y, []int{2, 2}, fault.ErrOverlap, "memory of its own"},
		{Activity{Regularizer: L2{Factor: -1}}, nil, []int{2, 2}, fault.ErrConfig, "Factor is -1"},
		{Activity{Regularizer: (*L2)(nil)}, nil, []int{2, 2}, fault.ErrConfig, "nil pointer"},
		{Activity{Regularizer: OrthogonalRegularizer{}}, nil, []int{2, 2, 1}, fault.ErrShape, "two dimensions"},
		{Activity{Regularizer: lossAlone{}}, make([]float32, 4), []int{2, 2}, fault.ErrConfig, "no derivative"},
	}
	for _, test := range tests {
		_, err := test.activity.Compute(test.dy, y, test.shape)
		require.ErrorIs(t, err, test.cause)
		require.ErrorContains(t, err, test.message)
	}
	require.Equal(t, []float32{1, 2, 3, 4}, y)
}

// No regularizer has no penalty, and a gradient that is written.
func TestNoActivity(t *testing.T) {
	dy := []float32{7, 7}
	penalty, err := Activity{}.Compute(dy, []float32{1, 2}, []int{2, 1})
	require.NoError(t, err)
	require.Zero(t, penalty)
	require.Equal(t, []float32{0, 0}, dy)
}

// A step of training allocates nothing for its penalties.
func TestPenaltiesAllocateNothing(t *testing.T) {
	w, dw, shape := sampleWeight(24), make([]float32, 24), []int{3, 4, 2}
	for _, r := range []Regularizer{L1{Factor: 1}, L2{Factor: 1}, L1L2{L1: 1, L2: 1}} {
		require.Zero(t, testing.AllocsPerRun(10, func() {
			_, _ = r.Loss(w, shape)
			_ = r.AddGradient(dw, w, shape)
			_, _ = Activity{Regularizer: r}.Compute(dw, w, shape)
		}), "%#v", r)
	}
}
