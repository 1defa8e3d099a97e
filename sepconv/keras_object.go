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

	"github.com/sepconv/go/internal/strictjson"
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

// A reference is how a configuration names an initializer, a regularizer, a constraint or an activation.
type reference struct {
	kind   string // "initializer", for messages
	name   string // of the class or the function
	text   json.RawMessage
	source source
	config json.RawMessage // nil if there is none, as with a name alone
	isFunc bool            // of a function, in a dictionary
}

// functionClass is the class_name of a function.
const functionClass = "function"

// source tells whose the code of a reference is.
type source int

const (
	ofKeras   source = iota // an unknown name is a mistake
	ofAnybody               // of the user if Keras has no such name
	ofUser                  // even if Keras has the name as well
)

// parseReference reads a name, or the dictionary that Keras 2 or Keras 3 writes. null gives nil.
func parseReference(kind string, raw json.RawMessage, keras2 bool) (*reference, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || isNull(raw) {
		return nil, nil
	}
	r := &reference{kind: kind, text: raw}
	if name, ok := textOf(raw); ok {
		if name == "" {
			return nil, fmt.Errorf("%w: unknown %s %q", ErrConfig, kind, name)
		}
		r.name, r.source = name, sourceOfName(name, keras2)
		return r, nil
	}
	object := membersOf(raw)
	if object == nil {
		return nil, fmt.Errorf("%w: %s is %s, it must be null, a name or a dictionary", ErrConfig, kind, shortened(raw))
	}
	if r.name, _ = textOf(object["class_name"]); r.name == "" {
		return nil, fmt.Errorf("%w: %s has no class_name: %s", ErrConfig, kind, shortened(raw))
	}
	r.source, r.config = sourceOfObject(object, keras2), object["config"]
	if r.isFunc = r.name == functionClass; r.isFunc {
		if r.name, _ = textOf(r.config); r.name == "" {
			return nil, fmt.Errorf("%w: config of the function that is the %s is %s, it must be the function's name", ErrConfig, kind, shortened(r.config))
		}
		r.config = nil
	}
	return r, nil
}

// sourceOfName tells whose a name is that stands alone. Keras 2 up to 2.11 writes a function so, by the name of
// register_keras_serializable, "package>name", or its own.
func sourceOfName(name string, keras2 bool) source {
	switch {
	case strings.Contains(name, ">"):
		return ofUser
	case keras2:
		return ofAnybody
	}
	return ofKeras
}

// sourceOfObject tells whose a dictionary is. Keras 3, and Keras 2 from 2.12 on, write the module of a class that is
// Keras', and null or the user's module otherwise; Keras 2 up to 2.11 writes no module.
func sourceOfObject(object map[string]json.RawMessage, keras2 bool) source {
	class, _ := textOf(object["class_name"])
	registered, _ := textOf(object["registered_name"])
	raw := object["module"]
	module, _ := textOf(raw)
	switch {
	case class == functionClass:
		function, _ := textOf(object["config"])
		switch {
		case strings.Contains(function, ">"):
			return ofUser
		case isKerasModule(module):
			return ofKeras
		}
		return ofAnybody
	case strings.Contains(class, ">") || strings.Contains(registered, ">"):
		return ofUser
	case raw == nil && keras2:
		return ofAnybody
	case raw == nil || isKerasModule(module) || module == "builtins":
		return ofKeras
	}
	return ofUser
}

// isKerasModule is true of the modules in which Keras has its own classes.
func isKerasModule(module string) bool {
	for _, root := range []string{"keras", "tf_keras", "keras_core", "tensorflow.keras"} {
		if module == root || strings.HasPrefix(module, root+".") {
			return true
		}
	}
	return false
}

// reader returns the reader of the object's config.
func (r *reference) reader() (*configReader, error) {
	reader := &configReader{class: r.name}
	if r.config == nil || isNull(r.config) {
		return reader, nil
	}
	if reader.fields = membersOf(r.config); reader.fields == nil {
		return nil, fmt.Errorf("%w: config of %s is %s, it must be a dictionary", ErrConfig, r.name, shortened(r.config))
	}
	return reader, nil
}

// isKerasName reports whether Keras finds an object of its own by a name.
func isKerasName(name string) bool {
	for _, keras2 := range []bool{false, true} {
		_, isFunction := standardNamed(name, keras2)
		_, isRegularizer := readRegularizer(name, &configReader{}, keras2)
		if isFunction || isRegularizer {
			return true
		}
	}
	_, isInitializer := initializerReaders[initializerClass(name)]
	_, isConstraint := readConstraint(name, &configReader{})
	return isInitializer || isConstraint || (&configReader{}).activationLayer(name) != nil
}

// isCustom reports whether the object is the user's, of a kind that has no such name.
func (r *reference) isCustom() bool {
	return r.source == ofUser || r.source == ofAnybody && !isKerasName(r.name)
}

// custom keeps what is the user's.
func custom[T any](r *reference) (v T, err error) {
	if r.isCustom() {
		return any(newCustomObject(r.text)).(T), nil
	}
	return v, fmt.Errorf("%w: unknown %s %s; Keras has none of that name, and one of your own is written with its registered name, \"package>name\"",
		ErrConfig, r.kind, quoted(r.name))
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

// membersOf returns the members of a JSON object by their exact keys, which encoding/json matches to those of a struct
// regardless of case; nil of anything else. The text has passed checkJSON.
func membersOf(raw json.RawMessage) map[string]json.RawMessage {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	members := map[string]json.RawMessage{}
	for _, m := range strictjson.Members(raw) {
		members[m.Key] = m.Value
	}
	return members
}

// textOf returns the value of a JSON string.
func textOf(raw json.RawMessage) (s string, ok bool) {
	var value *string
	if json.Unmarshal(raw, &value) != nil || value == nil {
		return "", false
	}
	return *value, true
}

// maxDepth bounds how deep configurations are nested; an array in an initializer takes seven levels.
const maxDepth = 128

// checkJSON reports text that is not one JSON value, is nested too deep or has a key twice, of which readers of JSON
// would take one or the other.
func checkJSON(text []byte) error {
	if err := strictjson.Check(text, maxDepth); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}

// isNull is true of JSON's null.
func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

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
