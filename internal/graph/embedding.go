package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
)

// embedding is y[...] = row x[...] of a table. Indices are whole numbers in float32,
// which are exact up to 2^24; a fraction is cut off, as Keras does.
type embedding struct {
	table       []float32
	rows, width int
	// fromEnd says that a negative index counts from the end, as in Keras 3; otherwise
	// it is an error, as in Keras 2.
	fromEnd bool
}

// MaxEmbedding is the number of rows up to which float32 tells every index.
const MaxEmbedding = 1 << 24

// NewEmbedding returns a table of (rows, width).
func NewEmbedding(table []float32, rows, width int, fromEnd bool) Op {
	return &embedding{table, rows, width, fromEnd}
}

func (e *embedding) IsFallible() bool { return true }

func (e *embedding) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, 1); err != nil {
		return nil, err
	}
	s := make(Shape, 0, len(in[0])+1)
	return one(append(append(s, in[0]...), e.width)), nil
}

func (e *embedding) NewStep() Step { return &embeddingStep{embedding: e} }

type embeddingStep struct {
	*embedding
	out, in []float32
	indices span
}

func (e *embeddingStep) Begin(out, in []Tensor) (Tasks, error) {
	e.out, e.in = out[0].Data, in[0].Data
	if err := e.check(e.in); err != nil {
		return Tasks{}, err
	}
	return e.indices.cut(len(e.in), 1, moveMicros*float64(e.width+16)), nil
}

// check reports an index of a row that is not there.
func (e *embedding) check(list []float32) error {
	for i, x := range list {
		if e.row(x) < 0 {
			return fmt.Errorf("%w: element %d of its input is %v; an index must be from %d to %d", fault.ErrShape, i, x, e.least(), e.rows-1)
		}
	}
	return nil
}

func (e *embedding) least() int {
	if e.fromEnd {
		return -e.rows
	}
	return 0
}

// row returns the row of an index; -1 if there is none.
func (e *embedding) row(x float32) int {
	if wide := float64(x); !(wide > float64(e.least()-1) && wide < float64(e.rows)) {
		return -1
	}
	t := int(x) // without the fraction, and so from least on
	if t < 0 {
		t += e.rows
	}
	return t
}

func (e *embeddingStep) Do(i int, _ *Scratch) {
	first, end := e.indices.task(i)
	for ; first < end; first++ {
		copy(e.out[first*e.width:][:e.width], e.table[e.row(e.in[first])*e.width:])
	}
}
