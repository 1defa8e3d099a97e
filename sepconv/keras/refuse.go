package keras

import (
	"errors"
	"fmt"

	"github.com/sepconv/go/sepconv"
)

// namedError is an error that names the layer that it is about.
type namedError struct{ error }

func (e namedError) Unwrap() error { return e.error }

// refuse is the error of a layer that does not run.
func (l *Layer) refuse(format string, arguments ...any) error {
	return namedError{fmt.Errorf("%w: layer %.80q of class %.80q: %w", sepconv.ErrConfig, l.Path, l.className(), fmt.Errorf(format, arguments...))}
}

// unsupported is the error of a layer that this package does not compute.
func (l *Layer) unsupported(format string, arguments ...any) error {
	return l.refuse("%w: %w", errors.ErrUnsupported, fmt.Errorf(format, arguments...))
}

// unsupportedf is an error of what this package does not compute.
func unsupportedf(format string, arguments ...any) error {
	return fmt.Errorf("%w: %w", errors.ErrUnsupported, fmt.Errorf(format, arguments...))
}

// errorf is an error about the layer.
func (l *Layer) errorf(format string, arguments ...any) error {
	return fmt.Errorf("%w: layer %.80q: %w", sepconv.ErrFile, l.Path, fmt.Errorf(format, arguments...))
}

// about says which layer an error is about.
func (l *Layer) about(err error) error { return fmt.Errorf("layer %.80q: %w", l.Path, err) }
