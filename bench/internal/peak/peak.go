// Package peak does what limits a set of kernels, as fast as a CPU can, so that the rate of
// that can be measured: multiply-adds, in chains that do not wait for each other, more of
// them than latency times units, and without memory; and loads of an array, one vector
// after the other.
package peak

import "github.com/sepconv/go/internal/kernel"

// loop is an assembly function and how many multiply-adds it does an iteration.
type loop struct {
	run func(iterations int)
	per int
}

// Run does about n multiply-adds at the peak of a set, and returns how many it did.
func Run(set *kernel.Set, n int) int {
	l, ok := loops[set.Name]
	if !ok {
		return steps(set, n)
	}
	const most = 5000 // of one call: some 20 us
	done := 0
	for done < n {
		iterations := min((n-done)/l.per+1, most)
		l.run(iterations)
		done += iterations * l.per
	}
	return done
}

// steps is Run for a set without vectors, whose multiply-adds are steps of Go: its
// pointwise kernel, on rows that stay in the first-level cache.
func steps(set *kernel.Set, n int) int {
	const depth = 1024
	filters := set.Tile.Filters
	ones := make([]float32, depth*filters)
	for i := range ones {
		ones[i] = 1
	}
	a := kernel.Pointwise{
		Dst: make([]float32, filters), U: ones[:depth], Bias: ones[:filters],
		Panels: set.PackPointwise(kernel.Packed{}, ones, depth, filters),
		Rows:   1, Depth: depth, Filters: filters, RowStride: filters, FilterStride: 1, UStride: depth,
		Scratch: make([]float32, set.Tile.Scratch),
	}
	done := 0
	for ; done < n; done += depth * filters {
		set.Pointwise(&a)
	}
	return done
}
