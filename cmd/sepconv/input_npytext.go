package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/sepconv/go/internal/npy"
)

// npyText gives the texts of an array of strings: one an element, or the words of a
// StringLookup in a row.
type npyText struct {
	r        *bufio.Reader
	header   npy.Header
	ports    []port
	n, width int
	i        int
	o        inputOptions
	raw      bytes.Buffer
	fields   []string
}

func newNPYText(r *bufio.Reader, h npy.Header, ports []port, o inputOptions) (examples, error) {
	if ports[0].Text == nil {
		return nil, fmt.Errorf("it holds text, of type %s; %s, is of numbers", h.DType, ports[0])
	}
	f := &npyText{r: r, header: h, ports: ports, o: o, n: 1, width: 1}
	switch len(h.Shape) {
	case 0:
	case 1:
		f.n = h.Shape[0]
	case 2:
		f.n, f.width = h.Shape[0], h.Shape[1]
	default:
		return nil, fmt.Errorf("its shape is %s; texts have one axis, or two if there are several words in an example", shapeText(h.Shape))
	}
	if (f.width == 0 || h.DType.Size == 0) && f.n > mostEmpty {
		return nil, errEmpty(f.n)
	}
	// A text takes a string's header beside its characters.
	const header = 16
	if int64(f.width) > o.maxBytes/int64(h.DType.Size+header) {
		return nil, errTooLarge("an example of it", o.maxBytes)
	}
	return f, nil
}

func (f *npyText) count() int { return f.n }

func (f *npyText) about() string {
	return fmt.Sprintf("npy, text of shape %s", shapeText(f.header.Shape))
}

func (f *npyText) next(dst [][]float32) error {
	if f.i == f.n {
		return io.EOF
	}
	f.i++
	size := f.header.DType.Size
	f.raw.Reset()
	if n, err := io.CopyN(&f.raw, f.r, int64(f.width)*int64(size)); err == io.EOF {
		return fmt.Errorf("it ends within example %d of %d: %d of its %d bytes are there", f.i-1, f.n, n, f.width*size)
	} else if err != nil {
		return err
	}
	f.fields = f.fields[:0]
	for i := range f.width {
		f.fields = append(f.fields, f.header.DType.Text(f.raw.Bytes()[i*size:][:size]))
	}
	if err := fillFields(dst, f.ports, f.fields, f.o); err != nil {
		return fmt.Errorf("example %d: %w", f.i-1, err)
	}
	if f.i == f.n {
		return npyEnd(f.r)
	}
	return nil
}
