package hdf5

import (
	"math"
)

// An array is a data set's or an attribute's value, before it is read.
type array struct {
	f       *file
	path    string
	kind    Type
	space   dataspace
	storage storage
}

// A storage has the bytes of an array's elements. It finds them, and checks that
// the file has them all, before anything is allocated for them.
type storage interface {
	open(a *array) (elements, error)
}

// elements calls put for all elements but those that are zero since they were
// never written.
type elements func(put put) error

// put takes some elements: the index of the first one in C order, their bytes, and
// the address that errors about them name.
type put func(index int, b []byte, at int64) error

// stored is storage that has been read already, and its address.
type stored struct {
	at   int64
	data []byte
}

func (s stored) open(*array) (elements, error) { return s.elements, nil }

func (s stored) elements(put put) error { return put(0, s.data, s.at) }

// bytes returns the size of all elements as they are stored.
func (a *array) bytes(at int64) (int64, error) {
	n, size := int64(a.space.count), int64(a.kind.Size)
	if n > math.MaxInt64/size {
		return 0, a.f.errorf(ErrTooLarge, at, "%d elements of %d bytes", n, size)
	}
	return n * size, nil
}

// wrong says that values of another type were asked for.
func (a *array) wrong(want string) error {
	if a.kind.Class == ClassInt || a.kind.Class == ClassFloat || a.kind.Class == ClassEnum {
		if a.kind.format == formatNone {
			return errorf(ErrNumbers, "numbers of the type %v, whose bits are in no usual order", a.kind)
		}
	}
	if a.kind.Class > ClassEnum {
		return errorf(ErrNumbers, "values of the type %v", a.kind)
	}
	return errorf(ErrType, "values are %v, not %s", a.kind, want)
}

// collect returns all elements, which convert makes from their bytes. Each takes
// size bytes of memory.
func collect[T any](a *array, size int64, convert func(dst []T, b []byte, at int64) error) ([]T, error) {
	values, err := read(a, 1, size, func(values []T, index int, b []byte, at int64) error {
		return convert(values[index:index+len(b)/a.kind.Size], b, at)
	})
	return values, in(a.path, err)
}

// read allocates perElement values of size bytes for each element and fills them.
func read[T any](a *array, perElement int, size int64, put func(values []T, index int, b []byte, at int64) error) ([]T, error) {
	if a.space.count == 0 {
		return []T{}, nil
	}
	each, err := a.storage.open(a)
	if err != nil {
		return nil, err
	}
	if err := a.f.allocate("value", undefined, int64(a.space.count), product(int64(perElement), size)); err != nil {
		return nil, err
	}
	values := make([]T, a.space.count*perElement)
	err = each(func(index int, b []byte, at int64) error { return put(values, index, b, at) })
	if err != nil {
		return nil, err
	}
	return values, nil
}

func float32s(a *array) ([]float32, error) {
	convert := float32Converter(a.kind)
	if convert == nil {
		return nil, in(a.path, a.wrong("numbers"))
	}
	return collect(a, 4, func(dst []float32, b []byte, _ int64) error { convert(dst, b); return nil })
}

func float64s(a *array) ([]float64, error) {
	convert := float64Converter(a.kind)
	if convert == nil {
		return nil, in(a.path, a.wrong("numbers"))
	}
	return collect(a, 8, func(dst []float64, b []byte, _ int64) error { convert(dst, b); return nil })
}

func int64s(a *array) ([]int64, error) {
	convert := int64Converter(a.kind)
	if convert == nil {
		return nil, in(a.path, a.wrong("integers"))
	}
	unsigned := a.kind.Size == 8 && !a.kind.Signed
	return collect(a, 8, func(dst []int64, b []byte, at int64) error {
		convert(dst, b)
		for _, v := range dst {
			if unsigned && v < 0 {
				return a.f.errorf(ErrType, at, "one value is %d, which int64 does not reach", uint64(v))
			}
		}
		return nil
	})
}

func raw(a *array) ([]byte, error) {
	size := a.kind.Size
	b, err := read(a, size, 1, func(b []byte, index int, src []byte, _ int64) error {
		copy(b[index*size:], src)
		return nil
	})
	return b, in(a.path, err)
}

// stringCost is what a string takes beside its bytes.
const stringCost = 16

func texts(a *array) ([]string, error) {
	if a.space.count == 0 { // h5py writes an empty list as numbers
		return []string{}, nil
	}
	if a.kind.Class != ClassString {
		return nil, in(a.path, a.wrong("strings"))
	}
	if a.kind.Variable {
		return collect(a, stringCost, func(dst []string, b []byte, at int64) error {
			c := &cursor{f: a.f, what: "reference to a string", at: at, data: b}
			for i := range dst {
				var err error
				if dst[i], err = c.reference(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return collect(a, stringCost, func(dst []string, b []byte, at int64) error {
		for i := range dst {
			s := a.kind.trim(b[i*a.kind.Size:][:a.kind.Size])
			if err := a.f.allocate("string", at, int64(len(s)), 1); err != nil {
				return err
			}
			dst[i] = string(s)
		}
		return nil
	})
}
