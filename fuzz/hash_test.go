package fuzz

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"math"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/suite"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// The hashes of outputs, which are the same on every CPU, from every set of kernels
// and with any number of threads. A change of one bit of one output changes them:
// who changes them has to say why.
const (
	hashOf200        = "ac8b1df09199207c0654a248e42391b06b2fbf8ad12566f1cf3bf899f5e2464f"
	hashOf2000       = "e9dc8b44b3df55ef42a1d11b745125b6cfb20ac82578768784197d3c76b17676"
	hashOfSuite      = "1d3b44705993c9dd40985d981e926f4eba5fe1137a6f1839cfe8e683027d56e2"
	hashOfShortSuite = "a8ba4ccf14ac3c103a33f9619e873fe118380209ba2c258539edaf7ac06ee6d7"
)

// TestHash hashes the outputs of random layers.
func TestHash(t *testing.T) {
	layers, want := 2000, hashOf2000
	if testing.Short() {
		layers, want = 200, hashOf200
	}
	eachPlan(t, func(t *testing.T, options ...sepconv.CompileOption) {
		h := sha256.New()
		for i := range layers {
			l := newLayer(&source{seedBytes(1000 + i)})
			dst, ok := l.run(t, l.batch, l.src, options...)
			fmt.Fprintln(h, i, ok)
			add(h, dst)
		}
		require.Equal(t, want, sum(h))
	})
}

// TestHashOfSuite hashes the outputs of the layers of real models, which are 6
// GFLOP, or in short those of shorter signals.
func TestHashOfSuite(t *testing.T) {
	layers, want := suiteLayers(t), hashOfSuite
	if testing.Short() {
		want = hashOfShortSuite
		for _, l := range layers {
			l.cut(1)
		}
	}
	eachPlan(t, func(t *testing.T, options ...sepconv.CompileOption) {
		h := sha256.New()
		for _, l := range layers {
			dst, ok := l.run(t, l.batch, l.src, options...)
			require.True(t, ok, "%s", l)
			add(h, dst)
		}
		require.Equal(t, want, sum(h))
	})
}

// eachPlan calls f with the options of every set and number of threads. The pure-Go set
// takes a hundred times as long as the others, and has no code of its own for threads:
// once is enough.
func eachPlan(t *testing.T, f func(t *testing.T, options ...sepconv.CompileOption)) {
	for _, set := range sepconv.Kernels() {
		threads := []int{1, 2, 7}
		if set == "generic" {
			threads = []int{7}
		}
		for _, threads := range threads {
			t.Run(fmt.Sprintf("%s/threads=%d", set, threads), func(t *testing.T) {
				f(t, sepconv.WithKernel(set), sepconv.WithThreads(threads))
			})
		}
	}
}

// add hashes the bits, all NaN being the same.
func add(h hash.Hash, x []float32) {
	b := make([]byte, 0, 4*len(x))
	for _, x := range x {
		bits := math.Float32bits(x)
		if x != x {
			bits = 0x7fc00000
		}
		b = binary.LittleEndian.AppendUint32(b, bits)
	}
	h.Write(b)
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// suite returns the layers that bench measures, with weights of about the size that
// keeps a signal as large as it is.
func suiteLayers(t *testing.T) []*layer {
	var entries []struct {
		Batch, Steps, Channels, Kernel, Stride, Dilation, Multiplier, Filters int
		Padding, Activation                                                   string
	}
	require.NoError(t, json.Unmarshal(suite.JSON, &entries))
	var layers []*layer
	for i, e := range entries {
		rng := rand.New(rand.NewPCG(uint64(i), 3))
		floats := func(n, terms int) []float32 {
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(math.Ldexp(float64(moderate(rng)), -bits.Len(uint(terms))/2))
			}
			return x
		}
		columns := e.Channels * e.Multiplier
		l := &layer{
			config: sepconv.Config{
				Filters: e.Filters, KernelSize: e.Kernel, Strides: e.Stride, DilationRate: e.Dilation,
				DepthMultiplier: e.Multiplier, Padding: sepconv.Padding(e.Padding), Activation: named(t, e.Activation),
			},
			channels: e.Channels, batch: e.Batch, steps: e.Steps,
			weights: sepconv.Weights{
				Depthwise: floats(e.Kernel*columns, e.Kernel),
				Pointwise: floats(columns*e.Filters, columns),
				Bias:      floats(e.Filters, 1),
			},
			src: floats(e.Batch*e.Steps*e.Channels, 1),
		}
		layers = append(layers, l)
	}
	return layers
}

func named(t *testing.T, name string) sepconv.Activation {
	for _, a := range activations {
		if strings.EqualFold(a.Name(), name) {
			return a
		}
	}
	t.Fatalf("no activation %q", name)
	return nil
}
