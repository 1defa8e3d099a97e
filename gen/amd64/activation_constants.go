package amd64

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/sepconv/go/gen/activation"
)

// Constant returns the constant in every lane: in a register, if hold has set one
// aside, or else in memory.
func (k *activations) Constant(name string) vec {
	if v, ok := k.held[name]; ok {
		return k.all(v)
	}
	return k.all(k.pooled(name))
}

func (k *activations) pooled(name string) Mem {
	if m, ok := k.pool[name]; ok {
		return m
	}
	lanes := make([]uint32, k.lanes)
	if k.broadcasts() {
		lanes = lanes[:1]
	}
	for i := range lanes {
		lanes[i] = activation.Bits(name)
	}
	return k.data(name, lanes)
}

// broadcasts reports whether instructions take a constant of one lane from memory.
// All lanes would be half as fast with AVX-512: they fill a cache line, and the linker
// aligns data to half a line.
func (k *activations) broadcasts() bool { return k.lanes == 16 }

// data adds read-only data to the file.
func (k *activations) data(name string, words []uint32) Mem {
	m := k.StaticGlobal(name)
	k.DataAttributes(attr.RODATA | attr.NOPTR)
	for len(words) >= 2 {
		k.AppendDatum(U64(uint64(words[1])<<32 | uint64(words[0])))
		words = words[2:]
	}
	if len(words) == 1 {
		k.AppendDatum(U32(words[0]))
	}
	k.pool[name] = m
	return m
}

// tailMask returns data from which a vector n words before the end of its first
// half has n lanes set.
func (k *activations) tailMask() Mem {
	const name = "tailMask"
	if m, ok := k.pool[name]; ok {
		return m
	}
	lanes := make([]uint32, 2*k.lanes)
	for i := range k.lanes {
		lanes[i] = ^uint32(0)
	}
	return k.data(name, lanes)
}
