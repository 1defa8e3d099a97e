package keras_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// programsHash is the SHA-256 of what all programs of testdata/programs give, in the
// order of their names, as little-endian float32.
const programsHash = "90a4ecf4a68f3edaef64aae0f647907e6332803d35a4ec4dd3796ecce41fee00"

// Programs give the same bits on every CPU.
func TestProgramBits(t *testing.T) {
	cases := programCases(t)
	slices.SortFunc(cases, func(a, b *programCase) int { return cmp.Compare(a.name, b.name) })
	hash := sha256.New()
	for _, c := range cases {
		p, err := c.model(t).Compile()
		require.NoError(t, err)
		for _, out := range c.run(t, p) {
			for _, x := range out {
				if x != x {
					x = float32(math.NaN()) // of any payload
				}
				hash.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)))
			}
		}
	}
	require.Equal(t, programsHash, hex.EncodeToString(hash.Sum(nil)))
}
