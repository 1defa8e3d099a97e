package sepconv

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"github.com/sepconv/go/internal/strictjson"
)

// errArray says that a nest of lists is not an array of float32 numbers.
var errArray = errors.New("not an array of numbers")

// parseArray reads what Keras writes for a NumPy array or a tensor, {"class_name": "__numpy__", "config": {"value": nested
// lists, "dtype": name}}, or the nested lists alone.
func parseArray(raw json.RawMessage) (values []float32, shape []int, err error) {
	nest := unwrapped(raw)
	for inner := nest; isList(inner); {
		list := strictjson.Elements(inner)
		if shape = append(shape, len(list)); len(list) == 0 {
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
	object := membersOf(raw)
	if class, _ := textOf(object["class_name"]); class == "__numpy__" || class == "__tensor__" {
		return membersOf(object["config"])["value"]
	}
	return raw
}

func isList(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '['
}

// flatten appends the numbers of a nest that has the given shape; ok is false if it has another, or holds what is not a
// float32.
func flatten(to []float32, nest json.RawMessage, shape []int) (_ []float32, ok bool) {
	if len(shape) == 0 {
		var number *float32
		if json.Unmarshal(nest, &number) != nil || number == nil {
			return nil, false
		}
		return append(to, *number), true
	}
	if !isList(nest) {
		return nil, false
	}
	list := strictjson.Elements(nest)
	if len(list) != shape[0] {
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
