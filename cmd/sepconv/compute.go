package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/sepconv/go/sepconv/keras"
)

// computation runs a program on all examples of its files: as many at once as have the
// same shape, follow one another and fit into the limits.
type computation struct {
	e        *env
	flags    *runFlags
	program  *keras.Program
	ports    []port
	files    [][]assignment // sets of files that fill all inputs
	sink     sink
	progress *progress

	inputs   []*input // the set that is open
	elements []int    // of each input, of the examples that wait; nil if none waits
	waiting  int
	most     int // examples of this shape that are computed at once
	done     int
	outputs  [][]float32
}

// all computes all sets of files.
func (c *computation) all() error {
	for _, set := range c.files {
		if err := c.open(set); err != nil {
			return err
		}
		err := c.set()
		c.close()
		if err != nil {
			return err
		}
	}
	return nil
}

// open opens the files of a set.
func (c *computation) open(set []assignment) error {
	c.inputs = nil
	if c.done == 0 {
		c.progress.stage("reading the input", 0)
	}
	for _, a := range set {
		in, err := openInput(c.e, a.name, c.ports, a.ports, c.flags.inputOptions)
		if err != nil {
			c.close()
			return err
		}
		c.inputs = append(c.inputs, in)
		if c.flags.verbose {
			fmt.Fprintf(c.e.stderr, "%s: %s\n", in.shown(), in.about())
		}
	}
	first := c.inputs[0]
	for _, in := range c.inputs[1:] {
		if n, m := first.count(), in.count(); n >= 0 && m >= 0 && n != m {
			c.close()
			return fmt.Errorf("%s has %d examples and %s has %d; there must be one of each input for each", first.shown(), n, in.shown(), m)
		}
	}
	total := 0
	if len(c.files) > 1 {
		total = len(c.files) // of recordings, one in each
	} else {
		total = first.count()
	}
	if c.done == 0 {
		c.progress.stage("examples", total)
	}
	return nil
}

func (c *computation) close() {
	for _, in := range c.inputs {
		in.close()
	}
}

// set computes the examples of the files that are open.
func (c *computation) set() error {
	for {
		if err := c.e.ctx.Err(); err != nil {
			return err
		}
		ended, err := c.take()
		if err != nil {
			return err
		}
		if ended {
			return c.flush()
		}
		if err := c.group(); err != nil {
			return err
		}
	}
}

// take reads an example from each file.
func (c *computation) take() (ended bool, err error) {
	for i, in := range c.inputs {
		err := in.take()
		switch {
		case err == io.EOF && i == 0:
			ended = true
		case err == io.EOF && !ended:
			return false, fmt.Errorf("%s has %d examples and %s has more; there must be one of each input for each", in.shown(), in.read, c.inputs[0].shown())
		case err == nil && ended:
			return false, fmt.Errorf("%s has %d examples and %s has more; there must be one of each input for each", c.inputs[0].shown(), c.inputs[0].read, in.shown())
		case err != nil && err != io.EOF:
			return false, err
		}
	}
	return ended, nil
}

// group puts the example that was read last to those that wait; if it has another shape
// it computes these first, and if they are enough all.
func (c *computation) group() error {
	elements := make([]int, len(c.ports))
	for _, in := range c.inputs {
		for k, p := range in.ports {
			elements[p] = len(in.values[k])
			if c.waiting > 0 {
				elements[p] -= c.waiting * c.elements[p]
			}
		}
	}
	if c.waiting > 0 && !slices.Equal(elements, c.elements) {
		if err := c.flush(); err != nil {
			return err
		}
	}
	if !slices.Equal(elements, c.elements) {
		c.elements = elements
		c.most = c.together()
	}
	if c.waiting++; c.waiting >= c.most {
		return c.flush()
	}
	return nil
}

// together returns how many examples are computed at once: as many as the limit allows.
// What does not fit even alone is an error of the run.
func (c *computation) together() int {
	limit := c.flags.inputOptions.maxBytes / 4
	sum := 1
	for _, n := range c.elements {
		sum += n
	}
	n := int(max(min(int64(c.flags.batch), limit/int64(sum)), 1))
	for ; n > 1; n /= 2 {
		if _, err := c.program.Memory(n, stepsOf(c.ports, c.elements)...); err != nil {
			continue
		}
		if shapes, err := shapesFor(c.program, c.ports, n, c.elements); err == nil && floats(shapes) <= limit {
			break
		}
	}
	return n
}

// flush computes the examples that wait.
func (c *computation) flush() error {
	n := c.waiting
	if n == 0 {
		return nil
	}
	shapes, err := shapesFor(c.program, c.ports, n, c.elements)
	if err != nil {
		return c.errorf(n, err)
	}
	if size := floats(shapes); size > c.flags.inputOptions.maxBytes/4 {
		return c.errorf(n, errTooLarge(fmt.Sprintf("output of %d numbers", size), c.flags.inputOptions.maxBytes))
	}
	inputs := make([][]float32, len(c.ports))
	for _, in := range c.inputs {
		for k, p := range in.ports {
			inputs[p] = in.values[k][:n*c.elements[p]]
		}
	}
	if c.outputs == nil {
		c.outputs = make([][]float32, len(shapes))
	}
	for i, s := range shapes {
		size := product(s)
		c.outputs[i] = slices.Grow(c.outputs[i][:0], size)[:size]
	}
	if err := c.program.Run(c.outputs, inputs, n); err != nil {
		return c.errorf(n, err)
	}
	if err := c.write(n, shapes); err != nil {
		return err
	}
	for _, in := range c.inputs {
		for k, p := range in.ports {
			in.values[k] = slices.Delete(in.values[k], 0, n*c.elements[p])
		}
	}
	c.done, c.waiting = c.done+n, 0
	c.progress.add(n)
	return nil
}

// write hands the outputs of n examples on.
func (c *computation) write(n int, shapes [][]int) error {
	parts, of := make([][]float32, len(shapes)), make([][]int, len(shapes))
	for j := range n {
		for i, s := range shapes {
			of[i] = s[1:]
			size := product(of[i])
			parts[i] = c.outputs[i][j*size:][:size]
		}
		if err := c.sink.write(c.done+j, c.inputs[0].name, parts, of); err != nil {
			return err
		}
	}
	return c.sink.flush()
}

// errorf is an error of the run on the n examples that wait.
func (c *computation) errorf(n int, err error) error {
	which := fmt.Sprintf("example %d", c.done)
	if n > 1 {
		which = fmt.Sprintf("examples %d to %d (-batch 1 tells which)", c.done, c.done+n-1)
	}
	return fmt.Errorf("%s: %s: %w", c.inputs[0].shown(), which, err)
}
