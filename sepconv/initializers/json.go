package initializers

import (
	"encoding/json"

	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv/custom"
)

// Unmarshal reads an initializer from a layer's configuration: its name, or the
// dictionary of Keras 3. null is GlorotUniform, because that is what Keras makes of
// None for a weight of floats, a bias included. One of the user's own is a
// [custom.Object].
func Unmarshal(text []byte) (Initializer, error) { return unmarshal(text, false) }

// UnmarshalKeras2 is Unmarshal for Keras 2.
func UnmarshalKeras2(text []byte) (Initializer, error) { return unmarshal(text, true) }

func unmarshal(text []byte, keras2 bool) (Initializer, error) {
	if err := kerasjson.CheckValue(text); err != nil {
		return nil, err
	}
	reference, err := kerasjson.ParseReference("initializer", text, keras2)
	if err != nil {
		return nil, err
	}
	if reference == nil {
		return GlorotUniform{}, nil
	}
	read, ok := readers[kerasjson.InitializerClass(reference.Name)]
	if !ok || reference.Source == kerasjson.OfUser {
		return custom.Of[Initializer](reference)
	}
	reader, err := reference.Reader()
	if err != nil {
		return nil, err
	}
	reader.Take("dtype") // which TensorFlow 1 wrote and Keras 2 drops
	initializer := read(reader)
	if err := reader.Finish(); err != nil {
		return nil, err
	}
	return initializer, checkFields(initializer)
}

// Marshal writes an initializer as Keras 3 does; nil is null. The error wraps
// [sepconv.ErrConfig] if a field is wrong for weights of any shape, or if the
// initializer is a program's own, which Keras could not read.
func Marshal(i Initializer) ([]byte, error) { return marshal(i, false) }

// MarshalKeras2 is Marshal for Keras 2.
func MarshalKeras2(i Initializer) ([]byte, error) { return marshal(i, true) }

func marshal(i Initializer, keras2 bool) ([]byte, error) {
	text, err := kerasjson.Write("keras.initializers", i, configOf, keras2)
	if err != nil {
		return nil, err
	}
	if err := checkFields(i); err != nil {
		return nil, err
	}
	return text, nil
}

// configOf returns the arguments of Keras' own initializers.
func configOf(i any) (config kerasjson.Config, ok bool) {
	if c, ok := i.(interface{ config() kerasjson.Config }); ok && param.SamePackage(i, Zeros{}) && !param.IsNilPointer(i) {
		return c.config(), true
	}
	return nil, false
}

// checkFields reports fields that are wrong for a weight of any shape.
func checkFields(i Initializer) error {
	if c, ok := i.(interface{ checkFields() error }); ok {
		return c.checkFields()
	}
	return nil
}

func (c Constant) checkFields() error {
	if c.Values != nil && c.Shape != nil {
		return c.checkValues()
	}
	return c.checkValue()
}

func (d Identity) checkFields() error        { return d.Validate([]int{1, 1}) }
func (o Orthogonal) checkFields() error      { return o.Validate([]int{1, 1}) }
func (v VarianceScaling) checkFields() error { return v.checkFieldsAs(v.Name()) }
func (u RandomUniform) checkFields() error   { return u.Validate(nil) }
func (n RandomNormal) checkFields() error    { return n.Validate(nil) }
func (n TruncatedNormal) checkFields() error { return n.Validate(nil) }

// readers read the config of each class.
var readers = map[string]func(*kerasjson.Reader) Initializer{
	"Zeros":         func(*kerasjson.Reader) Initializer { return Zeros{} },
	"Ones":          func(*kerasjson.Reader) Initializer { return Ones{} },
	"Constant":      readConstant,
	"Identity":      func(r *kerasjson.Reader) Initializer { return Identity{r.Number("gain", 1)} },
	"RandomUniform": readRandomUniform,
	"RandomNormal": func(r *kerasjson.Reader) Initializer {
		return RandomNormal{r.Number("mean", 0), r.Number("stddev", defaultStdDev), r.Seed()}
	},
	"TruncatedNormal": func(r *kerasjson.Reader) Initializer {
		return TruncatedNormal{r.Number("mean", 0), r.Number("stddev", defaultStdDev), r.Seed()}
	},
	"VarianceScaling": func(r *kerasjson.Reader) Initializer {
		return VarianceScaling{
			r.Number("scale", 1), r.Word("mode", "fan_in"), r.Word("distribution", "truncated_normal"), r.Seed(),
			r.Axes("input_axes"), r.Axes("output_axes"),
		}
	},
	"GlorotUniform": func(r *kerasjson.Reader) Initializer {
		return GlorotUniform{r.Seed(), r.Axes("input_axes"), r.Axes("output_axes")}
	},
	"GlorotNormal": func(r *kerasjson.Reader) Initializer {
		return GlorotNormal{r.Seed(), r.Axes("input_axes"), r.Axes("output_axes")}
	},
	"HeUniform": func(r *kerasjson.Reader) Initializer {
		return HeUniform{r.Seed(), r.Axes("input_axes"), r.Axes("output_axes")}
	},
	"HeNormal": func(r *kerasjson.Reader) Initializer {
		return HeNormal{r.Seed(), r.Axes("input_axes"), r.Axes("output_axes")}
	},
	"LecunUniform": func(r *kerasjson.Reader) Initializer {
		return LecunUniform{r.Seed(), r.Axes("input_axes"), r.Axes("output_axes")}
	},
	"LecunNormal": func(r *kerasjson.Reader) Initializer {
		return LecunNormal{r.Seed(), r.Axes("input_axes"), r.Axes("output_axes")}
	},
	"Orthogonal": func(r *kerasjson.Reader) Initializer { return Orthogonal{r.Number("gain", 1), r.Seed()} },
	"STFT":       readSTFT,
}

