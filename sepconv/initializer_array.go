package sepconv

import (
	"encoding/json"
	"errors"
	"slices"
)

// errArray says that a nest of lists is not an array of numbers.
var errArray = errors.New("not an array of numbers")

// parseArray reads what Keras writes for a NumPy array or a tensor, {"class_name": "__numpy__", "config": {"value": nested
// lists, "dtype": name}}, or the nested lists alone.
func parseArray(raw json.RawMessage) (values []float32, shape []int, err error) {
	var nest any
	if err := json.Unmarshal(unwrapped(raw), &nest); err != nil {
		return nil, nil, err
	}
	for inner := nest; ; {
		list, ok := inner.([]any)
		if !ok {
			break
		}
		shape = append(shape, len(list))
		if len(list) == 0 {
			break
		}
		inner = list[0]
	}
	if shape == nil {
		return nil, nil, errArray
	}
	values, ok := flatten([]float32{}, nest, shape)
	if !ok {
		return nil, nil, errArray
	}
	return values, shape, nil
}

// unwrapped returns the value of a NumPy array, tensor or number that Keras wrote as an object, and anything else as it is.
func unwrapped(raw json.RawMessage) json.RawMessage {
	var object struct {
		ClassName string `json:"class_name"`
		Config    struct {
			Value json.RawMessage `json:"value"`
		} `json:"config"`
	}
	if json.Unmarshal(raw, &object) == nil && (object.ClassName == "__numpy__" || object.ClassName == "__tensor__") {
		return object.Config.Value
	}
	return raw
}

// flatten appends the numbers of a nest that has the given shape.
func flatten(to []float32, nest any, shape []int) ([]float32, bool) {
	if len(shape) == 0 {
		number, ok := nest.(float64)
		return append(to, float32(number)), ok
	}
	list, ok := nest.([]any)
	if !ok || len(list) != shape[0] {
		return nil, false
	}
	for _, inner := range list {
		if to, ok = flatten(to, inner, shape[1:]); !ok {
			return nil, false
		}
	}
	return to, true
}

// A kerasArray is an array as Keras 3 writes it. Keras 2 writes only its first field, nested lists.
type kerasArray struct {
	ClassName string      `json:"class_name"`
	Config    kerasConfig `json:"config"`
}

func arrayValue(values []float32, shape []int) kerasArray {
	return kerasArray{"__numpy__", kerasConfig{{"value", nested(values, shape)}, {"dtype", "float32"}}}
}

// nested returns a row-major array as lists of lists. What a wrong shape leaves over is dropped.
func nested(values []float32, shape []int) any {
	if len(shape) == 0 {
		if len(values) == 0 {
			return nil
		}
		return pyFloat32(values[0])
	}
	list := make([]any, 0, max(0, min(shape[0], len(values))))
	if shape[0] <= 0 {
		return list
	}
	for part := range slices.Chunk(values, max(1, len(values)/shape[0])) {
		list = append(list, nested(part, shape[1:]))
	}
	return list
}
