package sepconv

import (
	"encoding/json"
	"fmt"
)

// parseRegularizer reads a regularizer from a layer's configuration: its name, or the dictionary of Keras 2 or Keras 3. null
// is nil. The names that the two versions understand differently follow keras2: "l1_l2" is L1L2(0.01, 0.01) in Keras 2 and
// unknown in Keras 3.
func parseRegularizer(raw json.RawMessage, keras2 bool) (Regularizer, error) {
	name, reader, err := parseObject("regularizer", raw)
	if err != nil || reader == nil {
		return nil, err
	}
	regularizer, err := readRegularizer(name, reader, keras2)
	if err != nil {
		return nil, err
	}
	if err := reader.finish(); err != nil {
		return nil, err
	}
	return regularizer, regularizerFields(regularizer)
}

// regularizerConfig returns what is marshalled to the JSON of Keras 3, or an error if the regularizer is not one of this
// package's. nil gives nil, which is null.
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

// readRegularizer reads the config of the class that a name stands for.
func readRegularizer(name string, r *configReader, keras2 bool) (Regularizer, error) {
	switch name {
	case "L1", "l1":
		if keras2 {
			r.rename("l", "l1")
		}
		return L1{r.penalty("l1", defaultFactor)}, nil
	case "L2", "l2":
		if keras2 {
			r.rename("l", "l2")
		}
		return L2{r.penalty("l2", defaultFactor)}, nil
	case "L1L2":
		return L1L2{r.penalty("l1", 0), r.penalty("l2", 0)}, nil
	case "OrthogonalRegularizer", "orthogonal_regularizer":
		return OrthogonalRegularizer{r.penalty("factor", defaultFactor), r.word("mode", "rows")}, nil
	case "Regularizer":
		return nil, nil // the base class, whose penalty is 0
	}
	switch {
	case keras2 && name == "l1_l2":
		return L1L2{
			valueOr(r.penalty("l1", defaultFactor), defaultFactor), valueOr(r.penalty("l2", defaultFactor), defaultFactor),
		}, nil
	case !keras2 && name == "l1l2":
		return L1L2{r.penalty("l1", 0), r.penalty("l2", 0)}, nil
	case !keras2 && name == "regularizer":
		return nil, nil
	}
	return nil, fmt.Errorf("%w: unknown regularizer %s", ErrConfig, quoted(name))
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