// readRandomUniform sets both limits as soon as one of them is not the default,
// since 0 means 0 then.
func readRandomUniform(r *kerasjson.Reader) Initializer {
	u := RandomUniform{r.Number("minval", -0.05), r.Number("maxval", 0.05), r.Seed()}
	if u.Min == 0 && u.Max == 0 {
		return u
	}
	u.Min, u.Max = param.Or(u.Min, -0.05), param.Or(u.Max, 0.05)
	if u.Min == 0 && u.Max == 0 {
		u.Min = param.Zero
	}
	return u
}

// readConstant reads a number or an array.
func readConstant(r *kerasjson.Reader) Initializer {
	raw := r.Take("value")
	if raw == nil {
		return Constant{}
	}
	var value *float32
	if err := json.Unmarshal(kerasjson.Unwrapped(raw), &value); err == nil && value != nil {
		return Constant{Value: *value}
	}
	values, shape, err := kerasjson.ParseArray(raw)
	if err != nil {
		r.Fail("value", raw, "a float32 or an array of them")
		return Constant{}
	}
	return Constant{Values: values, Shape: shape}
}

func (Zeros) config() kerasjson.Config { return kerasjson.Config{} }
func (Ones) config() kerasjson.Config  { return kerasjson.Config{} }

func (c Constant) config() kerasjson.Config {
	switch {
	case c.Values == nil:
		return kerasjson.Config{{Key: "value", Value: kerasjson.Float32(c.Value)}}
	case c.Shape == nil:
		return kerasjson.Config{{Key: "value", Value: kerasjson.ArrayValue(c.Values, []int{len(c.Values)})}}
	}
	return kerasjson.Config{{Key: "value", Value: kerasjson.ArrayValue(c.Values, c.Shape)}}
}

// config leaves out a gain of 1, because Keras' Identity accepts the argument
// but never writes it.
func (d Identity) config() kerasjson.Config {
	if gain := param.Or(d.Gain, 1); gain != 1 {
		return kerasjson.Config{{Key: "gain", Value: kerasjson.Float(gain)}}
	}
	return kerasjson.Config{}
}

func (u RandomUniform) config() kerasjson.Config {
	low, high := u.limits()
	return kerasjson.Config{{Key: "seed", Value: kerasjson.SeedValue(u.Seed)}, {Key: "minval", Value: kerasjson.Float(low + 0)}, {Key: "maxval", Value: kerasjson.Float(high + 0)}}
}

func (n RandomNormal) config() kerasjson.Config {
	return kerasjson.Config{{Key: "seed", Value: kerasjson.SeedValue(n.Seed)}, {Key: "mean", Value: kerasjson.Float(param.Or(n.Mean, 0))}, {Key: "stddev", Value: kerasjson.Float(param.Or(n.StdDev, defaultStdDev))}}
}

func (n TruncatedNormal) config() kerasjson.Config {
	return kerasjson.Config{{Key: "seed", Value: kerasjson.SeedValue(n.Seed)}, {Key: "mean", Value: kerasjson.Float(param.Or(n.Mean, 0))}, {Key: "stddev", Value: kerasjson.Float(param.Or(n.StdDev, defaultStdDev))}}
}

func (v VarianceScaling) config() kerasjson.Config {
	return kerasjson.Config{
		{Key: "seed", Value: kerasjson.SeedValue(v.Seed)},
		{Key: "scale", Value: kerasjson.Float(param.Or(v.Scale, 1))},
		{Key: "mode", Value: param.TextOr(v.Mode, "fan_in")},
		{Key: "distribution", Value: v.distribution()},
		{Key: "input_axes", Value: kerasjson.AxesValue(v.InputAxes)},
		{Key: "output_axes", Value: kerasjson.AxesValue(v.OutputAxes)},
	}
}

func (g GlorotUniform) config() kerasjson.Config { return fanConfig(g.scaling()) }
func (g GlorotNormal) config() kerasjson.Config  { return fanConfig(g.scaling()) }
func (h HeUniform) config() kerasjson.Config     { return fanConfig(h.scaling()) }
func (h HeNormal) config() kerasjson.Config      { return fanConfig(h.scaling()) }
func (l LecunUniform) config() kerasjson.Config  { return fanConfig(l.scaling()) }
func (l LecunNormal) config() kerasjson.Config   { return fanConfig(l.scaling()) }

// fanConfig is the config of the classes that fix scale, mode and distribution.
func fanConfig(v VarianceScaling) kerasjson.Config {
	return kerasjson.Config{
		{Key: "seed", Value: kerasjson.SeedValue(v.Seed)},
		{Key: "input_axes", Value: kerasjson.AxesValue(v.InputAxes)},
		{Key: "output_axes", Value: kerasjson.AxesValue(v.OutputAxes)},
	}
}

func (o Orthogonal) config() kerasjson.Config {
	return kerasjson.Config{{Key: "seed", Value: kerasjson.SeedValue(o.Seed)}, {Key: "gain", Value: kerasjson.Float(param.Or(o.Gain, 1))}}
}
