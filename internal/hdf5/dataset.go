package hdf5

import "slices"

// A Dataset is an array in the file, and its attributes.
type Dataset struct {
	node
	array array
}

// datasetCost is what a Dataset takes, and its shape, of which its owner may keep
// copies.
const datasetCost = 768

// newDataset decodes the shape and the type; where the values are is decoded when
// they are read.
func newDataset(n node) (*Dataset, error) {
	o := n.object
	space, kind := o.find(messageDataspace), o.find(messageDatatype)
	if space == nil || kind == nil || o.find(messageLayout) == nil {
		return nil, o.f.errorf(ErrFormat, o.at, "a data set without shape, type or layout")
	}
	if err := o.f.allocate("data set", o.at, datasetCost, 1); err != nil {
		return nil, err
	}
	c, err := space.shared("dataspace")
	if err != nil {
		return nil, err
	}
	s, err := c.dataspace()
	if err != nil {
		return nil, err
	}
	if c, err = kind.shared("datatype"); err != nil {
		return nil, err
	}
	t, err := c.datatype()
	if err != nil {
		return nil, err
	}
	return &Dataset{n, array{f: o.f, path: n.path, kind: t, space: s, storage: layout{o}}}, nil
}

// Path returns the path that the data set was opened by, from the root.
func (d *Dataset) Path() string { return d.path }

// AttributeNames returns the names of the attributes in the order of their bytes.
func (d *Dataset) AttributeNames() []string { return d.attributeNames() }

// Attribute returns the attribute of the given name.
func (d *Dataset) Attribute(name string) (*Value, error) { return d.attribute(name) }

// Shape returns the dimensions: none for a single value, a 0 for no value at all.
func (d *Dataset) Shape() []int { return slices.Clone(d.array.space.shape) }

// Type returns the type of the elements.
func (d *Dataset) Type() Type { return d.array.kind }

// Float32s returns all elements, the last index running fastest, as float32. What
// it converts from: integers, Bool, and floating-point numbers of 16, 32 and 64
// bits; it rounds to nearest, ties to even.
func (d *Dataset) Float32s() ([]float32, error) { return float32s(&d.array) }

// Float64s is Float32s for float64.
func (d *Dataset) Float64s() ([]float64, error) { return float64s(&d.array) }

// Int64s returns all elements of an integer data set. Numbers of an unsigned type
// that int64 does not reach are an error.
func (d *Dataset) Int64s() ([]int64, error) { return int64s(&d.array) }

// Strings returns all elements of a data set of strings, of fixed length without
// their padding. A data set without elements may be of any type.
func (d *Dataset) Strings() ([]string, error) { return texts(&d.array) }

// Raw returns the bytes of all elements as they are stored, of whatever type:
// Type().Size bytes each.
func (d *Dataset) Raw() ([]byte, error) { return raw(&d.array) }
