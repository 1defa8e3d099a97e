package initializers

import (
	"math"
	"strings"

	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/param"
)

// VarianceScaling draws with a variance that depends on how many inputs or
// outputs the weight connects. With v = Scale / max(1, n), where n is fan_in,
// fan_out or their mean,
//
//	"truncated_normal":   standard deviation sqrt(v), values beyond 2 * sqrt(v) / 0.8796 drawn again
//	"untruncated_normal": standard deviation sqrt(v)
//	"uniform":            [-sqrt(3v), sqrt(3v))
//
// Keras counts fan_in = k*C and fan_out = k*M for the depthwise kernel (k, C,
// M), fan_in = C*M and fan_out = F for the pointwise kernel (1, C*M, F), and F
// for both of the bias (F). Keras: VarianceScaling(scale=1.0, mode="fan_in",
// distribution="truncated_normal", seed=None, input_axes=None,
// output_axes=None), "variance_scaling".
type VarianceScaling struct {
	// Scale is the factor of the variance, above 0. 0 stands for 1.
	Scale float64

	// Mode is "fan_in", "fan_out" or "fan_avg". "" stands for "fan_in".
	Mode string

	// Distribution is "truncated_normal" or its other name "normal",
	// "untruncated_normal" or "uniform", in any case. "" stands for
	// "truncated_normal".
	Distribution string

	// Seed starts the random numbers. 0 stands for none: the layer's is used.
	Seed uint64

	// InputAxes and OutputAxes say which axes count as inputs and as outputs:
	// fan_in and fan_out are the products of their dimensions. A negative axis
	// counts from the end. They apply only if neither is nil, as in Keras. With
	// {0} and {2}, a depthwise kernel has fan_in = k, the number of terms that
	// the convolution really sums.
	InputAxes, OutputAxes []int
}

// Name returns "VarianceScaling".
func (VarianceScaling) Name() string { return "VarianceScaling" }

