package npz

import (
	"fmt"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/npy"
)

// ndarray is an array as it is stored.
type ndarray struct {
	shape   []int
	dtype   npy.DType
	raw     []byte
	fortran bool
}

// float32s converts the numbers and spends what they need.
func (a *ndarray) float32s(b *budget.Budget) ([]float32, error) {
	n, err := npy.Elements(a.shape)
	if err != nil {
		return nil, asNPZ(err)
	}
	if size := a.dtype.Size; size == 0 && len(a.raw) != 0 || size != 0 && (len(a.raw)%size != 0 || len(a.raw)/size != n) {
		return nil, fmt.Errorf("%w: it has %d bytes; shape %v of %s needs %d elements of %d", ErrFormat, len(a.raw), a.shape, a.dtype, n, size)
	}
	if !a.dtype.IsNumber() {
		return nil, fmt.Errorf("%w: numbers of dtype %q", ErrUnsupported, a.dtype.Code)
	}
	if a.fortran && len(a.shape) > 1 {
		return nil, fmt.Errorf("%w: its values are in Fortran order", ErrUnsupported)
	}
	if err := b.Spend("values", int64(n), 4); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return a.dtype.Append(make([]float32, 0, n), a.raw), nil
}
