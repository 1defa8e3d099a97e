package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// hash is the SHA-256 of the probabilities of all shipped sentences, as little-endian
// float32.
const hash = "dbc67102f6f60368c1e215110439236c0fd308502d017850da06487b4c9d89a0"

// Every set of kernels on every architecture gives the same probabilities, to the bit,
// however many sentences are classified at a time. With -short only the best set is run:
// generic takes minutes on an emulated CPU.
func TestSameBitsEverywhere(t *testing.T) {
	kernels := sepconv.Kernels()
	if testing.Short() {
		kernels = kernels[:1]
	}
	for _, kernel := range kernels {
		c, err := open(shipped, kernel)
		require.NoError(t, err)
		list, err := readKeptOut(shipped, len(c.names))
		require.NoError(t, err)
		var sentences []string
		for _, k := range list {
			sentences = append(sentences, k.text)
		}
		rows, err := c.classify(sentences)
		require.NoError(t, err)
		sum := sha256.New()
		for i, row := range rows {
			if i%50 == 0 {
				alone, err := c.classify(sentences[i : i+1])
				require.NoError(t, err)
				require.Equal(t, alone[0], row)
			}
			for _, p := range row {
				sum.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(p)))
			}
		}
		require.Equal(t, hash, hex.EncodeToString(sum.Sum(nil)), kernel)
	}
}
