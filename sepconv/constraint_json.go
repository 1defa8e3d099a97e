package sepconv

import "encoding/json"

// parseConstraint reads a constraint from a layer's configuration: its name, or the dictionary of Keras 2 or Keras 3. null is
// nil.
func parseConstraint(raw json.RawMessage, keras2 bool) (Constraint, error) {
	reference, err := parseReference("constraint", raw, keras2)
	if err != nil || reference == nil {
		return nil, err
	}
	if reference.source == ofUser {
		return custom[Constraint](reference)
	}
	reader, err := reference.reader()
	if err != nil {
		return nil, err
	}
	constraint, ok := readConstraint(reference.name, reader)
	if !ok {
		return custom[Constraint](reference)
	}
	if err := reader.finish(); err != nil {
		return nil, err
	}
	return constraint, constraintFields(constraint)
}

// constraintConfig returns what is marshalled to the JSON of Keras 3, or an error if the constraint has no form there. nil
// gives nil, which is null.
func constraintConfig(c Constraint) (any, error) { return objectOf("keras.constraints", c) }

// constraintFields reports fields that are wrong for a weight of any shape.
func constraintFields(c Constraint) error {
	switch c := c.(type) {
	case MaxNorm:
		return c.checkFields()
	case MinMaxNorm:
		return c.checkFields()
	}
	return nil
}

// readConstraint reads the config of the class that a name stands for; ok is false if there is none.
func readConstraint(name string, r *configReader) (_ Constraint, ok bool) {
	switch name {
	case "MaxNorm", "max_norm", "maxnorm":
		return MaxNorm{r.number("max_value", defaultMaxNorm), r.axis()}, true
	case "NonNeg", "non_neg", "nonneg":
		return NonNeg{}, true
	case "UnitNorm", "unit_norm", "unitnorm":
		return UnitNorm{r.axis()}, true
	case "MinMaxNorm", "min_max_norm":
		return MinMaxNorm{r.number("min_value", 0), r.number("max_value", 1), r.number("rate", 1), r.axis()}, true
	case "RadialConstraint", "radial_constraint":
		return RadialConstraint{}, true
	case "Constraint", "constraint":
		return nil, true // the base class, which changes nothing
	}
	return nil, false
}

// axis reads an integer, a list of integers, or null, which is [AllAxes]; 0 gives nil.
func (r *configReader) axis() []int {
	raw := r.take("axis")
	if raw == nil {
		return nil
	}
	if isNull(raw) {
		return AllAxes()
	}
	var one int
	if json.Unmarshal(raw, &one) == nil {
		if one == 0 {
			return nil
		}
		return []int{one}
	}
	var list []int
	if json.Unmarshal(raw, &list) != nil {
		r.fail("axis", raw, "an integer, a list of integers or null")
		return nil
	}
	return list
}

// axisValue is the JSON form of Axis: a single axis is a number, as it is by default in Keras.
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

func (m MaxNorm) config() kerasConfig {
	var most any = pyFloat(valueOr(m.MaxValue, defaultMaxNorm))
	if valueOr(m.MaxValue, defaultMaxNorm) == defaultMaxNorm {
		most = defaultMaxNorm // an integer in Keras
	}
	return kerasConfig{{"max_value", most}, {"axis", axisValue(m.Axis)}}
}

func (NonNeg) config() kerasConfig { return kerasConfig{} }

func (u UnitNorm) config() kerasConfig { return kerasConfig{{"axis", axisValue(u.Axis)}} }

func (m MinMaxNorm) config() kerasConfig {
	return kerasConfig{
		{"min_value", pyFloat(valueOr(m.Min, 0))},
		{"max_value", pyFloat(valueOr(m.Max, 1))},
		{"rate", pyFloat(valueOr(m.Rate, 1))},
		{"axis", axisValue(m.Axis)},
	}
}

func (RadialConstraint) config() kerasConfig { return kerasConfig{} }