// Initialize draws the elements of w.
func (v VarianceScaling) Initialize(w []float32, shape []int, seed uint64) error {
	return v.initialize(v.Name(), w, shape, seed)
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (v VarianceScaling) Validate(shape []int) error { return v.validateAs(v.Name(), shape) }

// initialize is Initialize, with errors in the name of class.
func (v VarianceScaling) initialize(class string, w []float32, shape []int, seed uint64) error {
	if err := param.CheckWeight(class, w, shape); err != nil {
		return err
	}
	width, err := v.width(class, shape)
	if err != nil {
		return err
	}
	s := newSampler(v.Seed, seed)
	switch v.distribution() {
	case "truncated_normal":
		fillScaled(w, 0, width, s.truncatedNormal)
	case "untruncated_normal":
		fillScaled(w, 0, width, s.normal)
	case "uniform":
		fillUniform(w, -width, width, s)
	}
	return nil
}

// validateAs is validate, with errors in the name of class.
func (v VarianceScaling) validateAs(class string, shape []int) error {
	if _, err := param.Elements(class, shape); err != nil {
		return err
	}
	_, err := v.width(class, shape)
	return err
}

// checkFieldsAs reports wrong parameters, in the name of class.
func (v VarianceScaling) checkFieldsAs(class string) error {
	if err := param.CheckFloat32(class, "Scale", v.Scale); err != nil {
		return err
	}
	if param.Or(v.Scale, 1) <= 0 {
		return param.BadField(class, "Scale", v.Scale, "above 0")
	}
	switch param.TextOr(v.Mode, "fan_in") {
	case "fan_in", "fan_out", "fan_avg":
	default:
		return param.BadField(class, "Mode", kerasjson.Quoted(v.Mode), `"fan_in", "fan_out" or "fan_avg"`)
	}
	switch v.distribution() {
	case "truncated_normal", "untruncated_normal", "uniform":
	default:
		return param.BadField(class, "Distribution", kerasjson.Quoted(v.Distribution), `"truncated_normal", "untruncated_normal" or "uniform"`)
	}
	return nil
}

// distribution returns the name that Keras gives to Distribution.
func (v VarianceScaling) distribution() string {
	name := strings.ToLower(param.TextOr(v.Distribution, "truncated_normal"))
	if name == "normal" {
		return "truncated_normal"
	}
	return name
}

// width returns the standard deviation before truncation, or the limit, of the
// distribution.
func (v VarianceScaling) width(class string, shape []int) (float64, error) {
	if err := v.checkFieldsAs(class); err != nil {
		return 0, err
	}
	in, out, err := fans(class, shape, v.InputAxes, v.OutputAxes)
	if err != nil {
		return 0, err
	}
	n := in
	switch v.Mode {
	case "fan_out":
		n = out
	case "fan_avg":
		n = (in + out) / 2
	}
	variance := param.Or(v.Scale, 1) / max(1, n)
	switch v.distribution() {
	case "truncated_normal":
		return math.Sqrt(variance) / truncatedStdDev, nil
	case "uniform":
		return math.Sqrt(3 * variance), nil
	}
	return math.Sqrt(variance), nil
}

// truncatedStdDev is the standard deviation of the standard normal distribution
// truncated at -2 and 2.
const truncatedStdDev = 0.87962566103423978

// GlorotUniform draws from [-l, l) with l = sqrt(6 / (fan_in + fan_out)); see
// [VarianceScaling] for the fans. It is the default of both kernels, and also
// known as Xavier's. Keras: GlorotUniform(seed=None, input_axes=None,
// output_axes=None), "glorot_uniform".
//
// Glorot and Bengio, Understanding the difficulty of training deep feedforward
// neural networks, 2010.
type GlorotUniform struct {
	Seed                  uint64 // 0 stands for none: the layer's is used
	InputAxes, OutputAxes []int  // as in [VarianceScaling]
}

// Name returns "GlorotUniform".
func (GlorotUniform) Name() string { return "GlorotUniform" }

// Initialize draws the elements of w.
func (g GlorotUniform) Initialize(w []float32, shape []int, seed uint64) error {
	return g.scaling().initialize(g.Name(), w, shape, seed)
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (g GlorotUniform) Validate(shape []int) error { return g.scaling().validateAs(g.Name(), shape) }

func (g GlorotUniform) scaling() VarianceScaling {
	return VarianceScaling{1, "fan_avg", "uniform", g.Seed, g.InputAxes, g.OutputAxes}
}

// GlorotNormal draws from the truncated normal distribution of standard
// deviation sqrt(2 / (fan_in + fan_out)); see [VarianceScaling]. Keras:
// GlorotNormal(seed=None, input_axes=None, output_axes=None), "glorot_normal".
//
// Glorot and Bengio, Understanding the difficulty of training deep feedforward
// neural networks, 2010.
type GlorotNormal struct {
	Seed                  uint64 // 0 stands for none: the layer's is used
	InputAxes, OutputAxes []int  // as in [VarianceScaling]
}

// Name returns "GlorotNormal".
func (GlorotNormal) Name() string { return "GlorotNormal" }

// Initialize draws the elements of w.
func (g GlorotNormal) Initialize(w []float32, shape []int, seed uint64) error {
	return g.scaling().initialize(g.Name(), w, shape, seed)
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (g GlorotNormal) Validate(shape []int) error { return g.scaling().validateAs(g.Name(), shape) }

func (g GlorotNormal) scaling() VarianceScaling {
	return VarianceScaling{1, "fan_avg", "truncated_normal", g.Seed, g.InputAxes, g.OutputAxes}
}

// HeUniform draws from [-l, l) with l = sqrt(6 / fan_in); see
// [VarianceScaling]. Keras: HeUniform(seed=None, input_axes=None,
// output_axes=None), "he_uniform".
//
// He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015.
type HeUniform struct {
	Seed                  uint64 // 0 stands for none: the layer's is used
	InputAxes, OutputAxes []int  // as in [VarianceScaling]
}

// Name returns "HeUniform".
func (HeUniform) Name() string { return "HeUniform" }

// Initialize draws the elements of w.
func (h HeUniform) Initialize(w []float32, shape []int, seed uint64) error {
	return h.scaling().initialize(h.Name(), w, shape, seed)
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (h HeUniform) Validate(shape []int) error { return h.scaling().validateAs(h.Name(), shape) }

func (h HeUniform) scaling() VarianceScaling {
	return VarianceScaling{2, "fan_in", "uniform", h.Seed, h.InputAxes, h.OutputAxes}
}

// HeNormal draws from the truncated normal distribution of standard deviation
// sqrt(2 / fan_in); see [VarianceScaling]. Keras: HeNormal(seed=None,
// input_axes=None, output_axes=None), "he_normal".
//
// He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015.
type HeNormal struct {
	Seed                  uint64 // 0 stands for none: the layer's is used
	InputAxes, OutputAxes []int  // as in [VarianceScaling]
}

// Name returns "HeNormal".
func (HeNormal) Name() string { return "HeNormal" }

// Initialize draws the elements of w.
func (h HeNormal) Initialize(w []float32, shape []int, seed uint64) error {
	return h.scaling().initialize(h.Name(), w, shape, seed)
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (h HeNormal) Validate(shape []int) error { return h.scaling().validateAs(h.Name(), shape) }

func (h HeNormal) scaling() VarianceScaling {
	return VarianceScaling{2, "fan_in", "truncated_normal", h.Seed, h.InputAxes, h.OutputAxes}
}

// LecunUniform draws from [-l, l) with l = sqrt(3 / fan_in); see
// [VarianceScaling]. Keras: LecunUniform(seed=None, input_axes=None,
// output_axes=None), "lecun_uniform".
//
// LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998.
type LecunUniform struct {
	Seed                  uint64 // 0 stands for none: the layer's is used
	InputAxes, OutputAxes []int  // as in [VarianceScaling]
}

// Name returns "LecunUniform".
func (LecunUniform) Name() string { return "LecunUniform" }

// Initialize draws the elements of w.
func (l LecunUniform) Initialize(w []float32, shape []int, seed uint64) error {
	return l.scaling().initialize(l.Name(), w, shape, seed)
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (l LecunUniform) Validate(shape []int) error { return l.scaling().validateAs(l.Name(), shape) }

func (l LecunUniform) scaling() VarianceScaling {
	return VarianceScaling{1, "fan_in", "uniform", l.Seed, l.InputAxes, l.OutputAxes}
}

// LecunNormal draws from the truncated normal distribution of standard
// deviation sqrt(1 / fan_in); see [VarianceScaling]. Keras:
// LecunNormal(seed=None, input_axes=None, output_axes=None), "lecun_normal".
//
// LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998.
type LecunNormal struct {
	Seed                  uint64 // 0 stands for none: the layer's is used
	InputAxes, OutputAxes []int  // as in [VarianceScaling]
}

// Name returns "LecunNormal".
func (LecunNormal) Name() string { return "LecunNormal" }

// Initialize draws the elements of w.
func (l LecunNormal) Initialize(w []float32, shape []int, seed uint64) error {
	return l.scaling().initialize(l.Name(), w, shape, seed)
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (l LecunNormal) Validate(shape []int) error { return l.scaling().validateAs(l.Name(), shape) }

func (l LecunNormal) scaling() VarianceScaling {
	return VarianceScaling{1, "fan_in", "truncated_normal", l.Seed, l.InputAxes, l.OutputAxes}
}
