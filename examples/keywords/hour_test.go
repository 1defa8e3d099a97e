package main

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// An hour of sound in chunks of 10 ms: no memory grows, and the scores are those of the hour
// at once.
func TestHour(t *testing.T) {
	seconds := 3600
	if testing.Short() || sepconv.Kernels()[0] == "generic" {
		seconds = 60
	}
	model, err := openModel(shipped, "")
	require.NoError(t, err)
	program, err := model.Compile(sepconv.WithThreads(1), keras.WithMaxMemory(2<<30)) // of the hour at once
	require.NoError(t, err)
	n := &network{program: program, words: make([]string, 12)}
	samples := synthesize(seconds * sound.Rate)

	e, err := n.stream(len(samples))
	require.NoError(t, err)
	streamed, bytes := sha256.New(), make([]byte, 0, 4<<10)
	hear := func(samples []float32) {
		for len(samples) > 0 {
			y, err := e.push(samples[:chunk])
			if err != nil {
				t.Fatal(err)
			}
			bytes = hashScores(streamed, bytes, y)
			samples = samples[chunk:]
		}
	}
	first := len(samples) / 60
	hear(samples[:first])
	memory := e.stream.Memory()
	allocated := budgettest.Allocated(func() { hear(samples[first:]) })
	require.Less(t, allocated, int64(64<<10))
	require.Equal(t, memory, e.stream.Memory())
	require.Less(t, memory, int64(1<<20))
	y, err := e.end()
	require.NoError(t, err)
	hashScores(streamed, bytes, y)

	shapes, err := program.OutputShapes(1, len(samples))
	require.NoError(t, err)
	whole := make([]float32, shapes[0][1]*shapes[0][2])
	require.NoError(t, program.Run([][]float32{whole}, [][]float32{samples}, 1))
	once := sha256.New()
	hashScores(once, nil, whole)
	require.Equal(t, once.Sum(nil), streamed.Sum(nil))
}

// synthesize returns samples of a voice that glides, with noise.
func synthesize(n int) []float32 {
	rng := rand.New(rand.NewPCG(51, 1))
	x := make([]float32, n)
	phase, pitch := 0.0, 120.0
	for i := range x {
		pitch = min(max(pitch+rng.NormFloat64()*0.05, 80), 300)
		phase = math.Mod(phase+pitch/sound.Rate, 1)
		loud := 0.1 + 0.1*math.Sin(2*math.Pi*float64(i)/(3*sound.Rate))
		x[i] = float32(loud * (math.Abs(2*phase-1) - 0.5 + 0.1*rng.NormFloat64()))
	}
	return x
}

// hashScores hashes scores, by way of memory that it returns.
func hashScores(h hash.Hash, bytes []byte, scores []float32) []byte {
	bytes = bytes[:0]
	for _, y := range scores {
		bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(y))
	}
	h.Write(bytes)
	return bytes
}
