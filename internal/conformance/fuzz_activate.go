package conformance

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

// FuzzActivate holds the activations of every set, and its gate, to generic's. The
// fuzzer picks the function, the bits of its parameters and of the values, how
// many they are, and where between the guard pages they lie.
func FuzzActivate(f *testing.F, sets []*kernel.Set) {
	if len(sets) == 1 {
		f.Skip("this CPU has no set but the oracle")
	}
	const most = 300 // beyond what a loop may unroll
	a, b := guard.NewBuffer(f, "a", most+16), guard.NewBuffer(f, "b", most+16)
	edges := bytesOf(append([]float32{-6, -3, 0.5, 3, 6, 88.7, -87.5, -103.9}, special...))
	for function := range byte(kernel.Funcs) {
		for i, n := range []uint16{1, 7, 16, 33, 200} {
			f.Add(function, uint32(0x3f000000)<<i, uint32(0), uint32(i)<<29, n, byte(i*5), edges)
		}
	}
	f.Fuzz(func(t *testing.T, function byte, pa, pb, pc uint32, n uint16, place byte, bits []byte) {
		act := kernel.Activation{
			Func: kernel.Func(function % byte(kernel.Funcs)),
			A:    math.Float32frombits(pa), B: math.Float32frombits(pb), C: math.Float32frombits(pc),
		}
		x := wordsOf(bits, int(n)%(most+1))
		at := guard.End
		if place&1 != 0 {
			at = guard.Start
		}
		at = at.Away(int(place>>1) % 16)
		for _, s := range sets {
			switch {
			case s.Name == oracle.Name, act.Func == kernel.Linear:
			case act.Func == kernel.GLU:
				half := len(x) / 2
				gate{t, s, "fuzzed"}.run(a, b, x[:half], x[half:2*half], at, guard.End.Away(int(place>>5)))
			default:
				activation{t, s, act, "fuzzed"}.run(a, x, at)
			}
		}
	})
}

// wordsOf returns n float32 of the given bits, which are gone through again and
// again, each time one float32 further on.
func wordsOf(bits []byte, n int) []float32 {
	x := make([]float32, n)
	words := len(bits) / 4
	for i := range x {
		var word uint32
		if words > 0 {
			word = binary.LittleEndian.Uint32(bits[i%words*4:]) + uint32(i/words)
		}
		if word == guard.Canary { // which differ compares as no other NaN
			word++
		}
		x[i] = math.Float32frombits(word)
	}
	return x
}

func bytesOf(x []float32) []byte {
	var b []byte
	for _, x := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}
