package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/sepconv/go/internal/npy"
)

// npyFile gives the examples of an array of numbers of NumPy.
type npyFile struct {
	r        *bufio.Reader
	header   npy.Header
	port     port
	n, i     int
	elements int // of an example
	raw      bytes.Buffer
	all      []float32 // of an array in Fortran order
}

func newNPY(r *bufio.Reader, ports []port, o inputOptions) (examples, error) {
	h, err := npy.ReadHeader(r)
	if err != nil {
		return nil, err
	}
	if _, err := npy.Elements(h.Shape); err != nil {
		return nil, err
	}
	switch {
	case h.Pickled:
		return nil, fmt.Errorf("%w: it holds objects of Python, which need Python's code to be read; in Python write array.astype('float32'), or array.astype('U') of text", npy.ErrUnsupported)
	case h.DType.IsText():
		return newNPYText(r, h, ports, o)
	case !h.DType.IsNumber():
		return nil, fmt.Errorf("%w: its type is %s; in Python write array.astype('float32')", npy.ErrUnsupported, h.DType)
	case len(ports) > 1:
		return nil, fmt.Errorf("it holds numbers, and the model's inputs %q and %q take text: give them an array of type U, or each a file, as -input NAME=FILE", ports[0].Name, ports[1].Name)
	}
	f := &npyFile{r: r, header: h, port: ports[0]}
	if f.n, err = fit(h.Shape, f.port); err != nil {
		return nil, err
	}
	total, _ := npy.Elements(h.Shape)
	if f.elements = total / max(f.n, 1); f.n == 0 {
		return f, f.end()
	}
	if f.elements == 0 && f.n > mostEmpty {
		return nil, errEmpty(f.n)
	}
	width := int64(max(h.DType.Size, 4))
	if int64(f.elements) > o.maxBytes/width {
		return nil, errTooLarge("an example of it", o.maxBytes)
	}
	if h.Fortran && len(h.Shape) > 1 {
		if int64(total) > o.maxBytes/width {
			return nil, errTooLarge("an array in Fortran order is read at once, and it", o.maxBytes)
		}
		return f, f.readFortran(total)
	}
	return f, nil
}

func (f *npyFile) count() int { return f.n }

func (f *npyFile) about() string {
	order := ""
	if f.header.Fortran {
		order = ", in Fortran order"
	}
	return fmt.Sprintf("npy, %s of shape %s%s", f.header.DType, shapeText(f.header.Shape), order)
}

func (f *npyFile) next(dst [][]float32) (err error) {
	if f.i == f.n {
		return io.EOF
	}
	if f.i++; f.all != nil {
		dst[0] = append(dst[0], f.all[(f.i-1)*f.elements:][:f.elements]...)
	} else if err := f.read(f.elements); err != nil {
		return err
	} else {
		dst[0] = f.header.DType.Append(dst[0], f.raw.Bytes())
	}
	if f.port.Integer {
		if err := checkWhole(dst[0][len(dst[0])-f.elements:]); err != nil {
			return fmt.Errorf("example %d: %w", f.i-1, err)
		}
	}
	if f.i == f.n {
		return f.end()
	}
	return nil
}

// read reads elements. A header may promise any number of them: memory grows with what
// comes.
func (f *npyFile) read(elements int) error {
	size := int64(elements) * int64(f.header.DType.Size)
	f.raw.Reset()
	n, err := io.CopyN(&f.raw, f.r, size)
	if err == io.EOF {
		return fmt.Errorf("it ends within example %d of %d: %d of its %d bytes are there", max(f.i-1, 0), f.n, n, size)
	}
	return err
}

// readFortran reads all elements and puts them in C order.
func (f *npyFile) readFortran(total int) error {
	if err := f.read(total); err != nil {
		return err
	}
	columns := f.header.DType.Append(nil, f.raw.Bytes())
	f.raw = bytes.Buffer{}
	f.all = make([]float32, total)
	shape := f.header.Shape
	index := make([]int, len(shape)) // of the element, the last axis first to change
	strides := make([]int, len(shape))
	stride := 1
	for a, d := range shape {
		strides[a] = stride
		stride *= d
	}
	at := 0
	for i := range f.all {
		f.all[i] = columns[at]
		for a := len(shape) - 1; a >= 0; a-- {
			index[a]++
			at += strides[a]
			if index[a] < shape[a] {
				break
			}
			at -= index[a] * strides[a]
			index[a] = 0
		}
	}
	return nil
}

// end reports what follows the last element.
func (f *npyFile) end() error { return npyEnd(f.r) }
