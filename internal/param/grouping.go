package param

import "slices"

// Grouping assigns the elements of an array to groups: those that differ only
// in the axes that are reduced.
type Grouping struct {
	shape []int
	step  []int // what one step along each axis adds to the group's number: 0 along a reduced axis
	Count int   // of groups
}

// NewGrouping numbers the groups in row-major order. The elements of shape can
// be counted by an int.
func NewGrouping(shape []int, reduced []bool) Grouping {
	g := Grouping{shape, make([]int, len(shape)), 1}
	for axis := len(shape) - 1; axis >= 0; axis-- {
		if !reduced[axis] {
			g.step[axis] = g.Count
			g.Count *= shape[axis]
		}
	}
	return g
}

// Each calls f with the index and the group of every element, in the array's order.
func (g Grouping) Each(f func(i, group int)) {
	if slices.Contains(g.shape, 0) {
		return
	}
	at := make([]int, len(g.shape))
	for i, group := 0, 0; ; i++ {
		f(i, group)
		axis := len(at) - 1
		for ; axis >= 0; axis-- {
			at[axis]++
			group += g.step[axis]
			if at[axis] < g.shape[axis] {
				break
			}
			group -= g.step[axis] * at[axis]
			at[axis] = 0
		}
		if axis < 0 {
			return
		}
	}
}
