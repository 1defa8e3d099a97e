package graph

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"

	"github.com/sepconv/go/internal/engine"
)

// fingerprint tells what models compute, and their weights, from others: the same on every
// CPU, and whatever file a model came from.
type fingerprint struct{ layers, weights [16]byte }

// printer hashes operations.
type printer struct{ layers, weights hash.Hash }

// Printed is an Op of another package with a fingerprint.
type Printed interface {
	// Fingerprint returns what the operation computes, and a hash of its weights.
	Fingerprint() (computes string, weights []byte)
}

// newFingerprint hashes the nodes of a program in order.
func (p *Program) newFingerprint() fingerprint {
	h := printer{sha256.New(), sha256.New()}
	number := make(map[Value]int, len(p.values))
	of := func(v Value) int { // in the order in which they are named
		n, ok := number[v]
		if !ok {
			n = len(number)
			number[v] = n
		}
		return n
	}
	for _, v := range p.inputs {
		h.config("input %d %v", of(v), p.values[v].shape[1:])
	}
	for _, n := range p.nodes {
		for _, v := range n.in {
			h.config("%d", of(v))
		}
		h.op(n.op)
		for _, v := range n.out {
			h.config("%d %v", of(v), p.values[v].shape[1:])
		}
	}
	for _, v := range p.outputs {
		h.config("output %d", of(v))
	}
	return fingerprint{[16]byte(h.layers.Sum(nil)[:16]), [16]byte(h.weights.Sum(nil)[:16])}
}

func (h *printer) config(format string, args ...any) { fmt.Fprintf(h.layers, format+"\n", args...) }

// op hashes an operation. Shapes tell the sizes of weights.
func (h *printer) op(op Op) {
	h.config("%T", op)
	switch op := op.(type) {
	case Printed:
		computes, weights := op.Fingerprint()
		h.config("%s", computes)
		h.weights.Write(weights)
	case *activation:
		h.activation(op.Activation)
	case *affine:
		h.config("%d", op.axis)
		h.array(op.scale)
		h.array(op.shift)
	case *concat:
		h.config("%d", op.axis)
	case *conv1D:
		h.config("%v %d", op.Window, op.groups)
		for _, taps := range op.products {
			for _, p := range taps {
				h.product(p)
			}
		}
	case *dense:
		h.product(op.product)
	case *depthwise1D:
		h.config("%v", op.Window)
		h.activation(op.activation)
		h.weights.Write(op.digest[:])
	case *dot:
		h.config("%d %d", op.a, op.b)
	case *embedding:
		h.config("%t", op.fromEnd)
		h.array(op.table)
	case *globalPool:
		h.config("%v", *op)
	case *groupNorm:
		h.config("%d %g", op.groups, op.epsilon)
		h.array(op.gamma)
		h.array(op.beta)
	case *layerNorm:
		h.config("%d %d %g", op.axes, op.kind, op.epsilon)
		h.array(op.gamma)
		h.array(op.beta)
	case *merge:
		h.config("%d", op.Merge)
	case *notEqual:
		h.config("%v", *op)
	case *permute:
		h.config("%v", op.axes)
	case *pool:
		h.config("%v %t", op.Window, op.mean)
	case *prelu:
		h.config("%v", op.shape)
		h.array(op.alpha)
	case *recurrent:
		r := op.Recurrent
		h.config("%d %d %t %t %t %t %t %t", r.Cell, r.Units, r.Sequences, r.Final, r.Backwards, r.ZeroMasked, r.Masked, r.WithInitial)
		h.activation(r.Activation)
		h.activation(r.Gate)
		h.product(op.all)
		if op.last != nil {
			h.product(op.last)
		}
	case *rows:
		h.config("%d %d %d", op.kind, op.before, op.behind)
	case *selection:
		h.config("%v", *op)
	}
}

func (h *printer) activation(a engine.Activation) {
	h.config("%d %08x %08x %08x %t", a.Func, math.Float32bits(a.A), math.Float32bits(a.B), math.Float32bits(a.C), a.Custom != nil)
}

func (h *printer) product(p *product) {
	h.activation(p.activation)
	h.weights.Write(p.digest[:])
}

func (h *printer) array(x []float32) { hashFloats(h.weights, x) }

// digest is a hash of weights, which are there when they are packed.
type digest [16]byte

func digestOf(arrays ...[]float32) digest {
	h := sha256.New()
	for _, x := range arrays {
		hashFloats(h, x)
	}
	return digest(h.Sum(nil)[:16])
}

// hashFloats hashes an array and its length.
func hashFloats(h hash.Hash, x []float32) {
	var block [4 << 10]byte
	n := binary.LittleEndian.AppendUint64(block[:0], uint64(len(x)))
	h.Write(n)
	for len(x) > 0 {
		part := x[:min(len(x), len(block)/4)]
		for i, v := range part {
			binary.LittleEndian.PutUint32(block[4*i:], math.Float32bits(v))
		}
		h.Write(block[:4*len(part)])
		x = x[len(part):]
	}
}
