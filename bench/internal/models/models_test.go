package models

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var all = append(slices.Clone(IDs), Streamed)

// What products are there is told by the shapes of the weights and by how often each
// meets an input, which is not more often than there are steps.
func TestModels(t *testing.T) {
	for _, id := range all {
		m, err := Read(id)
		require.NoError(t, err)
		require.Equal(t, id, m.ID)
		again, err := Read(id)
		require.NoError(t, err)
		require.Equal(t, m, again, "the weights are the same each time")
		require.Equal(t, m.Signal(), again.Signal())
		most := 0.0
		for _, w := range m.Weights {
			if strings.HasSuffix(w.Name, "kernel") {
				most += 2 * float64(m.Input[0]*elements(w.Shape))
			}
		}
		require.Positive(t, m.FLOPs())
		require.LessOrEqual(t, m.FLOPs(), most, id)
	}
	_, err := Read("alexnet")
	require.ErrorContains(t, err, `no model is called "alexnet"`)
}

// Models run, allocate nothing when they do so again, and what they give tells inputs
// apart.
func TestModelsRun(t *testing.T) {
	for _, id := range all {
		if testing.Short() && id == "quartznet" {
			continue
		}
		m, err := Read(id)
		require.NoError(t, err)
		k, err := m.Keras()
		require.NoError(t, err)
		program, err := k.Compile()
		require.NoError(t, err)
		shapes, err := program.OutputShapes(1)
		require.NoError(t, err)
		require.Equal(t, append([]int{1}, m.Output...), shapes[0])
		y, zero := make([]float32, m.OutputElements()), make([]float32, m.OutputElements())
		x := m.Signal()
		outputs, inputs := [][]float32{y}, [][]float32{x}
		require.NoError(t, program.Run(outputs, inputs, 1))
		require.Zero(t, testing.AllocsPerRun(5, func() { err = program.Run(outputs, inputs, 1) }), id)
		require.NoError(t, err)
		clear(x)
		require.NoError(t, program.Run([][]float32{zero}, [][]float32{x}, 1))
		require.NotEqual(t, y, zero)
		for _, v := range y {
			if id == Streamed {
				break // its scores are what a softmax would take
			}
			require.True(t, v >= 0 && v <= 1, "%s gives %v, which is no probability", id, v)
		}
	}
}

// An array of another shape than the configuration needs is seen.
func TestWeightsAreThoseOfTheConfiguration(t *testing.T) {
	for _, id := range all {
		m, err := Read(id)
		require.NoError(t, err)
		m.Weights[0].Shape[0]++
		k, err := m.Keras()
		require.NoError(t, err)
		_, err = k.Compile()
		require.ErrorContains(t, err, m.Weights[0].Layer)
	}
}
