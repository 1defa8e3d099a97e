// Package sound makes of recordings what the keyword network hears.
package sound

import "math"

const (
	Rate     = 16000 // samples per second that the network hears
	Window   = Rate  // it hears one second
	Loudness = 0.1   // and always the same mean power
)

// Prepare cuts or fills a recording to one second and scales it, as
// ../../keywords/train/sound.py does. Of a longer recording it takes the second with the
// most energy.
func Prepare(x []float32, rate int) []float32 {
	if len(x) > rate {
		x = x[loudest(x, rate):][:rate]
	}
	x = Resample(x, rate, Rate)
	y := make([]float32, Window)
	copy(y[(Window-len(x))/2:], x)
	Level(y)
	return y
}

// Level scales x to the loudness, silence excepted.
func Level(x []float32) {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	scale := Loudness / math.Sqrt(sum/float64(len(x))+1e-12)
	for i, v := range x {
		x[i] = float32(float64(v) * scale)
	}
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

// Resample changes the sample rate by band-limited interpolation: a sinc that
// passes what both rates can hold, under a Hann window of 16 zero crossings.
func Resample(x []float32, from, to int) []float32 {
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
