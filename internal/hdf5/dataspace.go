package hdf5

import "math"

// maxRank is the largest number of dimensions that the format allows.
const maxRank = 32

// A dataspace is a shape. Format specification, section IV.A.2.b.
type dataspace struct {
	shape []int
	limit []int64 // how far each dimension may grow; unlimited: -1
	count int     // elements
}

const unlimited = -1

// dataspace decodes a dataspace message.
func (c *cursor) dataspace() (s dataspace, err error) {
	version := c.version(1, 2)
	rank, flags := int(c.uint8()), c.uint8()
	if rank > maxRank {
		return s, c.errorf(ErrFormat, c.pos, "%d dimensions, there are at most %d", rank, maxRank)
	}
	null := false
	if version == 1 {
		c.skip(5)
	} else {
		const nullSpace = 2
		pos := c.pos
		kind := c.uint8()
		if kind > nullSpace || rank > 0 && kind != 1 {
			c.errorf(ErrFormat, pos, "kind %d of %d dimensions", kind, rank)
		}
		null = kind == nullSpace
	}
	start := c.pos
	s.shape = make([]int, rank)
	s.count = 1
	for i := range s.shape {
		s.count = c.dimension(s.count, &s.shape[i])
	}
	for _, n := range s.shape { // an overflow that a later 0 undoes is none
		if n == 0 {
			s.count = 0
		}
	}
	if s.count < 0 && c.err == nil {
		return s, c.errorf(ErrTooLarge, start, "the product of the shape %v", s.shape)
	}
	s.limit = make([]int64, rank)
	for i := range s.limit {
		s.limit[i] = int64(s.shape[i])
		if flags&1 != 0 {
			pos := c.pos
			s.limit[i] = c.growth()
			if s.limit[i] != unlimited && s.limit[i] < int64(s.shape[i]) {
				c.errorf(ErrFormat, pos, "dimension %d of %d may grow to %d", i, s.shape[i], s.limit[i])
			}
		}
	}
	if null {
		s.shape, s.limit, s.count = []int{0}, []int64{0}, 0
	}
	return s, c.err
}

// dimension decodes one dimension into n and returns its product with those
// before it, which is -1 once it overflows.
func (c *cursor) dimension(product int, n *int) int {
	pos := c.pos
	v := c.uint(c.f.lengthSize)
	if v > math.MaxInt {
		c.errorf(ErrTooLarge, pos, "a dimension of %d, the largest is %d", v, math.MaxInt)
		return product
	}
	*n = int(v)
	if product < 0 || *n > 0 && product > math.MaxInt / *n {
		return -1
	}
	return product * *n
}

// growth decodes how far a dimension may grow.
func (c *cursor) growth() int64 {
	n := c.f.lengthSize
	v := c.uint(n)
	if v == math.MaxUint64>>(64-8*n) || v > math.MaxInt64 {
		return unlimited
	}
	return int64(v)
}
