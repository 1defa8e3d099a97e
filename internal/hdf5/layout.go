package hdf5

// unfolding is how many bytes of values a stored byte may stand for: the ratio
// that deflate reaches on zeros, 258 bytes in 2 bits. It bounds compressed data,
// and data that the file declares and does not hold.
const unfolding = 1032

// blockSize is how much of a contiguous data set is read at a time.
const blockSize = 64 << 10

// A layout is the storage of a data set. Format specification, section IV.A.2.i.
type layout struct{ object *object }

func (l layout) open(a *array) (elements, error) {
	o := l.object
	if m := o.find(messageExternal); m != nil {
		return nil, m.body.errorf(ErrUnsupported, 0, "values in external files")
	}
	m := o.find(messageLayout)
	if m.flags&messageShared != 0 {
		return nil, m.body.errorf(ErrUnsupported, 0, "a shared layout")
	}
	c := m.decoder("layout")
	const (
		compact = iota
		contiguous
		chunked
		virtual
	)
	version := c.version(3, 4)
	pos := c.pos
	switch class := c.uint8(); {
	case c.err != nil:
	case class == compact:
		return l.compact(a, c)
	case class == contiguous:
		return l.contiguous(a, c)
	case class == chunked:
		return l.chunked(a, c, version)
	case class == virtual:
		c.errorf(ErrUnsupported, pos, "a virtual data set, whose values are in other data sets")
	default:
		c.errorf(ErrFormat, pos, "class is %d, not 0 to 3", class)
	}
	return nil, c.err
}

// compact values are in the message itself.
func (l layout) compact(a *array, c *cursor) (elements, error) {
	size, err := a.bytes(c.at)
	if err != nil {
		return nil, err
	}
	pos := c.pos
	if found := int64(c.uint16()); found < size {
		c.errorf(ErrFormat, pos, "%d bytes for %v of shape %v, which take %d", found, a.kind, a.space.shape, size)
	}
	at := c.at + int64(c.pos)
	b := c.bytes(int(min(size, 1<<16)))
	return stored{at, b}.elements, c.err
}

// contiguous values are in one piece.
func (l layout) contiguous(a *array, c *cursor) (elements, error) {
	size, err := a.bytes(c.at)
	if err != nil {
		return nil, err
	}
	at := c.address()
	pos := c.pos
	found := c.length()
	switch {
	case c.err != nil:
		return nil, c.err
	case at == undefined:
		return l.fill(a)
	case found < size:
		return nil, c.errorf(ErrFormat, pos, "%d bytes for %v of shape %v, which take %d", found, a.kind, a.space.shape, size)
	}
	return piece{a, at}.elements, a.f.within("data set", at, size)
}

// A piece is where contiguous values are.
type piece struct {
	a  *array
	at int64
}

func (p piece) elements(put put) error {
	f, size, count := p.a.f, p.a.kind.Size, p.a.space.count
	step := min(count, max(1, blockSize/size))
	b, err := f.scratch.grow(f, 0, int64(step*size))
	if err != nil {
		return err
	}
	for i := 0; i < count; i += step {
		b = b[:min(step, count-i)*size]
		at := p.at + int64(i)*int64(size)
		if err := f.readInto("data set", b, at); err != nil {
			return err
		}
		if err := put(i, b, at); err != nil {
			return err
		}
	}
	return nil
}

// unfolds checks that what is declared does not take more than the file warrants.
func (l layout) unfolds(a *array) error {
	size, err := a.bytes(l.object.at)
	if err != nil {
		return err
	}
	if f := a.f; size/unfolding > f.size {
		return f.errorf(ErrTooLarge, l.object.at, "%v of shape %v takes %d bytes, more than %d times the file",
			a.kind, a.space.shape, size, unfolding)
	}
	return nil
}

// A scratch is memory for values on their way.
type scratch [3][]byte

// grow returns n bytes of one of the buffers, with any contents.
func (s *scratch) grow(f *file, buffer int, n int64) ([]byte, error) {
	if n > int64(cap(s[buffer])) {
		if err := f.allocate("buffer", undefined, n, 1); err != nil {
			return nil, err
		}
		s[buffer] = make([]byte, n)
	}
	return s[buffer][:n], nil
}
