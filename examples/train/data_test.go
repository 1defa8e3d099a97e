package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/examples/keywords/recordings"
	"github.com/sepconv/go/examples/train/voices"
	"github.com/stretchr/testify/require"
)

func TestRecordings(t *testing.T) {
	learn, err := readTraining()
	require.NoError(t, err)
	require.Len(t, learn, 68*len(words))
	validation, err := readValidation()
	require.NoError(t, err)
	require.Len(t, validation, 96)
	count := make([]int, len(words))
	for _, r := range validation {
		require.Len(t, r.samples, sound.Window)
		count[r.label]++
	}
	for _, n := range count {
		require.Equal(t, 8, n)
	}
	text, err := os.ReadFile("../keywords/model/words.txt")
	require.NoError(t, err)
	require.Equal(t, strings.Fields(string(text)), words)
}

// No voice is in both.
func TestVoicesAreKeptOut(t *testing.T) {
	learn, err := fs.Glob(voices.Files, "*.wav")
	require.NoError(t, err)
	kept, err := fs.Glob(recordings.Files, "*.wav")
	require.NoError(t, err)
	for _, name := range kept {
		for _, voice := range learn {
			require.NotEqual(t, strings.ToLower(strings.TrimSuffix(voice, ".wav")), strings.Split(name, "_")[2])
		}
	}
}

// augmentedHash is the SHA-256 of the windows of the test below.
const augmentedHash = "ebc5f71b999be9690191868d692477f69e0de25a450c815a4afb7ae2d2d23850"

// The same seed gives the same windows everywhere, another one others.
func TestAugment(t *testing.T) {
	learn, err := readTraining()
	require.NoError(t, err)
	hash := sha256.New()
	seen := map[[32]byte]bool{}
	window := make([]float32, sound.Window)
	for i := range 100 {
		augment(window, learn[i%20].samples, newRandom(uint64(i)))
		squares := 0.0
		for _, x := range window {
			squares += float64(x) * float64(x)
		}
		require.InDelta(t, 0, 20*math.Log10(math.Sqrt(squares/sound.Window)/sound.Loudness), 3.01, "decibels")
		data, err := binary.Append(nil, binary.LittleEndian, window)
		require.NoError(t, err)
		sum := sha256.Sum256(data)
		require.False(t, seen[sum])
		seen[sum] = true
		hash.Write(sum[:])
	}
	require.Equal(t, augmentedHash, hex.EncodeToString(hash.Sum(nil)))
}

func TestRandom(t *testing.T) {
	r := newRandom(1)
	sum, squares := 0.0, 0.0
	const n = 100_000
	for range n {
		x := r.bell()
		sum += x
		squares += x * x
		require.Less(t, r.below(3), 3)
		u := r.between(-1, 2)
		require.True(t, u >= -1 && u < 2)
	}
	require.InDelta(t, 0, sum/n, 0.02)
	require.InDelta(t, 1, squares/n, 0.02)
	seen := make([]bool, 50)
	for _, i := range r.order(50) {
		require.False(t, seen[i])
		seen[i] = true
	}
}
