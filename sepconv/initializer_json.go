package sepconv

import (
	"encoding/json"
	"strings"
)

// parseInitializer reads an initializer from a layer's configuration: its name, or the dictionary of Keras 2 or Keras 3.
// null is glorot_uniform, because that is what Keras makes of None for a weight of floats, a bias included.
func parseInitializer(raw json.RawMessage, keras2 bool) (Initializer, error) {
	reference, err := parseReference("initializer", raw, keras2)
	if err != nil {
		return nil, err
	}
	if reference == nil {
		return GlorotUniform{}, nil
	}
	read, ok := initializerReaders[initializerClass(reference.name)]
	if !ok || reference.source == ofUser {
		return custom[Initializer](reference)
	}
	reader, err := reference.reader()
	if err != nil {
		return nil, err
	}
	reader.take("dtype") // which TensorFlow 1 wrote and Keras 2 drops
	initializer := read(reader)
	if err := reader.finish(); err != nil {
		return nil, err
	}
	return initializer, initializerFields(initializer)
}

// initializerConfig returns what is marshalled to the JSON of Keras 3, or an error if the initializer has no form there.
// nil gives nil, which is null.
func initializerConfig(i Initializer) (any, error) { return objectOf("keras.initializers", i) }

// initializerFields reports fields that are wrong for a weight of any shape.
func initializerFields(i Initializer) error {
	switch i := i.(type) {
	case Constant:
		if i.Values != nil && i.Shape != nil {
			return i.checkValues()
		}
		return i.checkValue()
	case Identity:
		return i.validate([]int{1, 1})
	case Orthogonal:
		return i.validate([]int{1, 1})
	case STFT:
		return i.checkFields()
	case VarianceScaling:
		return i.checkFields(i.Name())
	case RandomUniform:
		return i.validate(nil)
	case RandomNormal:
		return i.validate(nil)
	case TruncatedNormal:
		return i.validate(nil)
	}
	return nil
}

// initializerClass returns the class that a name of Keras 2 or Keras 3 stands for, as a key of initializerReaders.
func initializerClass(name string) string {
	if class, ok := initializerAliases[name]; ok {
		return class
	}
	if class, ok := strings.CutSuffix(name, "V2"); ok && class != "STFT" {
		// The snake_case names have a V2 only where tf.keras.initializers lists them.
		switch class {
		case "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal":
			return initializerAliases[class]
		}
		if _, ok := initializerReaders[class]; ok {
			return class
		}
	}
	return name
}

// initializerAliases are the names that are not class names, but for those that end in V2.
var initializerAliases = map[string]string{
	"zeros":                 "Zeros",
	"zero":                  "Zeros",
	"ones":                  "Ones",
	"one":                   "Ones",
	"constant":              "Constant",
	"random_uniform":        "RandomUniform",
	"uniform":               "RandomUniform",
	"random_normal":         "RandomNormal",
	"normal":                "RandomNormal",
	"truncated_normal":      "TruncatedNormal",
	"variance_scaling":      "VarianceScaling",
	"glorot_uniform":        "GlorotUniform",
	"glorot_normal":         "GlorotNormal",
	"he_uniform":            "HeUniform",
	"he_normal":             "HeNormal",
	"lecun_uniform":         "LecunUniform",
	"lecun_normal":          "LecunNormal",
	"orthogonal":            "Orthogonal",
	"OrthogonalInitializer": "Orthogonal",
	"identity":              "Identity",
	"IdentityInitializer":   "Identity",
	"stft":                  "STFT",
	"STFTInitializer":       "STFT",
}

// initializerReaders read the config of each class. Keras' base class Initializer is not among them: it sets no values.
var initializerReaders = map[string]func(*configReader) Initializer{
	"Zeros":         func(*configReader) Initializer { return Zeros{} },
	"Ones":          func(*configReader) Initializer { return Ones{} },
	"Constant":      readConstant,
	"Identity":      func(r *configReader) Initializer { return Identity{r.number("gain", 1)} },
	"RandomUniform": readRandomUniform,
	"RandomNormal": func(r *configReader) Initializer {
		return RandomNormal{r.number("mean", 0), r.number("stddev", defaultStdDev), r.seed()}
	},
	"TruncatedNormal": func(r *configReader) Initializer {
		return TruncatedNormal{r.number("mean", 0), r.number("stddev", defaultStdDev), r.seed()}
	},
	"VarianceScaling": func(r *configReader) Initializer {
		return VarianceScaling{
			r.number("scale", 1), r.word("mode", "fan_in"), r.word("distribution", "truncated_normal"), r.seed(),
			r.axes("input_axes"), r.axes("output_axes"),
		}
	},
	"GlorotUniform": func(r *configReader) Initializer {
		return GlorotUniform{r.seed(), r.axes("input_axes"), r.axes("output_axes")}
	},
	"GlorotNormal": func(r *configReader) Initializer {
		return GlorotNormal{r.seed(), r.axes("input_axes"), r.axes("output_axes")}
	},
	"HeUniform": func(r *configReader) Initializer {
		return HeUniform{r.seed(), r.axes("input_axes"), r.axes("output_axes")}
	},
	"HeNormal": func(r *configReader) Initializer {
		return HeNormal{r.seed(), r.axes("input_axes"), r.axes("output_axes")}
	},
	"LecunUniform": func(r *configReader) Initializer {
		return LecunUniform{r.seed(), r.axes("input_axes"), r.axes("output_axes")}
	},
	"LecunNormal": func(r *configReader) Initializer {
		return LecunNormal{r.seed(), r.axes("input_axes"), r.axes("output_axes")}
	},
	"Orthogonal": func(r *configReader) Initializer { return Orthogonal{r.number("gain", 1), r.seed()} },
	"STFT":       readSTFT,
}

