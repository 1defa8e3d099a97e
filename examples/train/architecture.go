package main

import (
	"math"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/internal/elementary"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/initializers"
)

// The first layer's filters, and the samples that each looks at: 5 ms.
const bank, taps = 32, 80

// architecture is the network of ../keywords, layer by layer. The scores of the words are
// the means over time of what the last layer gives.
func architecture() []sepconv.Config {
	return []sepconv.Config{
		hidden(bank, taps, sepconv.Config{Strides: 16, DepthMultiplier: bank}),
		hidden(64, 9, sepconv.Config{Strides: 4}),
		hidden(96, 9, sepconv.Config{Strides: 4}),
		hidden(128, 9, sepconv.Config{}),
		hidden(128, 9, sepconv.Config{DilationRate: 2}),
		hidden(128, 9, sepconv.Config{}),
		layer(len(words), 5, sepconv.Config{}),
	}
}

// layer returns a layer that starts with an output as large as its input. Keras' default
// for the depthwise kernel counts all channels as inputs of one tap; each has only its
// own, and the signal would fade layer by layer.
func layer(filters, kernel int, c sepconv.Config) sepconv.Config {
	c.Filters, c.KernelSize, c.Padding = filters, kernel, sepconv.Same
	c.DepthwiseInitializer = initializers.RandomNormal{StdDev: 1 / math.Sqrt(float64(kernel))}
	c.PointwiseInitializer = initializers.HeNormal{}
	return c
}

func hidden(filters, kernel int, c sepconv.Config) sepconv.Config {
	c.Activation = sepconv.ReLU
	return layer(filters, kernel, c)
}

// filterBank returns weights for the first layer: band-pass filters under a Hann window,
// from 100 to 7000 Hz in equal steps of mel (2595 * log10(1 + hertz/700)), higher bands
// with a larger gain, because speech has less power there.
func filterBank() sepconv.Weights {
	w := sepconv.Weights{
		Depthwise: make([]float32, taps*bank),
		Pointwise: make([]float32, bank*bank),
		Bias:      make([]float32, bank),
	}
	low, high := elementary.Log(1+100./700), elementary.Log(1+7000./700)
	for f := range bank {
		w.Pointwise[f*bank+f] = 1
		mel := low + float64((high-low)*float64(f)/(bank-1))
		hertz := int64(math.Round(700 * (elementary.Exp(mel) - 1)))
		for j, v := range bandPass(hertz) {
			w.Depthwise[j*bank+f] = float32(v)
		}
	}
	return w
}

// bandPass returns a filter around a frequency. It is in whole hertz, so that its angles
// are fractions of a turn.
func bandPass(hertz int64) []float64 {
	filter := make([]float64, taps)
	squares := 0.0
	for j := range filter {
		hann := 0.5 - 0.5*elementary.CosTurn(int64(j), taps-1)
		filter[j] = hann * elementary.CosTurn(hertz*int64(j-taps/2), sound.Rate)
		squares += float64(filter[j] * filter[j])
	}
	gain := 10 * math.Sqrt(float64(hertz)/500/squares)
	for j := range filter {
		filter[j] *= gain
	}
	return filter
}
