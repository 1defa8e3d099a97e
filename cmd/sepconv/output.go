package main

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sepconv/go/internal/npy"
	"github.com/sepconv/go/sepconv/keras"
)

// sink takes what the model computes.
type sink interface {
	// write takes the outputs of an example, and their shapes without the batch.
	write(example int, file string, outputs [][]float32, shapes [][]int) error
	// flush passes on what can be.
	flush() error
	close() error
}

// sinkOptions are how outputs are written.
type sinkOptions struct {
	top      int        // so many of the last axis; 0 for all, in their order
	labels   [][]string // of each output; nil for none
	files    bool       // the file that an example is from
	maxBytes int64
}

// sinks are the formats of outputs.
var sinks = map[string]func(w io.Writer, outputs []keras.Port, o sinkOptions) sink{
	"json": newJSONSink,
	"npy": func(w io.Writer, outputs []keras.Port, o sinkOptions) sink {
		return &arraySink{w: w, names: namesOf(outputs), o: o}
	},
	"npz": func(w io.Writer, outputs []keras.Port, o sinkOptions) sink {
		return &arraySink{w: w, names: namesOf(outputs), o: o, archive: true}
	},
}

// namesOf returns the names of outputs. A layer that is the output twice gets numbers.
func namesOf(outputs []keras.Port) (names []string) {
	for _, out := range outputs {
		name := out.Name
		for i := 1; slices.Contains(names, name); i++ {
			name = fmt.Sprintf("%s_%d", out.Name, i)
		}
		names = append(names, name)
	}
	return names
}

// jsonSink writes a line of JSON for each example.
type jsonSink struct {
	w     *bufio.Writer
	names [][]byte // as JSON
	o     sinkOptions
	line  []byte
	rank  []int

	labels []string // of the output that is being written
}

func newJSONSink(w io.Writer, outputs []keras.Port, o sinkOptions) sink {
	s := &jsonSink{w: bufio.NewWriterSize(w, 1<<16), o: o}
	for _, name := range namesOf(outputs) {
		s.names = append(s.names, quoted(name))
	}
	return s
}

// quoted is text in JSON.
func quoted(text string) []byte {
	b, _ := json.Marshal(text) // of a string it cannot fail
	return b
}

func (s *jsonSink) write(example int, file string, outputs [][]float32, shapes [][]int) error {
	b := append(s.line[:0], `{"example":`...)
	b = strconv.AppendInt(b, int64(example), 10)
	if s.o.files {
		b = append(append(b, `,"file":`...), quoted(file)...)
	}
	b = append(b, `,"outputs":{`...)
	for i, values := range outputs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, s.names[i]...), ':')
		if s.labels = nil; s.o.labels != nil {
			s.labels = s.o.labels[i]
		}
		b, _ = s.nested(b, values, shapes[i])
	}
	s.line = append(b, "}}\n"...)
	_, err := s.w.Write(s.line)
	return err
}

// nested appends an array, and returns the values that are not in it.
func (s *jsonSink) nested(b []byte, values []float32, shape []int) ([]byte, []float32) {
	switch {
	case len(shape) == 0:
		return appendFloat(b, values[0]), values[1:]
	case len(shape) == 1 && s.o.top > 0:
		return s.ranked(b, values[:shape[0]]), values[shape[0]:]
	}
	b = append(b, '[')
	for i := range shape[0] {
		if i > 0 {
			b = append(b, ',')
		}
		b, values = s.nested(b, values, shape[1:])
	}
	return append(b, ']'), values
}

// ranked appends the largest scores, the first of equal ones first and NaN last.
func (s *jsonSink) ranked(b []byte, scores []float32) []byte {
	s.rank = s.rank[:0]
	for i := range scores {
		s.rank = append(s.rank, i)
	}
	slices.SortStableFunc(s.rank, func(i, j int) int {
		x, y := scores[i], scores[j]
		switch {
		case x > y || x == x && y != y:
			return -1
		case x < y || x != x && y == y:
			return 1
		}
		return 0
	})
	b = append(b, '[')
	for n, i := range s.rank[:min(s.o.top, len(s.rank))] {
		if n > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, `{"index":`...), int64(i), 10)
		if s.labels != nil {
			b = append(append(b, `,"label":`...), quoted(s.labels[i])...)
		}
		b = append(appendFloat(append(b, `,"score":`...), scores[i]), '}')
	}
	return append(b, ']')
}

// appendFloat appends the shortest number that is this float32, or a word for what is no
// number in JSON.
func appendFloat(b []byte, x float32) []byte {
	switch y := float64(x); {
	case y != y:
		return append(b, `"NaN"`...)
	case math.IsInf(y, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(y, -1):
		return append(b, `"-Infinity"`...)
	case x != 0 && x > -1e-6 && x < 1e-6 || math.Abs(y) >= 1e21: // as JavaScript writes them
		return strconv.AppendFloat(b, y, 'e', -1, 32)
	default:
		return strconv.AppendFloat(b, y, 'f', -1, 32)
	}
}

func (s *jsonSink) flush() error { return s.w.Flush() }
func (s *jsonSink) close() error { return s.w.Flush() }

// arraySink keeps all outputs, whose number the header of an array says, and writes them
// in the end.
type arraySink struct {
	w       io.Writer
	names   []string
	o       sinkOptions
	archive bool
	shapes  [][]int // of an example
	values  [][]byte
	n       int
	size    int64
}

func (s *arraySink) write(example int, file string, outputs [][]float32, shapes [][]int) error {
	if len(outputs) > 1 && !s.archive {
		return wrongUse("the model has %d outputs, and npy has one array; -output npz has one for each", len(outputs))
	}
	if s.n++; s.n == 1 {
		s.values = make([][]byte, len(outputs))
		for _, shape := range shapes {
			s.shapes = append(s.shapes, slices.Clone(shape))
		}
	}
	for i, shape := range shapes {
		if !slices.Equal(shape, s.shapes[i]) {
			return fmt.Errorf("output %q of example %d has shape %s, of those before %s, and an array has one; -output json has each as it is", s.names[i], example, shapeText(shape), shapeText(s.shapes[i]))
		}
		if s.size += int64(len(outputs[i])) * 4; s.size > s.o.maxBytes {
			return errTooLarge("what is kept for the array", s.o.maxBytes)
		}
		for _, x := range outputs[i] {
			s.values[i] = binary.LittleEndian.AppendUint32(s.values[i], math.Float32bits(x))
		}
	}
	return nil
}

func (s *arraySink) flush() error { return nil }

func (s *arraySink) close() error {
	if s.n == 0 {
		return fmt.Errorf("there are no examples, and so no shape for the array")
	}
	if !s.archive {
		return s.array(s.w, 0)
	}
	z := zip.NewWriter(s.w)
	for i, name := range s.names {
		// A stranger's layer may be called ../../x, and who unpacks the archive gets files.
		if !fs.ValidPath(name) || strings.ContainsAny(name, "\\:\x00") {
			for name = fmt.Sprintf("output_%d", i); slices.Contains(s.names, name); name += "_" {
			}
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store}) // as numpy.savez does
		if err == nil {
			err = s.array(w, i)
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}

// array writes an output as .npy.
func (s *arraySink) array(w io.Writer, i int) error {
	header := npy.AppendHeader(nil, slices.Insert(slices.Clone(s.shapes[i]), 0, s.n))
	if _, err := w.Write(header); err != nil {
		return err
	}
	_, err := w.Write(s.values[i])
	return err
}
