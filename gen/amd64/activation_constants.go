package main

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
	bits := activation.Bits(name)
	lanes := make([]uint32, k.lanes)
	for i := range lanes {
		lanes[i] = bits
	}
	return k.data(name, lanes)
}

// data adds read-only data to the file.
func (k *activations) data(name string, words []uint32) Mem {
	m := k.StaticGlobal(name)
	k.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := 0; i < len(words); i += 2 {
		k.AppendDatum(U64(uint64(words[i+1])<<32 | uint64(words[i])))
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
