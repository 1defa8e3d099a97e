// Package overlap tells whether slices share memory.
package overlap

import "unsafe"

// Slices reports whether two slices share memory.
func Slices[A, B any](a []A, b []B) bool {
	firstA, endA := span(a)
	firstB, endB := span(b)
	return firstA < endB && firstB < endA
}

// span returns where the elements of a slice begin, and where they end; nothing of a
// slice without any.
func span[T any](s []T) (first, end uintptr) {
	if len(s) == 0 {
		return 0, 0
	}
	first = uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	return first, first + uintptr(len(s))*unsafe.Sizeof(s[0])
}
