package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sepconv/go/sepconv/keras"
)

// port is an input of the model.
type port struct {
	keras.Port
	lookup bool // Text is of a StringLookup: of words, not of texts
}

// portsOf returns the inputs of a program. Layers of the model tell what the program does
// not.
func portsOf(model *keras.Model, program *keras.Program) []port {
	lookups := map[string]bool{}
	for l := range model.All() {
		if l.Class == "StringLookup" {
			lookups[l.Name] = true
		}
	}
	var ports []port
	for _, p := range program.Inputs() {
		ports = append(ports, port{p, p.Text != nil && lookups[p.Name]})
	}
	return ports
}

// open is a length that each example may have another of.
const open = -1

// example is the shape of an example: the port's without the batch.
func (p port) example() []int { return p.Shape[1:] }

// fixed returns the product of the lengths that are not open, and whether one is.
func (p port) fixed() (n int, isOpen bool) {
	n = 1
	for _, d := range p.example() {
		if d == open {
			isOpen = true
		} else {
			n *= d
		}
	}
	return n, isOpen
}

// steps returns the open length of an example of so many elements; 0 if none is open.
func (p port) steps(elements int) int {
	n, isOpen := p.fixed()
	if !isOpen || n == 0 {
		return 0
	}
	return elements / n
}

func (p port) String() string {
	return fmt.Sprintf("input %q, which takes %s", p.Name, shapeText(p.Shape))
}

// shapeText writes a shape as Keras does.
func shapeText(shape []int) string {
	parts := make([]string, len(shape))
	for i, d := range shape {
		if parts[i] = strconv.Itoa(d); d == open {
			parts[i] = "None"
		}
	}
	text := strings.Join(parts, ", ")
	if len(shape) == 1 {
		text += ","
	}
	return "(" + text + ")"
}

// matches reports whether an array has a shape, in which lengths may be open.
func matches(array, shape []int) bool {
	if len(array) != len(shape) {
		return false
	}
	for i, d := range shape {
		if d != open && d != array[i] {
			return false
		}
	}
	return true
}

// fit finds the examples in an array: one, or as many as its first axis is long. As in
// Keras, an array may be without a last axis of 1, or have one too many.
func fit(array []int, p port) (examples int, err error) {
	example := p.example()
	last := len(example) - 1
	forms := [][]int{example}
	if last >= 0 && example[last] == 1 {
		forms = append(forms, example[:last])
	}
	for _, form := range forms {
		switch {
		case len(array) > 0 && matches(array[1:], form):
			return array[0], nil
		case matches(array, form):
			return 1, nil
		}
	}
	if n := len(array) - 1; n > 0 && array[n] == 1 && matches(array[1:n], example) {
		return array[0], nil
	}
	return 0, fmt.Errorf("its shape is %s; %s, is given that, or an example without the first axis", shapeText(array), p)
}

// shapesFor returns the shapes of the outputs for examples of some numbers of elements.
func shapesFor(program *keras.Program, ports []port, batch int, elements []int) ([][]int, error) {
	return program.OutputShapes(batch, stepsOf(ports, elements)...)
}

func stepsOf(ports []port, elements []int) []int {
	steps := make([]int, len(ports))
	for i, p := range ports {
		steps[i] = p.steps(elements[i])
	}
	return steps
}

// floats returns how many elements arrays have.
func floats(shapes [][]int) (sum int64) {
	for _, s := range shapes {
		sum += int64(product(s))
	}
	return sum
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
