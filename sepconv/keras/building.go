package keras

import (
	"fmt"
	"slices"

	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/sepconv"
)

// building is a call of a layer that is added to a program. Its methods that read the
// configuration keep the first error in err, which build returns.
type building struct {
	*compiler
	scope *scope
	l     *Layer
	c     configuration
	call  *Call
	in    []tensor
	err   error

	zeroMasked bool // of a layer in a Bidirectional
}

// shape returns the shape of an input.
func (b *building) shape(i int) flow.Shape { return b.builder.Shape(b.in[i].value) }

// last returns the length of the last axis, which must be known.
func (b *building) last() (int, error) {
	s := b.shape(0)
	if len(s) < 2 || s.Last() <= 0 {
		return 0, fmt.Errorf("%w: its input has shape %v; the last axis must be known", sepconv.ErrShape, s)
	}
	return s.Last(), nil
}

// addAll adds an operation.
func (b *building) addAll(op flow.Op, in ...flow.Value) ([]flow.Value, error) {
	return b.builder.Add(fmt.Sprintf("layer %.80q of class %.80q", b.l.Path, b.l.className()), op, in...)
}

// add adds an operation with one output.
func (b *building) add(op flow.Op, in ...flow.Value) (flow.Value, error) {
	out, err := b.addAll(op, in...)
	if err != nil {
		return 0, err
	}
	return out[0], nil
}

// chain adds operations one after the other, on the first input.
func (b *building) chain(ops ...flow.Op) ([]tensor, error) {
	v := b.in[0].value
	for _, op := range ops {
		if op == nil {
			continue
		}
		var err error
		if v, err = b.add(op, v); err != nil {
			return nil, err
		}
	}
	return []tensor{{value: v}}, nil
}

// toTheEnd returns the permutation that puts some axes last, and the one that puts them back.
func toTheEnd(rank int, axes []int) (to, back []int) {
	for a := range rank {
		if !slices.Contains(axes, a) {
			to = append(to, a)
		}
	}
	to = append(to, axes...)
	back = make([]int, rank)
	for i, a := range to {
		back[a] = i
	}
	return to, back
}

// alongLast adds an operation that works along the last axis, along one or several other axes:
// they are moved to the end and merged for it.
func (b *building) alongLast(axes []int, op flow.Op) ([]tensor, error) {
	x := b.in[0].value
	rank := len(b.shape(0))
	to, back := toTheEnd(rank, axes)
	ordered := slices.IsSorted(to)
	var err error
	if !ordered {
		if x, err = b.add(flow.NewPermute(to...), x); err != nil {
			return nil, err
		}
	}
	moved := x
	if len(axes) > 1 {
		if x, err = b.add(flow.NewMergeLast(len(axes)), x); err != nil {
			return nil, err
		}
	}
	if x, err = b.add(op, x); err != nil {
		return nil, err
	}
	if len(axes) > 1 {
		if x, err = b.add(flow.NewLike(), x, moved); err != nil {
			return nil, err
		}
	}
	if !ordered {
		x, err = b.add(flow.NewPermute(back...), x)
	}
	return []tensor{{value: x}}, err
}

// once returns what an earlier call of the layer has made, or makes it.
func once[T any](b *building, make func() (T, error)) (T, error) {
	key := b.l.first()
	if made, ok := b.ops[key].(T); ok {
		return made, nil
	}
	made, err := make()
	if err == nil && b.err == nil {
		b.ops[key] = made
	}
	return made, err
}

// inTime puts transposes around operations that take time before channels, if the layer has
// channels first.
func (b *building) inTime(first bool, ops ...flow.Op) []flow.Op {
	if !first {
		return ops
	}
	swap := flow.NewPermute(0, 2, 1)
	return append(append([]flow.Op{swap}, ops...), swap)
}
