package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

func TestRoundedUp(t *testing.T) {
	l := layer{Channels: 1, Filters: 33, Steps: 7}
	require.Equal(t, layer{Channels: 16, Filters: 48, Steps: 7}, l.roundedUp())
	require.Equal(t, layer{Channels: 16, Filters: 48, Steps: 7}, l.roundedUp().roundedUp())
}

func TestOddLayersAreTheSameAlways(t *testing.T) {
	require.Equal(t, oddLayers(120)[:5], oddLayers(5))
}

// A layer takes as long as itself, about.
func TestRatio(t *testing.T) {
	s := &sizer{kernel: sepconv.Kernels()[0], format: sepconv.ChannelsLast, budget: 5 * time.Millisecond}
	ratio, err := s.ratio(oddLayers(1)[0], oddLayers(1)[0])
	require.NoError(t, err)
	require.Positive(t, ratio)
	_, err = s.ratio(layer{}, layer{})
	require.Error(t, err)
}

func TestPrintRatios(t *testing.T) {
	var out strings.Builder
	printRatios(&out, "title", []comparison{{oddLayers(1)[0], 1}, {oddLayers(2)[1], 3}, {oddLayers(3)[2], 2}})
	lines := strings.Split(out.String(), "\n")
	require.Equal(t, "title:", lines[0])
	require.Equal(t, "median 2.00, 95 of 100 within 2.90, most 3.00", lines[1])
	require.Contains(t, lines[2], "3.00  ")
}

func TestGridTakesNoOtherFlags(t *testing.T) {
	o := defaults(t)
	o.grid, o.baseline = true, "old.json"
	require.ErrorContains(t, run(io.Discard, io.Discard, o), "-grid takes no other flags")
}
