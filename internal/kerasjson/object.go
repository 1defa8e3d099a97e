// Package kerasjson reads and writes initializers, regularizers, constraints,
// activations and their arguments as Keras 2 and Keras 3 have them in configurations:
// for the packages that hold these and for package keras. What the objects are is
// theirs to know; here is how Keras names them, and how Python writes numbers.
package kerasjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
)

// An Object is an initializer, regularizer or constraint as Keras 3 writes it
// in a layer's configuration.
type Object struct {
	Module         string  `json:"module"`
	ClassName      string  `json:"class_name"`
	Config         Config  `json:"config"`
	RegisteredName *string `json:"registered_name"`
}

// A Config is what get_config of one of Keras' classes returns: a JSON object
// with its keys in Keras' order.
type Config []Field

type Field struct {
	Key   string
	Value any
}

// MarshalJSON writes the fields in their order.
func (c Config) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, field := range c {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(field.Value)
		if err != nil {
			return nil, err
		}
		b.WriteString(strconv.Quote(field.Key))
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// versioned is an object of the user's, which has a form of its own for each Keras.
type versioned interface {
	MarshalKeras2() ([]byte, error)
	MarshalKeras3() ([]byte, error)
}

// Write returns an initializer, regularizer or constraint of one of Keras' modules as
// Keras 3, or Keras 2, writes it; nil is null. Only Keras' own have a form, whose
// arguments configOf returns, and what was read of the user's: Keras could not read
// another.
func Write(module string, v interface{ Name() string }, configOf func(any) (Config, bool), keras2 bool) ([]byte, error) {
	if v == nil {
		return []byte("null"), nil
	}
	if u, ok := v.(versioned); ok && !param.IsNilPointer(v) {
		if keras2 {
			return u.MarshalKeras2()
		}
		return u.MarshalKeras3()
	}
	config, ok := configOf(v)
	if !ok {
		return nil, fmt.Errorf("%w: %T has no form in Keras' JSON, only Keras' own objects have", fault.ErrConfig, v)
	}
	object := Object{Module: module, ClassName: v.Name(), Config: config}
	if keras2 {
		var err error
		if object, err = object.keras2(); err != nil {
			return nil, err
		}
	}
	return json.Marshal(object)
}

// keras2 turns what Keras 3 writes of an object into what Keras 2 writes of it.
func (o Object) keras2() (Object, error) {
	var fields, seed Config
	for _, f := range o.Config {
		switch {
		case f.Key == "input_axes" || f.Key == "output_axes":
			if f.Value != nil {
				return o, fmt.Errorf("%w: %s has %s, which Keras 2 does not know", fault.ErrConfig, o.ClassName, f.Key)
			}
		case f.Key == "seed": // Keras 2 writes it last
			seed = Config{f}
		case o.ClassName == "Constant":
			if array, ok := f.Value.(Array); ok {
				f.Value = array.Config[0].Value
			}
			fields = append(fields, f)
		case o.Module == "keras.regularizers": // whose factors Keras 2 holds as float32
			if x, ok := f.Value.(Float); ok {
				f.Value = Float(param.Round32(float64(x)))
			}
			fields = append(fields, f)
		default:
			fields = append(fields, f)
		}
	}
	if o.ClassName == "STFT" {
		return o, fmt.Errorf("%w: Keras 2 has no initializer STFT", fault.ErrConfig)
	}
	o.Config = slices.Concat(fields, seed)
	return o, nil
}

// Quoted returns the word as an error message shows it.
func Quoted(word string) string { return strconv.Quote(string(Shortened([]byte(word)))) }

// Shortened bounds what an error message repeats of a file.
func Shortened(text []byte) []byte {
	const most = 120
	if len(text) <= most {
		return text
	}
	return append(slices.Clone(text[:most]), "..."...)
}
