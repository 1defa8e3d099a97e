package overlap

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSlices(t *testing.T) {
	a := make([]float32, 10)
	for _, c := range []struct {
		a, b []float32
		want bool
	}{
		{a, a, true},
		{a[:5], a[5:], false},
		{a[5:], a[:5], false},
		{a[:5], a[4:], true},
		{a[4:], a[:5], true},
		{a, a[3:4], true},
		{a, a[3:3], false},
		{a, nil, false},
		{nil, nil, false},
		{a, make([]float32, 10), false},
	} {
		require.Equal(t, c.want, Slices(c.a, c.b))
	}
	require.False(t, Slices(a, make([]int8, 1000)))
}
