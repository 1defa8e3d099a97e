package initializers

import "github.com/sepconv/go/internal/param"

// RandomUniform draws from the uniform distribution on [Min, Max). Keras:
// RandomUniform(minval=-0.05, maxval=0.05, seed=None), "random_uniform",
// "uniform".
type RandomUniform struct {
	// Min and Max are the limits. If both are 0 they stand for -0.05 and 0.05;
	// if one is set the other means what it says. All values are Min if the
	// limits are equal.
	Min, Max float64

	// Seed starts the random numbers. 0 stands for none: the layer's is used.
	Seed uint64
}

// Name returns "RandomUniform".
func (RandomUniform) Name() string { return "RandomUniform" }

// Initialize draws the elements of w.
func (u RandomUniform) Initialize(w []float32, shape []int, seed uint64) error {
	if err := param.CheckWeight(u.Name(), w, shape); err != nil {
		return err
	}
	if err := u.Validate(shape); err != nil {
		return err
	}
	low, high := u.limits()
	fillUniform(w, low, high, newSampler(u.Seed, seed))
	return nil
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (u RandomUniform) Validate(shape []int) error {
	if err := param.CheckFloat32(u.Name(), "Min", u.Min); err != nil {
		return err
	}
	if err := param.CheckFloat32(u.Name(), "Max", u.Max); err != nil {
		return err
	}
	if low, high := u.limits(); low > high {
		return param.BadField(u.Name(), "Min", u.Min, "at most Max")
	}
	_, err := param.Elements(u.Name(), shape)
	return err
}

// limits returns Min and Max, or their defaults.
func (u RandomUniform) limits() (low, high float64) {
	if u.Min == 0 && u.Max == 0 {
		return -0.05, 0.05
	}
	return param.Or(u.Min, 0), param.Or(u.Max, 0)
}

// fillUniform draws from [low, high), both rounded to float32 first, as Keras does.
func fillUniform(w []float32, low, high float64, s *sampler) {
	low, high = param.Round32(low), param.Round32(high)
	width := high - low
	for i := range w {
		v := float32(low + float64(width*s.uniform()))
		for v >= float32(high) && low < high { // rounded up to the limit, which is not part of the interval
			v = float32(low + float64(width*s.uniform()))
		}
		w[i] = v
	}
}

// RandomNormal draws from the normal distribution. Keras:
// RandomNormal(mean=0.0, stddev=0.05, seed=None), "random_normal", "normal".
type RandomNormal struct {
	// Mean is the centre. Default 0.
	Mean float64

	// StdDev is the standard deviation. 0 stands for 0.05.
	StdDev float64

	// Seed starts the random numbers. 0 stands for none: the layer's is used.
	Seed uint64
}

// Name returns "RandomNormal".
func (RandomNormal) Name() string { return "RandomNormal" }

// Initialize draws the elements of w.
func (n RandomNormal) Initialize(w []float32, shape []int, seed uint64) error {
	if err := param.CheckWeight(n.Name(), w, shape); err != nil {
		return err
	}
	if err := n.Validate(shape); err != nil {
		return err
	}
	s := newSampler(n.Seed, seed)
	fillScaled(w, param.Or(n.Mean, 0), param.Or(n.StdDev, defaultStdDev), s.normal)
	return nil
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (n RandomNormal) Validate(shape []int) error {
	return validateNormal(n.Name(), n.Mean, n.StdDev, shape)
}

// TruncatedNormal draws from the normal distribution and draws again what lies
// two standard deviations or more from the mean. The standard deviation of what
// remains is 0.8796 times StdDev. Keras: TruncatedNormal(mean=0.0, stddev=0.05,
// seed=None), "truncated_normal".
type TruncatedNormal struct {
	// Mean is the centre. Default 0.
	Mean float64

	// StdDev is the standard deviation before truncation. 0 stands for 0.05.
	StdDev float64

	// Seed starts the random numbers. 0 stands for none: the layer's is used.
	Seed uint64
}

// Name returns "TruncatedNormal".
func (TruncatedNormal) Name() string { return "TruncatedNormal" }

// Initialize draws the elements of w.
func (n TruncatedNormal) Initialize(w []float32, shape []int, seed uint64) error {
	if err := param.CheckWeight(n.Name(), w, shape); err != nil {
		return err
	}
	if err := n.Validate(shape); err != nil {
		return err
	}
	s := newSampler(n.Seed, seed)
	fillScaled(w, param.Or(n.Mean, 0), param.Or(n.StdDev, defaultStdDev), s.truncatedNormal)
	return nil
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (n TruncatedNormal) Validate(shape []int) error {
	return validateNormal(n.Name(), n.Mean, n.StdDev, shape)
}

// defaultStdDev is Keras' stddev.
const defaultStdDev = 0.05

// fillScaled sets every element to mean + stdDev*z, with a z of its own.
func fillScaled(w []float32, mean, stdDev float64, draw func() float64) {
	for i := range w {
		w[i] = float32(mean + float64(stdDev*draw()))
	}
}

func validateNormal(class string, mean, stdDev float64, shape []int) error {
	if err := param.CheckFloat32(class, "Mean", mean); err != nil {
		return err
	}
	if err := param.CheckFloat32(class, "StdDev", stdDev); err != nil {
		return err
	}
	if stdDev < 0 {
		return param.BadField(class, "StdDev", stdDev, "0 or more")
	}
	_, err := param.Elements(class, shape)
	return err
}
