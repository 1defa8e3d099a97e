package keras

import (
	"errors"
	"fmt"
	"sync"

	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/sepconv"
)

// Op computes a layer of a class of the user's own; see Register. Several goroutines may use
// one at the same time.
type Op interface {
	// OutputShape returns the shape of the output for inputs of the given shapes. All begin
	// with the batch. While a model is compiled lengths may be -1: only a run knows them.
	OutputShape(inputs [][]int) ([]int, error)
	// Run computes the output, whose shape is what OutputShape returned, from inputs of the
	// given shapes. All are row-major. It must not keep any of the slices.
	Run(output []float32, inputs [][]float32, shapes [][]int)
}

var registered struct {
	sync.RWMutex
	build map[string]func(*Layer) (Op, error)
}

// Register supplies the code of a class of layers of the user's own, which files do not
// hold. Model.Compile calls build for each such layer, and gives it the Layer with its
// configuration and weights. The name is the one in the file: "mine>Layer" for a class that was
// registered in the package "mine", "Layer" for one that was not. A name of Keras' own, or one
// that is registered already, is an error. Register may be called by several goroutines.
func Register(name string, build func(l *Layer) (Op, error)) error {
	_, isKeras := builders[name]
	if _, known := classes[name]; known {
		isKeras = true
	}
	if isKeras || !kerasjson.IsCustomName(name) {
		return fmt.Errorf("%w: %.80q is no name of a layer of your own: it is empty or Keras' own", sepconv.ErrConfig, name)
	}
	if build == nil {
		return fmt.Errorf("%w: layer %.80q: the function is nil", sepconv.ErrConfig, name)
	}
	registered.Lock()
	defer registered.Unlock()
	if registered.build[name] != nil {
		return fmt.Errorf("%w: the layer %.80q is registered already", sepconv.ErrConfig, name)
	}
	if registered.build == nil {
		registered.build = map[string]func(*Layer) (Op, error){}
	}
	registered.build[name] = build
	return nil
}

// buildForeign adds a layer of the user's own: what was registered, an activation that
// was supplied, or an operation of keras.ops.
func (b *building) buildForeign() ([]tensor, error) {
	name := b.l.Registered
	if name == "" {
		name = b.l.Class
	}
	registered.RLock()
	build := registered.build[name]
	registered.RUnlock()
	if build == nil {
		if out, ok, err := b.buildOperation(); ok {
			return out, err
		}
		if a := b.l.customActivation(); a != nil && len(b.in) > 0 && b.in[0].text == nil {
			return b.ownFunction(a)
		}
		return nil, fmt.Errorf("%w: it is a class of your own, and its code is not in the file; supply it with keras.Register(%.80q, ...)", errors.ErrUnsupported, name)
	}
	if len(b.in) == 0 || b.in[0].text != nil {
		return nil, errors.New("it is called without an input that is numbers")
	}
	op, err := once(b, func() (*ownOp, error) {
		op, err := build(b.l)
		if err == nil && op == nil {
			err = errors.New("the function that is registered for it returned nil")
		}
		return &ownOp{op}, err
	})
	if err != nil {
		return nil, err
	}
	values := make([]flow.Value, len(b.in))
	for i, t := range b.in {
		values[i] = t.value
	}
	v, err := b.add(op, values...)
	return []tensor{{value: v}}, err
}

// ownOp is a user's Op in a program.
type ownOp struct{ op Op }

func (o *ownOp) Shapes(in []flow.Shape) ([]flow.Shape, error) {
	shapes := make([][]int, len(in))
	for i, s := range in {
		shapes[i] = append([]int(nil), s...)
	}
	out, err := o.op.OutputShape(shapes)
	if err != nil {
		return nil, err
	}
	if len(out) == 0 || len(out) > maxRank {
		return nil, fmt.Errorf("%w: its OutputShape gives %v; it must have from 1 to %d axes", sepconv.ErrShape, out, maxRank)
	}
	known := true
	for _, s := range in {
		for _, n := range s {
			known = known && n >= 0
		}
	}
	for _, n := range out {
		if n < -1 || n < 0 && known {
			return nil, fmt.Errorf("%w: its OutputShape gives %v for inputs of shapes %v; lengths must not be negative", sepconv.ErrShape, out, in)
		}
	}
	return []flow.Shape{append(flow.Shape(nil), out...)}, nil
}

func (o *ownOp) NewStep() flow.Step { return &ownStep{ownOp: o} }

type ownStep struct {
	*ownOp
	out    []float32
	in     [][]float32
	shapes [][]int
}

func (s *ownStep) Begin(out, in []flow.Tensor) (flow.Tasks, error) {
	s.out, s.in, s.shapes = out[0].Data, s.in[:0], s.shapes[:0]
	for _, t := range in {
		s.in = append(s.in, t.Data)
		s.shapes = append(s.shapes, t.Shape)
	}
	return flow.Tasks{N: 1}, nil
}

func (s *ownStep) Do(int, *flow.Scratch) {
	s.op.Run(s.out, s.in, s.shapes)
	clear(s.in)
}
