package kerasjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
)

// A Reader takes the fields of a config one by one, and keeps the first error.
// Each method returns the Go zero value for a field that is missing or has the
// value that Keras has as its default, and otherwise what is written.
type Reader struct {
	Class  string
	Fields map[string]json.RawMessage
	Err    error
}

// Take removes a field and returns its text, or nil if there is none.
func (r *Reader) Take(key string) json.RawMessage {
	raw := r.Fields[key]
	delete(r.Fields, key)
	return raw
}

// Fail notes that a field has the wrong value.
func (r *Reader) Fail(key string, raw json.RawMessage, allowed string) {
	if r.Err == nil {
		r.Err = param.BadField(r.Class, key, string(Shortened(raw)), allowed)
	}
}

// Finish reports the first error, an unknown field being one.
func (r *Reader) Finish() error {
	if r.Err == nil && len(r.Fields) > 0 {
		keys := make([]string, 0, len(r.Fields))
		for key := range r.Fields {
			keys = append(keys, Quoted(key))
		}
		slices.Sort(keys)
		r.Err = fmt.Errorf("%w: %s has no argument %s", fault.ErrConfig, r.Class, strings.Join(keys, ", "))
	}
	return r.Err
}

// Number reads a float whose default is otherwise. Keras 2.12 writes some as
// objects of NumPy.
func (r *Reader) Number(key string, otherwise float64) float64 {
	raw := r.Take(key)
	if raw == nil {
		return 0
	}
	var value *float64
	if err := json.Unmarshal(Unwrapped(raw), &value); err != nil || value == nil {
		r.Fail(key, raw, "a number")
		return 0
	}
	switch {
	case *value == otherwise:
		return 0
	case *value == 0:
		return param.Zero
	case *value == param.Zero:
		r.Fail(key, raw, "a number other than 2^63, which stands for 0")
		return 0
	default:
		return *value
	}
}

// Penalty reads a factor of a regularizer, for which null stands for the
// default, and so does the float32 nearest to it, since that is what Keras
// writes.
func (r *Reader) Penalty(key string, otherwise float64) float64 {
	if IsNull(r.Fields[key]) {
		delete(r.Fields, key)
	}
	value := r.Number(key, otherwise)
	if value == param.Round32(otherwise) && otherwise != 0 {
		return 0
	}
	return value
}

// Word reads a string whose default is otherwise.
func (r *Reader) Word(key, otherwise string) string {
	raw := r.Take(key)
	if raw == nil {
		return ""
	}
	var value *string
	if err := json.Unmarshal(raw, &value); err != nil || value == nil || *value == "" {
		r.Fail(key, raw, "a word")
		return ""
	}
	if *value == otherwise {
		return ""
	}
	return *value
}

// Flag reads a bool whose default is false.
func (r *Reader) Flag(key string) bool {
	raw := r.Take(key)
	if raw == nil {
		return false
	}
	var value *bool
	if err := json.Unmarshal(raw, &value); err != nil || value == nil {
		r.Fail(key, raw, "true or false")
		return false
	}
	return *value
}

// Axes reads null or a list of integers; null gives nil.
func (r *Reader) Axes(key string) []int {
	raw := r.Take(key)
	if raw == nil || IsNull(raw) {
		return nil
	}
	var values []int
	if err := json.Unmarshal(raw, &values); err != nil {
		r.Fail(key, raw, "null or a list of integers")
		return nil
	}
	return values
}

// Seed reads null, an integer, or a SeedGenerator, of which the seed counts.
func (r *Reader) Seed() uint64 {
	raw := r.Take("seed")
	if raw == nil || IsNull(raw) {
		return 0
	}
	number := raw
	if generator := Members(raw); generator != nil {
		if class, _ := Text(generator["class_name"]); class != "SeedGenerator" {
			r.Fail("seed", raw, "null, an integer or a SeedGenerator")
			return 0
		}
		if number = Members(generator["config"])["seed"]; number == nil || IsNull(number) {
			return 0
		}
	}
	value, err := strconv.ParseInt(string(bytes.TrimSpace(number)), 10, 64)
	if err != nil || value == math.MinInt64 { // which has the bits of param.Zero
		r.Fail("seed", raw, "null, an integer of 64 bits or a SeedGenerator")
		return 0
	}
	if value == 0 {
		return param.Zero
	}
	return uint64(value)
}

// SeedValue is the JSON form of a Seed.
func SeedValue(seed uint64) any {
	switch seed {
	case 0:
		return nil
	case param.Zero:
		return 0
	}
	return int64(seed) // Keras' seeds are signed
}

// AxesValue is the JSON form of InputAxes or OutputAxes.
func AxesValue(axes []int) any {
	if axes == nil {
		return nil
	}
	return axes
}