// readRandomUniform sets both limits as soon as one of them is not the default, since 0 means 0 then.
func readRandomUniform(r *configReader) Initializer {
	u := RandomUniform{r.number("minval", -0.05), r.number("maxval", 0.05), r.seed()}
	if isZero(u.Min) && isZero(u.Max) {
		return u
	}
	u.Min, u.Max = valueOr(u.Min, -0.05), valueOr(u.Max, 0.05)
	if u.Min == 0 && u.Max == 0 {
		u.Min = ExplicitZero()
	}
	return u
}

// readConstant reads a number or an array.
func readConstant(r *configReader) Initializer {
	raw := r.take("value")
	if raw == nil {
		return Constant{}
	}
	var value *float32
	if err := json.Unmarshal(unwrapped(raw), &value); err == nil && value != nil {
		return Constant{Value: *value}
	}
	values, shape, err := parseArray(raw)
	if err != nil {
		r.fail("value", raw, "a float32 or an array of them")
		return Constant{}
	}
	return Constant{Values: values, Shape: shape}
}

func (Zeros) config() kerasConfig { return kerasConfig{} }
func (Ones) config() kerasConfig  { return kerasConfig{} }

func (c Constant) config() kerasConfig {
	switch {
	case c.Values == nil:
		return kerasConfig{{"value", pyFloat32(c.Value)}}
	case c.Shape == nil:
		return kerasConfig{{"value", arrayValue(c.Values, []int{len(c.Values)})}}
	}
	return kerasConfig{{"value", arrayValue(c.Values, c.Shape)}}
}

// config leaves out a gain of 1, because Keras' Identity accepts the argument but never writes it.
func (d Identity) config() kerasConfig {
	if gain := valueOr(d.Gain, 1); gain != 1 {
		return kerasConfig{{"gain", pyFloat(gain)}}
	}
	return kerasConfig{}
}

func (u RandomUniform) config() kerasConfig {
	low, high := u.limits()
	return kerasConfig{{"seed", seedValue(u.Seed)}, {"minval", pyFloat(low + 0)}, {"maxval", pyFloat(high + 0)}}
}

func (n RandomNormal) config() kerasConfig {
	return kerasConfig{{"seed", seedValue(n.Seed)}, {"mean", pyFloat(n.Mean)}, {"stddev", pyFloat(valueOr(n.StdDev, defaultStdDev))}}
}

func (n TruncatedNormal) config() kerasConfig {
	return kerasConfig{{"seed", seedValue(n.Seed)}, {"mean", pyFloat(n.Mean)}, {"stddev", pyFloat(valueOr(n.StdDev, defaultStdDev))}}
}

func (v VarianceScaling) config() kerasConfig {
	return kerasConfig{
		{"seed", seedValue(v.Seed)},
		{"scale", pyFloat(valueOr(v.Scale, 1))},
		{"mode", textOr(v.Mode, "fan_in")},
		{"distribution", v.distribution()},
		{"input_axes", axesValue(v.InputAxes)},
		{"output_axes", axesValue(v.OutputAxes)},
	}
}

func (g GlorotUniform) config() kerasConfig { return fanConfig(g.scaling()) }
func (g GlorotNormal) config() kerasConfig  { return fanConfig(g.scaling()) }
func (h HeUniform) config() kerasConfig     { return fanConfig(h.scaling()) }
func (h HeNormal) config() kerasConfig      { return fanConfig(h.scaling()) }
func (l LecunUniform) config() kerasConfig  { return fanConfig(l.scaling()) }
func (l LecunNormal) config() kerasConfig   { return fanConfig(l.scaling()) }

// fanConfig is the config of the classes that fix scale, mode and distribution.
func fanConfig(v VarianceScaling) kerasConfig {
	return kerasConfig{
		{"seed", seedValue(v.Seed)},
		{"input_axes", axesValue(v.InputAxes)},
		{"output_axes", axesValue(v.OutputAxes)},
	}
}

func (o Orthogonal) config() kerasConfig {
	return kerasConfig{{"seed", seedValue(o.Seed)}, {"gain", pyFloat(valueOr(o.Gain, 1))}}
}
