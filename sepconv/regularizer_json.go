package sepconv

import "encoding/json"

// parseRegularizer reads a regularizer from a layer's configuration: its name, or the dictionary of Keras 2 or Keras 3. null
// is nil. The names that the two versions understand differently follow keras2: "l1_l2" is L1L2(0.01, 0.01) in Keras 2 and
// unknown in Keras 3.
func parseRegularizer(raw json.RawMessage, keras2 bool) (Regularizer, error) {
	reference, err := parseReference("regularizer", raw, keras2)
	if err != nil || reference == nil {
		return nil, err
	}
	if reference.source == ofUser {
		return custom[Regularizer](reference)
	}
	reader, err := reference.reader()
	if err != nil {
		return nil, err
	}
	regularizer, ok := readRegularizer(reference.name, reader, keras2)
	if !ok {
		return custom[Regularizer](reference)
	}
	if err := reader.finish(); err != nil {
		return nil, err
	}
	return regularizer, regularizerFields(regularizer)
}

// regularizerConfig returns what is marshalled to the JSON of Keras 3, or an error if the regularizer has no form there.
// nil gives nil, which is null.
func regularizerConfig(r Regularizer) (any, error) { return objectOf("keras.regularizers", r) }

// regularizerFields reports fields that are wrong for a weight of any shape.
func regularizerFields(r Regularizer) error {
	switch r := r.(type) {
	case OrthogonalRegularizer:
		return r.checkFields()
	case validator:
		return r.validate(nil)
	}
	return nil
}

// readRegularizer reads the config of the class that a name stands for; ok is false if there is none.
func readRegularizer(name string, r *configReader, keras2 bool) (_ Regularizer, ok bool) {
	switch name {
	case "L1", "l1":
		if keras2 {
			r.rename("l", "l1")
		}
		return L1{r.penalty("l1", defaultFactor)}, true
	case "L2", "l2":
		if keras2 {
			r.rename("l", "l2")
		}
		return L2{r.penalty("l2", defaultFactor)}, true
	case "L1L2":
		return L1L2{r.penalty("l1", 0), r.penalty("l2", 0)}, true
	case "OrthogonalRegularizer", "orthogonal_regularizer":
		return OrthogonalRegularizer{r.penalty("factor", defaultFactor), r.word("mode", "rows")}, true
	case "Regularizer":
		return nil, true // the base class, whose penalty is 0
	}
	switch {
	case keras2 && name == "l1_l2":
		return L1L2{
			valueOr(r.penalty("l1", defaultFactor), defaultFactor), valueOr(r.penalty("l2", defaultFactor), defaultFactor),
		}, true
	case !keras2 && name == "l1l2":
		return L1L2{r.penalty("l1", 0), r.penalty("l2", 0)}, true
	case !keras2 && name == "regularizer":
		return nil, true
	}
	return nil, false
}

// rename lets the field old stand for another. Keras 2 takes L1(l=...) and L2(l=...), and old wins if both are there.
func (r *configReader) rename(old, key string) {
	if raw, ok := r.fields[old]; ok {
		delete(r.fields, old)
		r.fields[key] = raw
	}
}

// Keras 3 holds the factors of L1 and OrthogonalRegularizer as float32, and writes them so: 0.01 is 0.009999999776482582.

func (r L1) config() kerasConfig {
	return kerasConfig{{"l1", pyFloat(roundsTo32(valueOr(r.Factor, defaultFactor)))}}
}

func (r L2) config() kerasConfig {
	return kerasConfig{{"l2", pyFloat(valueOr(r.Factor, defaultFactor))}}
}

func (r L1L2) config() kerasConfig {
	return kerasConfig{{"l1", pyFloat(valueOr(r.L1, 0))}, {"l2", pyFloat(valueOr(r.L2, 0))}}
}

func (r OrthogonalRegularizer) config() kerasConfig {
	return kerasConfig{
		{"factor", pyFloat(roundsTo32(valueOr(r.Factor, defaultFactor)))},
		{"mode", textOr(r.Mode, "rows")},
	}
}
