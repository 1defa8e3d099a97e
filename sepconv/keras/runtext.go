package keras

import (
	"fmt"
	"slices"

	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/sepconv"
)

// Input is what RunText takes for an input of the model: one of the two.
type Input struct {
	Text   []string  // where the model takes text
	Values []float32 // where it takes numbers, as for Run
}

// textRun is what text is turned into.
type textRun struct {
	inputs [][]float32 // of the program
	made   [][]float32 // those that are of text, with room for more
}

// RunText computes the model for a batch of texts: it is Run on the numbers that the model's
// layers make of them.
//
// There is an Input for each of the model's inputs in Keras' order (Graph().Inputs of the
// Model): for a text, batch times as many strings as its shape says, one after the other. A
// text that several layers read is one Input. A TextVectorization without
// output_sequence_length fills the texts of a batch up to the longest.
//
// Outputs are as for Run. One that is words is indices, which the Text of its Port turns into
// words. Nothing is written when there is an error.
func (p *Program) RunText(outputs [][]float32, inputs []Input, batch int) error {
	if err := p.made(); err != nil {
		return err
	}
	if len(inputs) != p.sources || batch < 0 {
		return fmt.Errorf("%w: there are %d inputs and a batch of %d; the model has %d inputs", sepconv.ErrShape, len(inputs), batch, p.sources)
	}
	r := p.texts.Get()
	if r == nil {
		r = &textRun{make([][]float32, len(p.inputs)), make([][]float32, len(p.inputs))}
	}
	defer func() {
		clear(r.inputs) // the user's
		p.texts.Put(r)
	}()
	for i := range p.inputs {
		if err := p.take(r, i, inputs[p.inputs[i].source], batch); err != nil {
			return fmt.Errorf("input %d of the model, of layer %.80q: %w", p.inputs[i].source, p.inputs[i].Name, err)
		}
	}
	return p.program.Run(outputs, r.inputs, batch)
}

// take takes an input of the model for one of the program.
func (p *Program) take(r *textRun, i int, in Input, batch int) (err error) {
	port := &p.inputs[i]
	switch {
	case port.Text == nil && in.Text != nil:
		return fmt.Errorf("%w: it takes Values, not Text", sepconv.ErrShape)
	case port.Text == nil:
		r.inputs[i] = in.Values
		_, err = perRow(port.Shape, len(in.Values), batch)
		return err
	case in.Values != nil:
		return fmt.Errorf("%w: it takes Text, not Values", sepconv.ErrShape)
	}
	r.made[i], err = p.fill(r.made[i], port, in.Text, batch)
	r.inputs[i] = r.made[i]
	return err
}

// fill turns the texts of a batch into numbers, in memory that it may take.
func (p *Program) fill(memory []float32, port *Port, texts []string, batch int) ([]float32, error) {
	width, err := perRow(port.text, len(texts), batch)
	if err != nil {
		return memory, err
	}
	length := 0
	for i := range batch {
		n, err := port.Text.Count(texts[i*width:][:width]...)
		if err != nil {
			return memory, fmt.Errorf("row %d of the batch: %w", i, err)
		}
		length = max(length, n)
	}
	const float = 4
	if batch > 0 && int64(length) > p.maxBytes/float/int64(batch) {
		return memory, fmt.Errorf("%w: a batch of %d of %d numbers takes more than the limit of %d bytes; see WithMaxMemory", sepconv.ErrShape, batch, length, p.maxBytes)
	}
	memory = slices.Grow(memory[:0], batch*length)[:batch*length]
	for i := range batch {
		if err := port.Text.Fill(memory[i*length:][:length], texts[i*width:][:width]...); err != nil {
			return memory, fmt.Errorf("row %d of the batch: %w", i, err)
		}
	}
	return memory, nil
}

// perRow returns how many of so many elements there are in each row of the batch, whose shape
// is given.
func perRow(shape flow.Shape, elements, batch int) (int, error) {
	if _, err := shape.OpenLength(batch, elements); err != nil {
		return 0, fmt.Errorf("%w: it %w", sepconv.ErrShape, err)
	}
	return elements / max(batch, 1), nil
}
