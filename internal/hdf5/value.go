package hdf5

import "slices"

// A Value is that of an attribute.
type Value struct{ array }

// Shape returns the dimensions: none for a single value, a 0 for no value at all.
func (v *Value) Shape() []int { return slices.Clone(v.space.shape) }

// Type returns the type of the elements.
func (v *Value) Type() Type { return v.kind }

// Text returns the value of an attribute that is one string.
func (v *Value) Text() (string, error) {
	if v.space.count != 1 {
		return "", in(v.path, errorf(ErrType, "values are %d, not one", v.space.count))
	}
	s, err := texts(&v.array)
	if err != nil {
		return "", err
	}
	return s[0], nil
}

// Strings returns all elements of an attribute of strings. An attribute without
// elements may be of any type, as h5py writes an empty list as numbers.
func (v *Value) Strings() ([]string, error) { return texts(&v.array) }

// Float32s is Dataset.Float32s.
func (v *Value) Float32s() ([]float32, error) { return float32s(&v.array) }

// Float64s is Dataset.Float64s.
func (v *Value) Float64s() ([]float64, error) { return float64s(&v.array) }

// Int64s is Dataset.Int64s.
func (v *Value) Int64s() ([]int64, error) { return int64s(&v.array) }

// Raw is Dataset.Raw.
func (v *Value) Raw() ([]byte, error) { return raw(&v.array) }

// Bool returns the value of an attribute that is one bool or one integer, which is
// true unless it is 0.
func (v *Value) Bool() (bool, error) {
	if v.space.count != 1 {
		return false, in(v.path, errorf(ErrType, "values are %d, not one", v.space.count))
	}
	n, err := int64s(&v.array)
	if err != nil {
		return false, err
	}
	return n[0] != 0, nil
}
