// Package cache knows how addresses share the sets of a first-level cache. A way of
// it is a page on every CPU that looks a line up while it translates the address: lines
// whose addresses differ by a multiple of that fall on one set, and drive each other
// out when they are more than it has ways. Sizes and strides here are in floats.
package cache

const (
	way  = 4096 / 4
	line = 64 / 4
)

// Ways returns the ways of a cache of so many bytes.
func Ways(bytes int) int { return bytes / (4 * way) }

// FewWays is how many lines may fall on one set, of the 8 that all CPUs of today have
// there at least, and leave room for others.
const FewWays = 6

// Rows returns how many rows, each beginning stride after the last, have their first
// lines in the given number of ways. The largest power of two that divides the stride
// tells on how many sets they fall.
func Rows(stride, ways int) int {
	apart := stride & -stride
	if apart == 0 || apart > way {
		apart = way
	}
	return ways * (way / max(apart, line))
}

// Crowded reports whether, of rows by taps inputs that stand so far apart, more than
// FewWays fall on one set.
func Crowded(rows, taps, rowStride, tapStride int) bool {
	var lines [way / line]uint8
	for r := range rows {
		for j := range taps {
			set := &lines[uint(r*rowStride+j*tapStride)%way/line] // unsigned: rows that do not exist may be anywhere
			if *set++; *set > FewWays {
				return true
			}
		}
	}
	return false
}
