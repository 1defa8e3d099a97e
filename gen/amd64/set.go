package amd64

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// generator writes the kernels of one set. The Context's instructions take
// registers of any width; what depends on the width is here.
type generator struct {
	*build.Context
	suffix string // of the kernels' names
	lanes  int    // float32 in a vector
	rows   int    // rows of the largest pointwise tile
	window window // of the depthwise kernels
	bypass bool   // whether pointwise kernels can write past the caches
}

// window is how many outputs and taps a depthwise kernel keeps in registers.
type window struct{ outputs, taps int }

// kernel begins a function.
func (g *generator) kernel(name, signature string) {
	g.Function(name)
	g.Attributes(attr.NOSPLIT)
	g.SignatureExpr(signature)
	g.Pragma("noescape")
}

// vector returns a register of the set's width.
func (g *generator) vector() reg.VecVirtual {
	if g.lanes == 16 {
		return g.ZMM()
	}
	return g.YMM()
}

func (g *generator) vectors(n int) []reg.VecVirtual {
	v := make([]reg.VecVirtual, n)
	for i := range v {
		v[i] = g.vector()
	}
	return v
}

// registers is how many vectors there is room for.
func (g *generator) registers() int {
	if g.lanes == 16 {
		return 32
	}
	return 16
}

// bytes is the size of a vector.
func (g *generator) bytes() int { return 4 * g.lanes }

// rowPointers addresses rows that are stride bytes apart with one base register
// for each three, since an index can be scaled by 1 and 2.
type rowPointers struct {
	bases  []reg.Register
	stride reg.Register
}

// rowPointers loads the pointers of n rows from the parameters of the given names; the
// stride is in bytes.
func (g *generator) rowPointers(pointer, stride string, n int) rowPointers {
	p := rowPointers{stride: g.Load(g.Param(stride), g.GP64())}
	first := g.Load(g.Param(pointer), g.GP64())
	p.bases = append(p.bases, first)
	for i := 3; i < n; i += 3 {
		next := g.GP64()
		g.LEAQ(Mem{Base: p.bases[len(p.bases)-1], Index: p.stride, Scale: 2}, next)
		g.ADDQ(p.stride, next)
		p.bases = append(p.bases, next)
	}
	return p
}

// at returns the memory of row i, offset bytes from its pointer.
func (p rowPointers) at(i, offset int) Mem {
	m := Mem{Base: p.bases[i/3], Disp: offset}
	if i%3 > 0 {
		m.Index, m.Scale = p.stride, uint8(i%3)
	}
	return m
}

// advance moves all rows by an immediate or a register.
func (g *generator) advance(p rowPointers, by Op) {
	for _, b := range p.bases {
		g.ADDQ(by, b)
	}
}

// row returns the memory of row i, of rows that are visited in order: at moves on
// by three rows whenever those before are done.
func (g *generator) row(at, stride reg.Register, i int) Mem {
	if i > 0 && i%3 == 0 {
		g.step(at, stride, 3)
	}
	m := Mem{Base: at}
	if i%3 > 0 {
		m.Index, m.Scale = stride, uint8(i%3)
	}
	return m
}

// rowsGone moves a pointer on to row n, after row has visited those before.
func (g *generator) rowsGone(at, stride reg.Register, n int) {
	if n > 0 {
		g.step(at, stride, n-(n-1)/3*3)
	}
}

// cursor visits rows in order, not all of them: at is the address of one of the last.
type cursor struct {
	*generator
	at, stride reg.Register
	now        int // the row at that address
}

// row returns the memory of row i, as the function of that name does if it is given all
// rows.
func (c *cursor) row(i int) Mem {
	if i > c.now+2 {
		c.step(c.at, c.stride, i-c.now)
		c.now = i
	}
	m := Mem{Base: c.at}
	if i > c.now {
		m.Index, m.Scale = c.stride, uint8(i-c.now)
	}
	return m
}

// rowsGone moves on to row n, from which rows are counted then.
func (c *cursor) rowsGone(n int) {
	c.step(c.at, c.stride, n-c.now)
	c.now = 0
}

// step moves a pointer by n strides.
func (g *generator) step(at, stride reg.Register, n int) {
	for ; n >= 2; n -= 2 {
		g.LEAQ(Mem{Base: at, Index: stride, Scale: 2}, at)
	}
	if n == 1 {
		g.ADDQ(stride, at)
	}
}

// moved copies a register.
func (g *generator) moved(x reg.Register) reg.Register {
	y := g.GP64()
	g.MOVQ(x, y)
	return y
}
