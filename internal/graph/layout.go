package graph

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/fault"
)

// Each tensor lies in a block of memory. Several share one: views of the same elements under
// other shapes, and outputs that overwrite an input which nothing else needs any more.

// layout is what a run needs to know for inputs of given shapes.
type layout struct {
	key     []int // batch, and the open length of each input
	shapes  []Shape
	blocks  []block
	blockOf []int  // of each Value; -1 if nothing needs it
	direct  []bool // of each output: it is computed in the caller's slice
	offsets []int  // of blocks in the arena
	floats  int    // of the arena
}

// block is memory, from the node that writes it first to the one that reads it last.
type block struct {
	first, last int
	size        int
	input       bool // it is an input of the program, which is not written
	output      int  // the output of the program in whose memory it is; -1: it is in the arena
	in          int  // the block that this one was joined to; its own number if to none
}

// beyond stands for a node after all others.
const beyond = 2 * maxNodes

// newLayout computes the shapes of all tensors, and where they lie.
func (p *Program) newLayout(inputs []Shape) (*layout, error) {
	l := &layout{shapes: make([]Shape, len(p.values))}
	for i, v := range p.inputs {
		if err := inputs[i].check(); err != nil {
			return nil, err
		}
		l.shapes[v] = inputs[i]
	}
	var in []Shape
	for _, n := range p.nodes {
		in = in[:0]
		for _, v := range n.in {
			in = append(in, l.shapes[v])
		}
		out, err := n.op.Shapes(in)
		for i, s := range out {
			if err == nil {
				err = s.check()
			}
			l.shapes[n.out[i]] = s
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.name, err)
		}
	}
	l.makeBlocks(p)
	l.joinInPlace(p)
	l.direct = make([]bool, len(p.outputs))
	for i, v := range p.outputs {
		if b := l.block(v); !p.fallible && !b.input && b.output < 0 {
			b.output, l.direct[i] = i, true
		}
	}
	return l, l.arrange(p.maxBytes)
}

// makeBlocks finds for how long each tensor is needed.
func (l *layout) makeBlocks(p *Program) {
	l.blockOf = slices.Repeat([]int{-1}, len(p.values))
	add := func(v Value, node int) {
		root := p.values[v].view
		if l.blockOf[root] < 0 {
			l.blockOf[root] = len(l.blocks)
			l.blocks = append(l.blocks, block{first: node, last: node, output: -1, in: len(l.blocks), input: node < 0})
		}
		l.blockOf[v] = l.blockOf[root]
		b := l.block(v)
		b.size = max(b.size, l.shapes[v].Elements())
	}
	for _, v := range p.inputs {
		add(v, -1)
	}
	for i, n := range p.nodes {
		for _, v := range n.out {
			add(v, i)
		}
		for _, v := range n.in {
			l.block(v).last = i
		}
	}
	for _, v := range p.outputs {
		l.block(v).last = beyond
	}
}

// block returns the block that a tensor is in.
func (l *layout) block(v Value) *block {
	b := l.blockOf[v]
	for l.blocks[b].in != b {
		b = l.blocks[b].in
	}
	l.blockOf[v] = b
	return &l.blocks[b]
}

// joinInPlace gives outputs the place of an input that nobody needs any more.
func (l *layout) joinInPlace(p *Program) {
	for i, n := range p.nodes {
		op, ok := n.op.(InPlace)
		if !ok {
			continue
		}
		out := l.block(n.out[0])
		for j, v := range n.in {
			in := l.block(v)
			if op.IsInPlace(j) && !in.input && in.last == i && slices.Equal(l.shapes[v], l.shapes[n.out[0]]) {
				in.last, out.in = out.last, in.in
				break
			}
		}
	}
	for v, b := range l.blockOf {
		if b >= 0 {
			l.block(Value(v)) // notes where it is now
		}
	}
}

// align is what blocks begin at a multiple of, in floats: a line of the cache.
const align = 16

// arrange finds a place in the arena for each block, the largest first: the lowest place
// where no other block lies that is needed at the same time.
func (l *layout) arrange(maxBytes int64) error {
	var order []int
	for i, b := range l.blocks {
		if !b.input && b.output < 0 && b.in == i && b.size > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(l.blocks[b].size, l.blocks[a].size) })
	l.offsets = make([]int, len(l.blocks))
	most := int(min(maxBytes/4, maxFloats))
	var placed []int // by offset
	for _, i := range order {
		b, at := &l.blocks[i], 0
		for _, j := range placed {
			other := &l.blocks[j]
			if other.last < b.first || b.last < other.first {
				continue
			}
			if at+b.size <= l.offsets[j] {
				break
			}
			at = max(at, (l.offsets[j]+other.size+align-1)/align*align)
		}
		if b.size > most-at {
			return fmt.Errorf("%w: %w: the tensors of a run on inputs of this size take more than the limit of %d bytes (keras.WithMaxMemory)", fault.ErrShape, budget.ErrExceeded, maxBytes)
		}
		l.offsets[i] = at
		l.floats = max(l.floats, at+b.size)
		after, _ := slices.BinarySearchFunc(placed, at, func(j, at int) int { return cmp.Compare(l.offsets[j], at) })
		placed = slices.Insert(placed, after, i)
	}
	return nil
}

// maxFloats is how many floats a slice may have here.
const maxFloats = int64(^uint(0)>>1) / 8
