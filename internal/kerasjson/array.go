package kerasjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"github.com/sepconv/go/internal/strictjson"
)

// errArray says that a nest of lists is not an array of float32 numbers.
var errArray = errors.New("not an array of numbers")

// ParseArray reads what Keras writes for a NumPy array or a tensor,
// {"class_name": "__numpy__", "config": {"value": nested lists, "dtype":
// name}}, or the nested lists alone.
func ParseArray(raw json.RawMessage) (values []float32, shape []int, err error) {
	values, shape, ok := flatten([]float32{}, Unwrapped(raw), maxAxes)
	if !ok {
		return nil, nil, errArray
	}
	return values, shape, nil
}

// maxAxes is how many NumPy's arrays could have before its version 2.
const maxAxes = 32

// Unwrapped returns the value of a NumPy array, tensor or number that Keras
// wrote as an object, and anything else as it is.
func Unwrapped(raw json.RawMessage) json.RawMessage {
	object := Members(raw)
	if class, _ := Text(object["class_name"]); class == "__numpy__" || class == "__tensor__" {
		return Members(object["config"])["value"]
	}
	return raw
}

// flatten appends the numbers of a nest of lists and returns its shape; ok is
// false of what is no nest of float32 numbers in which the lists of each level
// are equally long.
func flatten(to []float32, nest json.RawMessage, axes int) (_ []float32, shape []int, ok bool) {
	inside, isList := bytes.CutPrefix(bytes.TrimSpace(nest), []byte("["))
	if !isList || axes == 0 {
		return nil, nil, false
	}
	if !bytes.HasPrefix(bytes.TrimSpace(inside), []byte("[")) {
		var row []float32
		if bytes.Contains(nest, []byte("null")) || json.Unmarshal(nest, &row) != nil { // which takes null for 0
			return nil, nil, false
		}
		return append(to, row...), []int{len(row)}, true
	}
	list := strictjson.Elements(nest)
	for i, inner := range list {
		before := shape
		if to, shape, ok = flatten(to, inner, axes-1); !ok || i > 0 && !slices.Equal(before, shape) {
			return nil, nil, false
		}
	}
	return to, append([]int{len(list)}, shape...), true
}

// An Array is an array as Keras 3 writes it. Keras 2 writes only its first
// field, nested lists.
type Array struct {
	ClassName string `json:"class_name"`
	Config    Config `json:"config"`
}

func ArrayValue(values []float32, shape []int) Array {
	return Array{"__numpy__", Config{{"value", nested(values, shape)}, {"dtype", "float32"}}}
}

// nested returns a row-major array as lists of lists. What a wrong shape leaves
// over is dropped.
func nested(values []float32, shape []int) any {
	if len(shape) == 0 {
		if len(values) == 0 {
			return nil
		}
		return Float32(values[0])
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
