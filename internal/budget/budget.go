// Package budget bounds the memory that one file makes its readers allocate. All
// that read a part of the file spend from the same Budget, so that a file cannot
// have the limit once for each of its parts.
package budget

import (
	"errors"
	"fmt"
	"math"
)

// ErrExceeded: the file takes more memory than the limit.
var ErrExceeded = errors.New("too much memory")

// A Budget is a number of bytes that are spent one time only: memory that is freed
// does not come back. It must not be used by several goroutines at a time. The nil
// Budget has no limit.
type Budget struct {
	limit, left int64
	option      string
}

// New returns a budget of limit bytes, no more than a slice can have here. Errors
// name the option that sets the limit, "keras.WithMaxBytes"; "" if there is none.
func New(limit int64, option string) *Budget {
	limit = min(max(limit, 0), math.MaxInt)
	return &Budget{limit, limit, option}
}

// Limit returns what there was at the beginning.
func (b *Budget) Limit() int64 {
	if b == nil {
		return math.MaxInt64
	}
	return b.limit
}

// Left returns what has not been spent.
func (b *Budget) Left() int64 {
	if b == nil {
		return math.MaxInt64
	}
	return b.left
}

// Take spends n elements of size bytes, which are about to be allocated, and
// reports whether they were left. If they were not, nothing is spent.
func (b *Budget) Take(n, size int64) bool {
	if n < 0 || size < 0 || size > 0 && n > b.Left()/size {
		return false
	}
	if b != nil {
		b.left -= n * size
	}
	return true
}

// Spend is Take with an error that says what the elements are for.
func (b *Budget) Spend(what string, n, size int64) error {
	if b.Take(n, size) {
		return nil
	}
	return b.Exceeded(what)
}

// Exceeded is the error of a reader that did not get what it needs for what.
func (b *Budget) Exceeded(what string) error {
	return fmt.Errorf("%w: %s", ErrExceeded, b.Reason(what))
}

// Reason is what Exceeded says, for errors of another type.
func (b *Budget) Reason(what string) string {
	limit := fmt.Sprintf("the limit of %d bytes", b.Limit())
	if b != nil && b.option != "" {
		limit += " (" + b.option + ")"
	}
	return fmt.Sprintf("with %s the file takes more than %s", what, limit)
}
