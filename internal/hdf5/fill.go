package hdf5

// fill is the value that elements have which were never written. It is zero
// unless the data set says otherwise.
func (l layout) fill(a *array) (elements, error) {
	if err := l.unfolds(a); err != nil {
		return nil, err
	}
	value, at, err := l.fillValue(a)
	if err != nil || value == nil {
		return func(put) error { return nil }, err
	}
	return filling{a, value, at}.elements, nil
}

// A filling is a value that all elements have, and its address.
type filling struct {
	a     *array
	value []byte
	at    int64
}

func (v filling) elements(put put) error {
	f, size, count := v.a.f, len(v.value), v.a.space.count
	step := min(count, max(1, blockSize/size))
	b, err := f.scratch.grow(f, 0, int64(step*size))
	if err != nil {
		return err
	}
	for i := 0; i < len(b); i += size {
		copy(b[i:], v.value)
	}
	for i := 0; i < count; i += step {
		if err := put(i, b[:min(step, count-i)*size], v.at); err != nil {
			return err
		}
	}
	return nil
}

// fillValue returns the bytes of the fill value, nil for zero, and where they are.
// Format specification, sections IV.A.2.e and IV.A.2.f.
func (l layout) fillValue(a *array) (value []byte, at int64, err error) {
	m := l.object.find(messageFill)
	if m == nil {
		if m = l.object.find(messageFillOld); m == nil {
			return nil, 0, nil
		}
	}
	c, err := m.shared("fill value")
	if err != nil {
		return nil, 0, err
	}
	defined := true
	if m.kind == messageFill {
		switch c.version(1, 2, 3) {
		case 1:
			c.skip(2 + 1)
		case 2:
			c.skip(2)
			defined = c.uint8() != 0
		case 3:
			defined = c.uint8()&(1<<5) != 0
		}
	}
	if !defined || c.err != nil {
		return nil, 0, c.err
	}
	pos := c.pos
	size := c.uint32()
	if size == 0 || size == 1<<32-1 {
		return nil, 0, c.err
	}
	at = c.at + int64(c.pos)
	value = c.bytes(int(min(int64(size), 1<<16)))
	if c.err == nil && len(value) != a.kind.Size {
		c.errorf(ErrFormat, pos, "%d bytes for an element of %d", size, a.kind.Size)
	}
	return value, at, c.err
}
