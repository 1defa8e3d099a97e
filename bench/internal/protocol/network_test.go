package protocol

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServeOpensNetworks(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, WriteNetwork(dir, &NetworkFiles{
		Config: []byte("{}"), Input: []float32{3},
		Weights: []NetworkWeight{{"a", "kernel", []int{2}, []float32{1, 2}}, {"b", "bias", []int{1}, []float32{4}}},
	}))
	weights, err := ReadFloats(dir, "weights", 3)
	require.NoError(t, err)
	require.Equal(t, []float32{1, 2, 4}, weights)
	data, err := os.ReadFile(filepath.Join(dir, "weights.json"))
	require.NoError(t, err)
	var list []NetworkWeight
	require.NoError(t, json.Unmarshal(data, &list))
	require.Equal(t, []NetworkWeight{{"a", "kernel", []int{2}, nil}, {"b", "bias", []int{1}, nil}}, list)

	n := &Network{ID: "a", Input: []int{1}, Output: []int{4}}
	c := &counter{}
	s := &Server{OpenNetwork: func(from string, got *Network) (Model, error) {
		require.Equal(t, dir, from)
		require.Equal(t, n, got)
		return c, nil
	}}
	replies := talk(t, s, Request{Do: "model", Model: n, Dir: dir}, Request{Do: "run", Runs: 2})
	require.Empty(t, replies[1].Error)
	require.Equal(t, "counting", replies[1].Mode)
	require.Positive(t, replies[2].Seconds)
	require.True(t, c.closed)

	require.Equal(t, "it runs no networks", talk(t, &Server{}, Request{Do: "model", Model: n, Dir: dir})[1].Error)
	require.Equal(t, "request has no model", talk(t, s, Request{Do: "model", Dir: dir})[1].Error)
}
