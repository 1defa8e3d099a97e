//go:build !unix

package guard

import "testing"

// border is how far from the ends of a view a slice may lie: far enough for
// canaries, as there are no pages that fault.
const border = margin

// views returns room for n floats, margins included. Both views are one slice, so
// that what is to be read only can be written.
func views(_ testing.TB, n int) (writable, readable []float32) {
	x := make([]float32, n)
	return x, x
}
