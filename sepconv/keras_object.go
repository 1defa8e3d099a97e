package sepconv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A kerasObject is an initializer, regularizer or constraint as Keras 3 writes it in a layer's configuration.
type kerasObject struct {
	Module         string      `json:"module"`
	ClassName      string      `json:"class_name"`
	Config         kerasConfig `json:"config"`
	RegisteredName *string     `json:"registered_name"`
}

// A kerasConfig is what get_config of one of Keras' classes returns: a JSON object with its keys in Keras' order.
type kerasConfig []kerasField

type kerasField struct {
	key   string
	value any
}

// MarshalJSON writes the fields in their order.
func (c kerasConfig) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, field := range c {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(field.value)
		if err != nil {
			return nil, err
		}
		b.WriteString(strconv.Quote(field.key))
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// A configurer is one of this package's types, and knows its Keras configuration.
type configurer interface {
	Name() string
	config() kerasConfig
}

// objectOf returns the JSON form of an initializer, regularizer or constraint, or nil for nil. Only this package's own
// types have one, and what was read of the user's: Keras could not read another.
func objectOf(module string, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	if o, ok := v.(CustomObject); ok {
		return o, nil // whose form depends on the version: see configWriter.dialect
	}
	c, ok := v.(configurer)
	if !ok || isNilPointer(v) {
		return nil, fmt.Errorf("%w: %T has no form in Keras' JSON, only the types of this package have", ErrConfig, v)
	}
	return kerasObject{Module: module, ClassName: c.Name(), Config: c.config()}, nil
}

// isNilPointer is true of a nil *T in an interface, whose methods would panic.
func isNilPointer(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}

// A pyFloat is written as Python writes a float: the shortest digits that read back the same, always with a point or an
// exponent.
type pyFloat float64

// MarshalJSON follows Python's repr, which takes the exponent outside 1e-4 to 1e16.
func (f pyFloat) MarshalJSON() ([]byte, error) {
	return pythonFloat(float64(f), 64)
}

// A pyFloat32 is a pyFloat with the digits that a float32 needs.
type pyFloat32 float32

// MarshalJSON is that of [pyFloat].
func (f pyFloat32) MarshalJSON() ([]byte, error) {
	return pythonFloat(float64(f), 32)
}

func pythonFloat(x float64, bits int) ([]byte, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, fmt.Errorf("%w: %v is not a number of JSON", ErrConfig, x)
	}
	if size := math.Abs(x); size != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.AppendFloat(nil, x, 'e', -1, bits), nil
	}
	text := strconv.AppendFloat(nil, x, 'f', -1, bits)
	if !bytes.ContainsRune(text, '.') {
		text = append(text, ".0"...)
	}
	return text, nil
}

// quoted returns the word as an error message shows it.
func quoted(word string) string { return strconv.Quote(string(shortened([]byte(word)))) }

// shortened bounds what an error message repeats of a file.
func shortened(text []byte) []byte {
	const most = 120
	if len(text) <= most {
		return text
	}
	return append(slices.Clone(text[:most]), "..."...)
}

// A configReader takes the fields of a config one by one, and keeps the first error. Each method returns the Go zero value for
// a field that is missing or has the value that Keras has as its default, and otherwise what is written.
type configReader struct {
	class  string
	fields map[string]json.RawMessage
	err    error
}

// take removes a field and returns its text, or nil if there is none.
func (r *configReader) take(key string) json.RawMessage {
	raw := r.fields[key]
	delete(r.fields, key)
	return raw
}

// fail notes that a field has the wrong value.
func (r *configReader) fail(key string, raw json.RawMessage, allowed string) {
	if r.err == nil {
		r.err = badField(r.class, key, string(shortened(raw)), allowed)
	}
}

// finish reports the first error, an unknown field being one.
func (r *configReader) finish() error {
	if r.err == nil && len(r.fields) > 0 {
		keys := make([]string, 0, len(r.fields))
		for key := range r.fields {
			keys = append(keys, quoted(key))
		}
		slices.Sort(keys)
		r.err = fmt.Errorf("%w: %s has no argument %s", ErrConfig, r.class, strings.Join(keys, ", "))
	}
	return r.err
}

// number reads a float whose default is otherwise. Keras 2.12 writes some as objects of NumPy.
func (r *configReader) number(key string, otherwise float64) float64 {
	raw := r.take(key)
	if raw == nil {
		return 0
	}
	var value *float64
	if err := json.Unmarshal(unwrapped(raw), &value); err != nil || value == nil {
		r.fail(key, raw, "a number")
		return 0
	}
	switch {
	case *value == otherwise:
		return 0
	case *value == 0:
		return ExplicitZero()
	default:
		return *value
	}
}

// penalty reads a factor of a regularizer, for which null stands for the default, and so does the float32 nearest to it,
// since that is what Keras writes.
func (r *configReader) penalty(key string, otherwise float64) float64 {
	if isNull(r.fields[key]) {
		delete(r.fields, key)
	}
	value := r.number(key, otherwise)
	if value == roundsTo32(otherwise) && otherwise != 0 {
		return 0
	}
	return value
}

// word reads a string whose default is otherwise.
func (r *configReader) word(key, otherwise string) string {
	raw := r.take(key)
	if raw == nil {
		return ""
	}
	var value *string
	if err := json.Unmarshal(raw, &value); err != nil || value == nil || *value == "" {
		r.fail(key, raw, "a word")
		return ""
	}
	if *value == otherwise {
		return ""
	}
	return *value
}

// flag reads a bool whose default is false.
func (r *configReader) flag(key string) bool {
	raw := r.take(key)
	if raw == nil {
		return false
	}
	var value *bool
	if err := json.Unmarshal(raw, &value); err != nil || value == nil {
		r.fail(key, raw, "true or false")
		return false
	}
	return *value
}

// axes reads null or a list of integers; null gives nil.
func (r *configReader) axes(key string) []int {
	raw := r.take(key)
	if raw == nil || isNull(raw) {
		return nil
	}
	var values []int
	if err := json.Unmarshal(raw, &values); err != nil {
		r.fail(key, raw, "null or a list of integers")
		return nil
	}
	return values
}

// seed reads null, an integer, or a SeedGenerator, of which the seed counts.
func (r *configReader) seed() uint64 {
	raw := r.take("seed")
	if raw == nil || isNull(raw) {
		return 0
	}
	number := raw
	if generator := membersOf(raw); generator != nil {
		if class, _ := textOf(generator["class_name"]); class != "SeedGenerator" {
			r.fail("seed", raw, "null, an integer or a SeedGenerator")
			return 0
		}
		if number = membersOf(generator["config"])["seed"]; number == nil || isNull(number) {
			return 0
		}
	}
	value, err := strconv.ParseInt(string(bytes.TrimSpace(number)), 10, 64)
	if err != nil || value == math.MinInt64 { // which has the bits of ZeroSeed
		r.fail("seed", raw, "null, an integer of 64 bits or a SeedGenerator")
		return 0
	}
	if value == 0 {
		return ZeroSeed
	}
	return uint64(value)
}

// seedValue is the JSON form of a Seed.
func seedValue(seed uint64) any {
	switch seed {
	case 0:
		return nil
	case ZeroSeed:
		return 0
	}
	return int64(seed) // Keras' seeds are signed
}

// axesValue is the JSON form of InputAxes or OutputAxes.
func axesValue(axes []int) any {
	if axes == nil {
		return nil
	}
	return axes
}
