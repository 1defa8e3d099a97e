// Package npz reads arrays of numbers from the archives of numpy.savez, in the
// form in which Keras 2 wrote a model's weights: a member for each layer, with a
// pickled dictionary of arrays. No pickle is ever executed: what builds other
// things than arrays of numbers is an error.
package npz

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sepconv/go/internal/archive"
	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/npy"
)

// Errors wrap one of these.
var (
	// ErrFormat: the file breaks a rule of its format.
	ErrFormat = errors.New("invalid npz file")
	// ErrUnsupported: a member holds something else than arrays of numbers.
	ErrUnsupported = errors.New("unsupported npz file")
	// ErrTooLarge: the file asks for more memory than allowed.
	ErrTooLarge = errors.New("npz file too large")
)

// Member is a member of the archive.
type Member struct {
	Name   string // without .npy
	Arrays []Array
}

// Array is an array of numbers.
type Array struct {
	Key    string // in the member's dictionary; "" if the member is the array
	DType  string // NumPy's name of the type, or its code if that is not read
	Shape  []int
	Values []float32 // in C order; nil if Err is not
	// Err is why there are no Values: an array that is not damaged, but not read. It
	// wraps ErrUnsupported.
	Err error
}

// Read reads all members. What they take, unpacked and as values, is spent from the
// budget.
func Read(r io.ReaderAt, size int64, b *budget.Budget) ([]Member, error) {
	zip, err := archive.Open(r, size, b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", cause(err), err)
	}
	var members []Member
	for _, name := range zip.Names() {
		m, err := readMember(zip, name, b)
		if err != nil {
			return nil, fmt.Errorf("member %.80q: %w", name, err)
		}
		members = append(members, m)
	}
	return members, nil
}

// cause is this package's word for an error of package archive.
func cause(err error) error {
	if errors.Is(err, archive.ErrTooLarge) {
		return ErrTooLarge
	}
	return ErrFormat
}

// asNPZ is an error of package npy as one of this.
func asNPZ(err error) error {
	if errors.Is(err, npy.ErrUnsupported) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", ErrFormat, err)
}

func readMember(zip *archive.Archive, name string, b *budget.Budget) (Member, error) {
	m := Member{Name: strings.TrimSuffix(name, ".npy")}
	data, err := zip.Read(name)
	if err != nil {
		return m, fmt.Errorf("%w: %w", cause(err), err)
	}
	rest := bytes.NewReader(data)
	h, err := npy.ReadHeader(rest)
	if err != nil {
		return m, asNPZ(err)
	}
	body := data[len(data)-rest.Len():]
	arrays := []ndarray{{h.Shape, h.DType, body, h.Fortran}}
	keys := []string{""}
	if h.Pickled {
		if keys, arrays, err = unpickle(body, b); err != nil {
			return m, err
		}
	}
	for i, a := range arrays {
		values, err := a.float32s(b)
		unread := err
		if !errors.Is(err, ErrUnsupported) {
			unread = nil
			if err != nil {
				return m, fmt.Errorf("array %.80q: %w", keys[i], err)
			}
		}
		m.Arrays = append(m.Arrays, Array{keys[i], a.dtype.String(), a.shape, values, unread})
	}
	return m, nil
}
