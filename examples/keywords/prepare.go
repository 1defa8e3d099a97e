package main

import "math"

const (
	sampleRate = 16000
	window     = sampleRate // the network hears one second
	loudness   = 0.1        // and always the same mean power
)

// prepare cuts or fills a recording to one second and scales it, as train/sound.py
// does. Of a longer recording it takes the second with the most energy.
func prepare(x []float32, rate int) []float32 {
	if len(x) > rate {
		x = x[loudest(x, rate):][:rate]
	}
	x = resample(x, rate, sampleRate)
	y := make([]float32, window)
	copy(y[(window-len(x))/2:], x)
	sum := 0.0
	for _, v := range y {
		sum += float64(v) * float64(v)
	}
	scale := loudness / math.Sqrt(sum/window+1e-12)
	for i, v := range y {
		y[i] = float32(float64(v) * scale)
	}
	return y
}

// loudest returns where the second with the most energy begins, to 10 ms.
func loudest(x []float32, rate int) int {
	hop := rate / 100
	energy := make([]float64, len(x)+1)
	for i, v := range x {
		energy[i+1] = energy[i] + float64(v)*float64(v)
	}
	best := 0
	for i := hop; i+rate <= len(x); i += hop {
		if energy[i+rate]-energy[i] > energy[best+rate]-energy[best] {
			best = i
		}
	}
	return best
}

// resample changes the sample rate by band-limited interpolation: a sinc that
// passes what both rates can hold, under a Hann window of 16 zero crossings.
func resample(x []float32, from, to int) []float32 {
	if from == to {
		return x
	}
	const crossings = 16
	ratio := float64(from) / float64(to)
	cutoff := math.Min(1, 1/ratio)
	reach := crossings / cutoff
	y := make([]float32, int(float64(len(x))/ratio))
	for i := range y {
		centre := float64(i) * ratio
		sum := 0.0
		for j := max(0, int(math.Ceil(centre-reach))); j < len(x) && float64(j) <= centre+reach; j++ {
			d := float64(j) - centre
			sum += float64(x[j]) * cutoff * sinc(d*cutoff) * (0.5 + 0.5*math.Cos(math.Pi*d/reach))
		}
		y[i] = float32(sum)
	}
	return y
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}
