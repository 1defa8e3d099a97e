package main

import (
	"testing"

	"github.com/sepconv/go/bench/peers/loop"
	"github.com/stretchr/testify/require"
)

// Gonum's product is that of the loop, added to what is there.
func TestMultiply(t *testing.T) {
	u, p := []float32{1, 2, 3, 4, 5, 6}, []float32{1, -1, 2, -2, 3, -3}
	want, got := []float32{10, 20, 30, 40}, []float32{10, 20, 30, 40}
	loop.Pointwise(want, u, p, 2, 3, 2)
	multiply(got, u, p, 2, 3, 2)
	require.Equal(t, []float32{24, 6, 62, 8}, want)
	require.Equal(t, want, got)
}
