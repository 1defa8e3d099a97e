package hdf5

import (
	"bytes"
	"compress/zlib"
	"io"
)

// An inflater undoes deflate.
type inflater struct {
	src    bytes.Reader
	reader io.ReadCloser // nil until the first use
}

// inflaterCost is what compress/zlib allocates.
const inflaterCost = 64 << 10

// inflater returns the inflater of the file.
func (f *file) inflater() (*inflater, error) {
	if f.zlib == nil {
		if err := f.allocate("decompressor", undefined, 1, inflaterCost); err != nil {
			return nil, err
		}
		f.zlib = &inflater{}
	}
	return f.zlib, nil
}

// inflate decompresses into dst and returns how many bytes there are.
func (z *inflater) inflate(dst, src []byte) (n int, err error) {
	z.src.Reset(src)
	if z.reader == nil {
		z.reader, err = zlib.NewReader(&z.src)
	} else {
		err = z.reader.(zlib.Resetter).Reset(&z.src, nil)
	}
	if err != nil {
		return 0, err
	}
	for n < len(dst) {
		m, err := z.reader.Read(dst[n:])
		n += m
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
	var more [1]byte // or the end, with the checksum before it
	if _, err = io.ReadFull(z.reader, more[:]); err == nil {
		return 0, errTooLong
	}
	if err != io.EOF {
		return 0, err
	}
	return n, nil
}
