package hdf5

func (l layout) chunked(a *array, c *cursor, version uint8, put put) error {
	return c.errorf(ErrUnsupported, 0, "chunked")
}
