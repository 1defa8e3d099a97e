package main

import (
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

func layerIDs(layers []layer) (ids []string) {
	for _, l := range layers {
		ids = append(ids, l.ID)
	}
	return ids
}

func TestTrainingLayers(t *testing.T) {
	o := options{threads: 1, format: "channels_last", time: 1}
	_, s, err := o.trainingSetting()
	require.NoError(t, err)
	require.Equal(t, []string{
		"T1-16", "T1-128", "T2-16", "T2-128", "T3-16", "T3-128", "T4-16", "T4-128",
		"K1-16", "K1-128", "K2-16", "K2-128", "K3-16", "K3-128", "Q2", "Q4", "C4", "P2",
	}, layerIDs(s.layers))
	require.Equal(t, 16, s.layers[0].Batch)
	require.Equal(t, 128, s.layers[1].Batch)
	require.Equal(t, 1, s.layers[14].Batch)
	for _, l := range s.layers {
		require.NoError(t, l.check(sepconv.ChannelsFirst))
	}

	o.layers = "^(T1|W1|E)"
	_, s, err = o.trainingSetting()
	require.NoError(t, err)
	require.Equal(t, []string{"T1-16", "T1-128", "E1", "E2", "W1"}, layerIDs(s.layers))

	all, err := readSuite("", sepconv.ChannelsLast)
	require.NoError(t, err)
	require.Len(t, o.trainedInReport(all), 18, "a report has those that are usual")
	selected, err := selectLayers(all, "^(E1|T4)$")
	require.NoError(t, err)
	require.Equal(t, []string{"T4-16", "T4-128"}, layerIDs(o.trainedInReport(selected)))

	o = defaults(t)
	_, s, err = o.trainingSetting()
	require.NoError(t, err)
	require.Equal(t, []string{"X1"}, layerIDs(s.layers), "of a file all, as they are")
}
