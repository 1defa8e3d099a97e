package keras

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sepconv/go/internal/hdf5"
	"github.com/sepconv/go/internal/rawfloat"
)

// text returns an attribute that is one string; "" if there is none.
func text(g *hdf5.Group, name string) (string, error) {
	if !hasAttribute(g, name) {
		return "", nil
	}
	v, err := g.Attribute(name)
	if err != nil {
		return "", err
	}
	return v.Text()
}

// readTensor reads a data set. What is damaged is an error; what is of a type or a
// filter that is not read becomes a tensor that says so.
func readTensor(g *hdf5.Group, path string) (*Tensor, error) {
	d, err := g.Dataset(path)
	if err != nil {
		return nil, err
	}
	t := &Tensor{Name: path, Shape: d.Shape(), DType: d.Type().String(), key: path}
	if t.Shape == nil {
		t.Shape = []int{}
	}
	err = t.readValues(d)
	for _, unread := range []error{hdf5.ErrType, hdf5.ErrNumbers, hdf5.ErrFilter} {
		if errors.Is(err, unread) {
			t.Values, t.ints, t.Err, err = nil, nil, err, nil
		}
	}
	return t, err
}

// readValues reads the numbers of a data set as float32, and integers as such too.
func (t *Tensor) readValues(d *hdf5.Dataset) (err error) {
	kind := d.Type()
	if kind.Class == hdf5.ClassOpaque { // what h5py makes of types of which HDF5 knows nothing
		return t.readOpaque(d)
	}
	if t.Values, err = d.Float32s(); err == nil && kind.Class == hdf5.ClassInt {
		t.ints, err = d.Int64s()
	}
	return err
}

// readOpaque reads bfloat16, which an attribute may name, as it names the types of
// ml_dtypes that are not read.
func (t *Tensor) readOpaque(d *hdf5.Dataset) error {
	name := "bfloat16"
	if slices.Contains(d.AttributeNames(), "dtype") {
		v, err := d.Attribute("dtype")
		if err != nil {
			return err
		}
		if name, err = v.Text(); err != nil {
			return err
		}
		t.DType = name
	}
	if name != "bfloat16" || d.Type().Size != 2 {
		return fmt.Errorf("%w: %s", hdf5.ErrNumbers, t.DType)
	}
	raw, err := d.Raw()
	t.DType, t.Values = name, rawfloat.Decode(rawfloat.BFloat16, binary.LittleEndian, raw)
	return err
}

// byNumber orders names that are numbers as such, so that 10 comes after 9, and in
// front of all others.
func byNumber(a, b string) int {
	x, errA := strconv.Atoi(a)
	y, errB := strconv.Atoi(b)
	switch {
	case errA == nil && errB == nil:
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return cmp.Compare(a, b)
}

// splitNumber splits "separable_conv1d_12" into the name and 12; the number of
// "separable_conv1d" is 0.
func splitNumber(name string) (string, int) {
	i := strings.LastIndexByte(name, '_')
	if i < 0 {
		return name, 0
	}
	n, err := strconv.Atoi(name[i+1:])
	if err != nil || n < 1 || strconv.Itoa(n) != name[i+1:] {
		return name, 0
	}
	return name[:i], n
}

func hasAttribute(g *hdf5.Group, name string) bool {
	return slices.Contains(g.AttributeNames(), name)
}
