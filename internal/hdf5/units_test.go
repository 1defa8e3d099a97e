package hdf5

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLookup3 compares with what driver5 of lookup3.c prints.
func TestLookup3(t *testing.T) {
	require.Equal(t, uint32(0xdeadbeef), lookup3(nil))
	require.Equal(t, uint32(0x17770551), lookup3([]byte("Four score and seven years ago")))
}

// TestFloat16 compares every number with its definition: mantissa times a power
// of 2.
func TestFloat16(t *testing.T) {
	for h := range 1 << 16 {
		got := float64(float16(uint16(h)))
		exponent, mantissa := h>>10&31, float64(h&1023)
		want := math.Ldexp(1024+mantissa, exponent-25)
		switch {
		case exponent == 31 && mantissa != 0:
			require.True(t, math.IsNaN(got))
			continue
		case exponent == 31:
			want = math.Inf(1)
		case exponent == 0:
			want = math.Ldexp(mantissa, -24)
		}
		if h>>15 != 0 {
			want = math.Copysign(want, -1)
		}
		require.Equal(t, math.Float64bits(want), math.Float64bits(got), "%#04x", h)
	}
}

// TestFletcher32 has the examples of the Wikipedia article, whose words are
// little-endian, with the bytes of each word swapped, and sums that wrap around.
func TestFletcher32(t *testing.T) {
	require.Equal(t, uint32(0x56502d2a), fletcher32([]byte("badcfe")))
	require.Equal(t, uint32(0xebe19591), fletcher32([]byte("badcfehg")))
	ones := make([]byte, 5<<20)
	for i := range ones {
		ones[i] = 0xff
	}
	require.Equal(t, uint32(0xffffffff), fletcher32(ones))
}

func TestProduct(t *testing.T) {
	const none = int64(math.MaxInt64 / 2)
	require.Equal(t, int64(6), product(2, 3))
	require.Equal(t, int64(0), product(math.MaxInt64, 0))
	require.Equal(t, none, product(1<<40, 1<<40))
	require.Equal(t, none, product(math.MaxInt64, 1))
}

// TestUnlzf decodes data that the h5py fixtures do not have: a copy that overlaps
// what it writes, a long one, and every way to be invalid.
func TestUnlzf(t *testing.T) {
	dst := make([]byte, 300)
	n, err := unlzf(dst, []byte{1, 'a', 'b', 1 << 5, 1, 7 << 5, 255, 0})
	require.NoError(t, err)
	require.Equal(t, "ababa"+string(repeat('a', 264)), string(dst[:n]))
	for _, src := range [][]byte{
		{3, 'a'},            // literals that end
		{0, 'a', 1 << 5},    // no distance
		{0, 'a', 7 << 5},    // no length
		{0, 'a', 7 << 5, 1}, // no distance after it
		{0, 'a', 1 << 5, 1}, // from before the beginning
		{1<<5 | 31, 255},    // likewise
	} {
		_, err := unlzf(dst, src)
		require.ErrorIs(t, err, errLZF)
	}
	_, err = unlzf(dst[:2], []byte{2, 'a', 'b', 'c'})
	require.ErrorIs(t, err, errTooLong)
	_, err = unlzf(dst[:3], []byte{0, 'a', 1 << 5, 0})
	require.ErrorIs(t, err, errTooLong)
}

func repeat(b byte, n int) []byte {
	s := make([]byte, n)
	for i := range s {
		s[i] = b
	}
	return s
}

func TestUnshuffle(t *testing.T) {
	dst := make([]byte, 8)
	require.Equal(t, 8, unshuffle(dst, []byte("ADGBEHCF"), 1))
	require.Equal(t, "ADGBEHCF", string(dst))
	require.Equal(t, 8, unshuffle(dst, []byte("adbecfXY"), 3)) // two elements of three bytes, and two bytes more
	require.Equal(t, "abcdefXY", string(dst))
}
