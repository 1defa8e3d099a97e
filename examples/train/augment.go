package main

import (
	"math"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/internal/elementary"
)

// augment writes a recording to dst as it might have been too: faster or slower, earlier
// or later, by another microphone, in another room, in more noise, louder or softer. dst
// has sound.Window samples. All is float64, with products converted before they are added
// to, so that no compiler fuses them: the same bits everywhere.
func augment(dst, recording []float32, r random) {
	x := place(recording, r)
	colour(x, r)
	echo(x, r)
	addNoise(x, len(recording), r)
	for i, v := range x {
		dst[i] = float32(v)
	}
	sound.Level(dst)
	gain := decibels(r.between(-3, 3))
	for i, v := range dst {
		dst[i] = float32(float64(v) * gain)
	}
}

// decibels returns the factor of an amplitude.
func decibels(d float64) float64 { return elementary.Exp(float64(d * (math.Ln10 / 20))) }

// place plays a recording faster or slower, which moves the pitch and the formants of the
// voice as another speaker would, and puts it anywhere in the window. Between samples it
// is a straight line.
func place(x []float32, r random) []float64 {
	speed := max(r.between(0.86, 1.16), float64(len(x))/(sound.Window-1)) // it has to fit
	start := float64(r.unit() * (sound.Window - float64(len(x))/speed))
	y := make([]float64, sound.Window)
	for i := range y {
		at := float64((float64(i) - start) * speed)
		left := math.Floor(at)
		if left < 0 || int(left)+1 >= len(x) {
			continue
		}
		a, b := float64(x[int(left)]), float64(x[int(left)+1])
		y[i] = a + float64((b-a)*(at-left))
	}
	return y
}

// colour tilts the spectrum, as microphones do.
func colour(x []float64, r random) {
	tilt := r.between(-0.4, 0.7)
	before := 0.0
	for i, v := range x {
		x[i] = v - float64(tilt*before)
		before = v
	}
}

// echo adds one reflection, up to 90 ms late.
func echo(x []float64, r random) {
	gain, late := r.between(0, 0.35), 60+r.below(1380)
	for i := len(x) - 1; i >= late; i-- {
		x[i] += float64(gain * x[i-late])
	}
}

// addNoise adds noise between white and brown, 3 to 30 dB below the recording.
func addNoise(x []float64, length int, r random) {
	memory := r.between(0, 0.98)
	noise := make([]float64, len(x))
	last := 0.0
	for i := range noise {
		last = float64(memory*last) + r.bell()
		noise[i] = last
	}
	gain := math.Sqrt(power(x)*sound.Window/float64(length)/power(noise)) * decibels(-r.between(3, 30))
	for i, v := range noise {
		x[i] += float64(gain * v)
	}
}

func power(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v * v)
	}
	return sum / float64(len(x))
}
