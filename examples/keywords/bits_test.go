package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// scoresHash is the SHA-256 of the scores of all shipped recordings, in the order of
// their names, as little-endian float32.
const scoresHash = "2ed1ee43d5c7254e6507c20e71b9ffa0b3fc40e048d1e0cc47154078554b4542"

// Every set of kernels on every architecture gives the same scores, to the bit, whether
// the sound comes at once or in chunks. With -short only the best set is run: generic
// takes a minute on an emulated CPU.
func TestSameBitsEverywhere(t *testing.T) {
	kernels := sepconv.Kernels()
	if testing.Short() {
		kernels = kernels[:1]
	}
	for _, kernel := range kernels {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stream %t", kernel, stream), func(t *testing.T) {
				n, err := loadNetwork(shipped, kernel, "")
				require.NoError(t, err)
				hash := sha256.New()
				for _, name := range recordingNames(t) {
					r, err := recognise(&ears{network: n, stream: stream}, shipped, "recordings/"+name)
					require.NoError(t, err)
					for _, s := range r.scores {
						hash.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(s)))
					}
				}
				require.Equal(t, scoresHash, hex.EncodeToString(hash.Sum(nil)))
			})
		}
	}
}
