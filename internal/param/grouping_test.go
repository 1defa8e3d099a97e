package param

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGrouping(t *testing.T) {
	var got []int
	NewGrouping([]int{2, 3, 2}, []bool{false, true, false}).Each(func(i, group int) {
		assert.Equal(t, len(got), i)
		got = append(got, group)
	})
	assert.Equal(t, []int{0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3}, got)
	NewGrouping([]int{}, nil).Each(func(i, group int) { assert.Zero(t, i+group) })
	NewGrouping([]int{2, 0}, []bool{false, false}).Each(func(i, group int) { t.Error("there is no element") })
}
