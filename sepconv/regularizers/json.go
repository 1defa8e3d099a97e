package regularizers

import (
	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv/custom"
)

// Unmarshal reads a regularizer from a layer's configuration: its name, or the
// dictionary of Keras 3. null is nil. One of the user's own is a [custom.Object].
func Unmarshal(text []byte) (Regularizer, error) { return unmarshal(text, false) }

// UnmarshalKeras2 is Unmarshal for Keras 2, where "l1_l2" is L1L2(0.01, 0.01).
func UnmarshalKeras2(text []byte) (Regularizer, error) { return unmarshal(text, true) }

func unmarshal(text []byte, keras2 bool) (Regularizer, error) {
	if err := kerasjson.CheckValue(text); err != nil {
		return nil, err
	}
	reference, err := kerasjson.ParseReference("regularizer", text, keras2)
	if err != nil || reference == nil {
		return nil, err
	}
	class := kerasjson.RegularizerClass(reference.Name, keras2)
	if class == "" || reference.Source == kerasjson.OfUser {
		return custom.Of[Regularizer](reference)
	}
	reader, err := reference.Reader()
	if err != nil {
		return nil, err
	}
	regularizer := read(class, reader, keras2)
	if err := reader.Finish(); err != nil {
		return nil, err
	}
	return regularizer, checkFields(regularizer)
}

// Marshal writes a regularizer as Keras 3 does; nil is null. The error wraps
// [sepconv.ErrConfig] if a field is wrong for weights of any shape, or if the
// regularizer is a program's own, which Keras could not read.
func Marshal(r Regularizer) ([]byte, error) { return marshal(r, false) }

// MarshalKeras2 is Marshal for Keras 2.
func MarshalKeras2(r Regularizer) ([]byte, error) { return marshal(r, true) }

func marshal(r Regularizer, keras2 bool) ([]byte, error) {
	text, err := kerasjson.Write("keras.regularizers", r, configOf, keras2)
	if err != nil {
		return nil, err
	}
	if err := checkFields(r); err != nil {
		return nil, err
	}
	return text, nil
}

// configOf returns the arguments of Keras' own regularizers.
func configOf(r any) (config kerasjson.Config, ok bool) {
	if c, ok := r.(interface{ config() kerasjson.Config }); ok && param.SamePackage(r, L2{}) && !param.IsNilPointer(r) {
		return c.config(), true
	}
	return nil, false
}

// checkFields reports fields that are wrong for a weight of any shape.
func checkFields(r Regularizer) error {
	switch r := r.(type) {
	case interface{ checkFields() error }:
		return r.checkFields()
	case param.Validator:
		return r.Validate(nil)
	}
	return nil
}

// read reads the config of a class.
func read(class string, r *kerasjson.Reader, keras2 bool) Regularizer {
	switch class {
	case "L1":
		if keras2 {
			rename(r, "l", "l1")
		}
		return L1{r.Penalty("l1", defaultFactor)}
	case "L2":
		if keras2 {
			rename(r, "l", "l2")
		}
		return L2{r.Penalty("l2", defaultFactor)}
	case "L1L2":
		return L1L2{r.Penalty("l1", 0), r.Penalty("l2", 0)}
	case "l1_l2": // the function of Keras 2
		return L1L2{
			param.Or(r.Penalty("l1", defaultFactor), defaultFactor), param.Or(r.Penalty("l2", defaultFactor), defaultFactor),
		}
	case "OrthogonalRegularizer":
		return OrthogonalRegularizer{r.Penalty("factor", defaultFactor), r.Word("mode", "rows")}
	}
	return nil // the base class, whose penalty is 0
}

// rename lets the field old stand for another. Keras 2 takes L1(l=...) and
// L2(l=...), and old wins if both are there.
func rename(r *kerasjson.Reader, old, key string) {
	if raw, ok := r.Fields[old]; ok {
		delete(r.Fields, old)
		r.Fields[key] = raw
	}
}

// Keras 3 holds the factors of L1 and OrthogonalRegularizer as float32, and
// writes them so: 0.01 is 0.009999999776482582.

func (r L1) config() kerasjson.Config {
	return kerasjson.Config{{Key: "l1", Value: kerasjson.Float(param.Round32(param.Or(r.Factor, defaultFactor)))}}
}

func (r L2) config() kerasjson.Config {
	return kerasjson.Config{{Key: "l2", Value: kerasjson.Float(param.Or(r.Factor, defaultFactor))}}
}

func (r L1L2) config() kerasjson.Config {
	return kerasjson.Config{{Key: "l1", Value: kerasjson.Float(param.Or(r.L1, 0))}, {Key: "l2", Value: kerasjson.Float(param.Or(r.L2, 0))}}
}

func (r OrthogonalRegularizer) config() kerasjson.Config {
	return kerasjson.Config{
		{Key: "factor", Value: kerasjson.Float(param.Round32(param.Or(r.Factor, defaultFactor)))},
		{Key: "mode", Value: param.TextOr(r.Mode, "rows")},
	}
}
