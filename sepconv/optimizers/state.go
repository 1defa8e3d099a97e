package optimizers

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv"
)

// maxSlots is how many arrays an optimizer may remember of each variable.
const maxSlots = 3

// slotNames are Keras' names of these arrays; "" is none.
type slotNames [maxSlots]string

// count returns how many there are.
func (s slotNames) count() int {
	n := 0
	for _, name := range s {
		if name != "" {
			n++
		}
	}
	return n
}

// A state is what an optimizer remembers from step to step. It has none before the
// first, when it has no variables.
type state struct {
	self       *state // tells a copy
	iterations int64
	slots      slotNames
	variables  []memory
	buffer     []float32 // a block of clipped gradients

	// The arrays of the last step, of which it is known that they share no memory.
	separate []sepconv.Variable
}

// A memory is the state of one variable.
type memory struct {
	name  string
	shape []int
	slot  [maxSlots][]float32 // nil where there is none
}

// newMemory makes that of a variable which has not been trained.
func newMemory(name string, shape []int, elements int, slots slotNames) memory {
	m := memory{name: name, shape: shape}
	for i, slot := range slots {
		if slot != "" {
			m.slot[i] = make([]float32, elements)
		}
	}
	return m
}

// maxIterations is far beyond any run, and far from overflow.
const maxIterations = 1 << 62

// begin checks all that a step needs, counts it, and returns the run over its variables.
// After it nothing can fail.
func (s *state) begin(set *settings, of sepconv.Trainable) (run, error) {
	if err := s.checkOwn(set); err != nil {
		return run{}, err
	}
	if of == nil || param.IsNilPointer(of) {
		return run{}, fmt.Errorf("%w: %s: what is to be trained is nil; it must be something with variables", fault.ErrConfig, set.class)
	}
	variables := of.Variables()
	if err := checkArrays(set.class, variables); err != nil {
		return run{}, err
	}
	if err := s.checkSame(set.class, variables); err != nil {
		return run{}, err
	}
	if err := s.checkSeparate(set.class, variables); err != nil {
		return run{}, err
	}
	rate, err := set.learningRate(s.iterations)
	if err != nil {
		return run{}, err
	}
	if len(s.variables) == 0 {
		s.bind(set.slots, variables)
	}
	if s.buffer == nil {
		s.buffer = make([]float32, blockSize)
	}
	s.self = s
	s.iterations++
	return run{
		state: s, settings: *set, variables: variables, clip: set.clip.of(variables),
		rate: rate, decay: float32(set.decay), variable: -1,
	}, nil
}

// checkOwn reports a state that is another optimizer's, or of other fields.
func (s *state) checkOwn(set *settings) error {
	switch {
	case s.self != nil && s.self != s:
		return fmt.Errorf("%w: the %s is a copy of one that has a state; MarshalBinary and UnmarshalBinary copy it", fault.ErrConfig, set.class)
	case len(s.variables) > 0 && s.slots != set.slots:
		return fmt.Errorf("%w: the fields of the %s need %s of each variable, and it has %s; a run keeps the fields that it began with",
			fault.ErrConfig, set.class, set.slots, s.slots)
	case s.iterations >= maxIterations:
		return fmt.Errorf("%w: the %s has taken %d steps, which is as many as it can", fault.ErrConfig, set.class, s.iterations)
	}
	return nil
}

// String lists the names.
func (s slotNames) String() string {
	text := ""
	for _, name := range s {
		if name != "" && text != "" {
			text += ", "
		}
		text += name
	}
	if text == "" {
		return "nothing"
	}
	return text
}

// checkArrays reports variables whose lengths do not fit their shapes.
func checkArrays(class string, variables []sepconv.Variable) error {
	if len(variables) == 0 {
		return fmt.Errorf("%w: %s: there are no variables to train", fault.ErrShape, class)
	}
	for i := range variables {
		v := &variables[i]
		shape := v.Shape
		if shape == nil {
			shape = []int{len(v.Value)}
		}
		if err := param.CheckGradient(class, v.Gradient, v.Value, shape); err != nil {
			return fmt.Errorf("variable %q: %w", v.Name, err)
		}
	}
	return nil
}

// checkSame reports variables that are not those of the state, and before there is one
// names that would not tell them apart.
func (s *state) checkSame(class string, variables []sepconv.Variable) error {
	if len(s.variables) == 0 {
		return checkNames(class, variables)
	}
	if len(variables) != len(s.variables) {
		return fmt.Errorf("%w: %s: there are %d variables, and the state is of %d", fault.ErrWeights, class, len(variables), len(s.variables))
	}
	for i := range variables {
		v, m := &variables[i], &s.variables[i]
		if v.Name != m.name || !hasShape(v, m.shape) {
			return fmt.Errorf("%w: %s: variable %d is %q of shape %v, and the state is of %q of shape %v",
				fault.ErrWeights, class, i, v.Name, shapeOf(v), m.name, m.shape)
		}
	}
	return nil
}

// checkNames reports two variables of one name.
func checkNames(class string, variables []sepconv.Variable) error {
	names := make(map[string]bool, len(variables))
	for i := range variables {
		name := variables[i].Name
		if names[name] {
			return fmt.Errorf("%w: %s: two variables are named %q; each needs a name of its own", fault.ErrWeights, class, name)
		}
		names[name] = true
	}
	return nil
}

// shapeOf returns the shape of a variable, as a copy.
func shapeOf(v *sepconv.Variable) []int {
	if v.Shape == nil {
		return []int{len(v.Value)}
	}
	return slices.Clone(v.Shape)
}

// hasShape is slices.Equal(shapeOf(v), shape) without a copy.
func hasShape(v *sepconv.Variable, shape []int) bool {
	if v.Shape == nil {
		return len(shape) == 1 && shape[0] == len(v.Value)
	}
	return slices.Equal(v.Shape, shape)
}

// checkSeparate reports arrays that share memory: a step would read what it has written.
// Those that were there in the last step are not compared again.
func (s *state) checkSeparate(class string, variables []sepconv.Variable) error {
	if slices.EqualFunc(variables, s.separate, sameArrays) {
		return nil
	}
	for i := range variables {
		v := &variables[i]
		for j := range variables[:i+1] {
			w := &variables[j]
			if param.Overlap(v.Value, w.Gradient) || i != j && (param.Overlap(v.Value, w.Value) || param.Overlap(v.Gradient, w.Value)) {
				return fmt.Errorf("%w: %s: variables %q and %q; values and gradients need memory of their own", fault.ErrOverlap, class, w.Name, v.Name)
			}
		}
	}
	s.separate = append(s.separate[:0], variables...)
	return nil
}

// sameArrays reports whether two variables are the same memory.
func sameArrays(v, w sepconv.Variable) bool {
	return same(v.Value, w.Value) && same(v.Gradient, w.Gradient)
}

func same(a, b []float32) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// bind makes the state of variables.
func (s *state) bind(slots slotNames, variables []sepconv.Variable) {
	s.slots = slots
	s.variables = make([]memory, len(variables))
	for i := range variables {
		v := &variables[i]
		s.variables[i] = newMemory(v.Name, shapeOf(v), len(v.Value), slots)
	}
}
