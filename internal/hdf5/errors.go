package hdf5

import (
	"errors"
	"fmt"

	"github.com/sepconv/go/internal/budget"
)

// Errors are of type *Error and wrap one of these by cause.
var (
	// ErrFormat: the file breaks the format: truncated, damaged or made to do harm.
	ErrFormat = errors.New("hdf5: invalid file")
	// ErrUnsupported: the file uses a part of the format that this package leaves
	// out, or leads out of the file.
	ErrUnsupported = errors.New("hdf5: unsupported")
	// ErrFilter, an ErrUnsupported: values have been through a filter that this package
	// cannot undo. All else of the data set was found to be in order.
	ErrFilter = fmt.Errorf("%w filter", ErrUnsupported)
	// ErrNumbers, an ErrUnsupported: values of a type that this package does not read.
	ErrNumbers = fmt.Errorf("%w type", ErrUnsupported)
	// ErrTooLarge: what the file declares does not fit the limit given to Open, the
	// file's own size, or this machine's int.
	ErrTooLarge = errors.New("hdf5: too large")
	// ErrNotExist: there is no object, or no attribute, of that name.
	ErrNotExist = errors.New("hdf5: does not exist")
	// ErrType: the value is not of the type that was asked for.
	ErrType = errors.New("hdf5: other type")
	// ErrArgument: what is to be written cannot be.
	ErrArgument = errors.New("hdf5: invalid argument")
)

// errLimit is ErrTooLarge where the limit is what it is too large for.
type errLimit struct{}

func (errLimit) Error() string   { return ErrTooLarge.Error() }
func (errLimit) Unwrap() []error { return []error{ErrTooLarge, budget.ErrExceeded} }

// An Error says what was found in a file, or given to a Writer, and where.
type Error struct {
	Path   string // the object, from the root; "" when no object is concerned
	Offset int64  // from the first byte of the file; negative when no place in it is concerned
	Detail string // what was found, and what would be right
	Err    error  // the cause: one of the package's errors, or that of the io.ReaderAt
}

func (e *Error) Error() string {
	s := e.Err.Error()
	if e.Path != "" {
		s += ": " + e.Path
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Offset >= 0 {
		s += fmt.Sprintf(", at offset %d", e.Offset)
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// errorf returns an error that no place in the file is concerned with.
func errorf(cause error, format string, args ...any) error {
	return &Error{Offset: -1, Detail: fmt.Sprintf(format, args...), Err: cause}
}

// in names the object that an error is about, unless it names one already.
func in(path string, err error) error {
	if e, ok := err.(*Error); ok && e.Path == "" {
		e.Path = path
	}
	return err
}
