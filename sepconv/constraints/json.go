package constraints

import (
	"encoding/json"
	"slices"

	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv/custom"
)

// Unmarshal reads a constraint from a layer's configuration: its name, or the
// dictionary of Keras 3. null is nil. One of the user's own is a [custom.Object].
func Unmarshal(text []byte) (Constraint, error) { return unmarshal(text, false) }

// UnmarshalKeras2 is Unmarshal for Keras 2.
func UnmarshalKeras2(text []byte) (Constraint, error) { return unmarshal(text, true) }

func unmarshal(text []byte, keras2 bool) (Constraint, error) {
	if err := kerasjson.CheckValue(text); err != nil {
		return nil, err
	}
	reference, err := kerasjson.ParseReference("constraint", text, keras2)
	if err != nil || reference == nil {
		return nil, err
	}
	class := kerasjson.ConstraintClass(reference.Name)
	if class == "" || reference.Source == kerasjson.OfUser {
		return custom.Of[Constraint](reference)
	}
	reader, err := reference.Reader()
	if err != nil {
		return nil, err
	}
	constraint := read(class, reader)
	if err := reader.Finish(); err != nil {
		return nil, err
	}
	return constraint, checkFields(constraint)
}

// Marshal writes a constraint as Keras 3 does; nil is null. The error wraps
// [sepconv.ErrConfig] if a field is wrong for weights of any shape, or if the
// constraint is a program's own, which Keras could not read.
func Marshal(c Constraint) ([]byte, error) { return marshal(c, false) }

// MarshalKeras2 is Marshal for Keras 2.
func MarshalKeras2(c Constraint) ([]byte, error) { return marshal(c, true) }

func marshal(c Constraint, keras2 bool) ([]byte, error) {
	text, err := kerasjson.Write("keras.constraints", c, configOf, keras2)
	if err != nil {
		return nil, err
	}
	if err := checkFields(c); err != nil {
		return nil, err
	}
	return text, nil
}

// configOf returns the arguments of Keras' own constraints.
func configOf(c any) (config kerasjson.Config, ok bool) {
	if c, ok := c.(interface{ config() kerasjson.Config }); ok && param.SamePackage(c, NonNeg{}) && !param.IsNilPointer(c) {
		return c.config(), true
	}
	return nil, false
}

// checkFields reports fields that are wrong for a weight of any shape.
func checkFields(c Constraint) error {
	if c, ok := c.(interface{ checkFields() error }); ok {
		return c.checkFields()
	}
	return nil
}

// read reads the config of a class.
func read(class string, r *kerasjson.Reader) Constraint {
	switch class {
	case "MaxNorm":
		return MaxNorm{r.Number("max_value", defaultMaxNorm), readAxis(r)}
	case "NonNeg":
		return NonNeg{}
	case "UnitNorm":
		return UnitNorm{readAxis(r)}
	case "MinMaxNorm":
		return MinMaxNorm{r.Number("min_value", 0), r.Number("max_value", 1), r.Number("rate", 1), readAxis(r)}
	case "RadialConstraint":
		return RadialConstraint{}
	}
	return nil // the base class, which changes nothing
}

// readAxis reads an integer, a list of integers, or null, which is [AllAxes]; 0 gives nil.
func readAxis(r *kerasjson.Reader) []int {
	raw := r.Take("axis")
	if raw == nil {
		return nil
	}
	if kerasjson.IsNull(raw) {
		return AllAxes()
	}
	var one int
	var list []int
	isNumber := json.Unmarshal(raw, &one) == nil
	switch {
	case isNumber && one == 0:
		return nil // the default
	case isNumber:
		list = []int{one}
	case json.Unmarshal(raw, &list) != nil:
		list = []int{everyAxis}
	}
	if slices.Contains(list, everyAxis) { // which is no axis of any array
		r.Fail("axis", raw, "an integer, a list of integers or null")
		return nil
	}
	return list
}

// axisValue is the JSON form of Axis: a single axis is a number, as it is by
// default in Keras.
func axisValue(axis []int) any {
	switch {
	case axis == nil:
		return 0
	case len(axis) != 1:
		return axis
	case axis[0] == everyAxis:
		return nil
	}
	return axis[0]
}

func (m MaxNorm) config() kerasjson.Config {
	var most any = kerasjson.Float(param.Or(m.MaxValue, defaultMaxNorm))
	if param.Or(m.MaxValue, defaultMaxNorm) == defaultMaxNorm {
		most = defaultMaxNorm // an integer in Keras
	}
	return kerasjson.Config{{Key: "max_value", Value: most}, {Key: "axis", Value: axisValue(m.Axis)}}
}

func (NonNeg) config() kerasjson.Config { return kerasjson.Config{} }

func (u UnitNorm) config() kerasjson.Config {
	return kerasjson.Config{{Key: "axis", Value: axisValue(u.Axis)}}
}

func (m MinMaxNorm) config() kerasjson.Config {
	return kerasjson.Config{
		{Key: "min_value", Value: kerasjson.Float(param.Or(m.Min, 0))},
		{Key: "max_value", Value: kerasjson.Float(param.Or(m.Max, 1))},
		{Key: "rate", Value: kerasjson.Float(param.Or(m.Rate, 1))},
		{Key: "axis", Value: axisValue(m.Axis)},
	}
}

func (RadialConstraint) config() kerasjson.Config { return kerasjson.Config{} }
