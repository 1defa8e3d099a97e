// Package budgettest measures, for tests, that readers keep to their limits.
package budgettest

import (
	"runtime"
	"testing"
)

const (
	// Multiple is how many times its limit a reader may allocate in all. A limit
	// counts what is kept; what is freed on the way comes to it, such as the smaller
	// arrays of a slice or map that grows.
	Multiple = 4
	// Constant is what it may allocate beside, in bytes: tables of decompressors,
	// buffers of a fixed size, errors.
	Constant = 1 << 20
)

// Allocated returns how many bytes f allocates in all, whether they are freed or
// not.
func Allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// Bounded runs f, which reads something with a limit of that many bytes, and fails
// the test if it allocates more than that warrants.
func Bounded(t testing.TB, what string, limit int64, f func()) {
	t.Helper()
	got := Allocated(f)
	if most := Multiple*limit + Constant; got > most {
		t.Fatalf("%.200s: %d bytes were allocated; with a limit of %d at most %d may be", what, got, limit, most)
	}
}
