package conformance

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

// activationHashes pins the bits of every function, on every CPU and from every set.
// Bounds on errors leave room for another polynomial, and comparisons of sets for one
// that all of them have: who changes a hash has to say why.
var activationHashes = map[kernel.Func]string{
	kernel.ReLU:                "ce9007be12bbdcdd",
	kernel.ReLU6:               "3b05fd68c65d3919",
	kernel.GeneralReLU:         "0d8ca35880be66bb",
	kernel.LeakyReLU:           "6aae8f2777d3eada",
	kernel.ELU:                 "822d69d66df688e3",
	kernel.SELU:                "b6a7333777d8b434",
	kernel.CELU:                "1bc4691a7389b5d9",
	kernel.Exponential:         "fab1e66dcbed5d9a",
	kernel.Sigmoid:             "79f9af2969d4019f",
	kernel.Tanh:                "a8ca823499ffdf3c",
	kernel.SiLU:                "71cf37d451309cc4",
	kernel.GELU:                "b713f5aa21f87aff",
	kernel.GELUTanh:            "c8a5aae9fb933f48",
	kernel.Mish:                "783db3d94d4d5389",
	kernel.Softplus:            "ce03fa8d8a810527",
	kernel.Softsign:            "d6b8ae44567b0c32",
	kernel.LogSigmoid:          "6adeea7405c142a5",
	kernel.HardSigmoid:         "d91cd95708399ae8",
	kernel.HardSigmoid2:        "8ed5734633e26d1d",
	kernel.HardSiLU:            "ea0472041a736b83",
	kernel.HardTanh:            "8c577aa982535083",
	kernel.TanhShrink:          "ff259347924eb989",
	kernel.HardShrink:          "8850027d8ea447e1",
	kernel.SoftShrink:          "e16462a70be022a8",
	kernel.Threshold:           "1760494f6e53c83e",
	kernel.SquarePlus:          "ea633aa1a4f8a781",
	kernel.SparsePlus:          "7bd528e78af7b2dd",
	kernel.SparseSigmoid:       "8e3ebab726c243e8",
	kernel.Softmax:             "f03aadccdb4ef584",
	kernel.LogSoftmax:          "f6c80b1dc936e7b2",
	kernel.Sparsemax:           "3bc1190656f259d4",
	kernel.SparsemaxCumulative: "1dc77dc4acaba7cb",
	kernel.GLU:                 "53357c1502d5d8ea",
}

// ActivationBits compares the bits of activations with the committed hashes.
func ActivationBits(t *testing.T, s *kernel.Set) {
	for f := range kernel.Funcs {
		if s.Activate[f] != nil {
			p := kernel.Activation{Func: f, A: 0.75, B: 0.25, C: 0.5}
			h := newBits()
			sweep(f, func(y []float32) {
				s.Activate[f](y, &p)
				h.add(y)
			})
			require.Equal(t, activationHashes[f], h.sum(), "function %d", f)
		}
	}
	h := newBits()
	sweep(kernel.GLU, func(y []float32) {
		n := len(y) / 2
		s.Gate(y[:n], y[n:2*n])
		h.add(y[:n])
	})
	require.Equal(t, activationHashes[kernel.GLU], h.sum(), "the gate")
}

// sweep calls run with numbers of either sign from 2^-30 to 2^8; or for functions
// along an axis with lines of which no element drowns the others.
func sweep(f kernel.Func, run func(y []float32)) {
	if f.Axis() && f != kernel.GLU {
		rng := rand.New(rand.NewPCG(1, 2))
		for n := 1; n <= 200; n++ {
			y := make([]float32, n)
			for i := range y {
				y[i] = float32(rng.IntN(1<<24)-1<<23) / (1 << 22)
			}
			run(y)
		}
		return
	}
	const step = 1009
	y := make([]float32, 0, 1<<12)
	for b := math.Float32bits(0x1p-30); b < math.Float32bits(0x1p8); b += step {
		y = append(y, math.Float32frombits(b), -math.Float32frombits(b+step/2))
		if len(y) == cap(y) {
			run(y)
			y = y[:0]
		}
	}
	run(y)
}

// bits hashes floats, of which any NaN is like any other.
type bits struct{ hash.Hash }

func newBits() bits { return bits{sha256.New()} }

func (h bits) add(x []float32) {
	b := make([]byte, 0, 4*len(x))
	for _, v := range x {
		if v != v {
			v = float32(math.NaN())
		}
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	h.Write(b)
}

func (h bits) sum() string { return hex.EncodeToString(h.Sum(nil))[:16] }
