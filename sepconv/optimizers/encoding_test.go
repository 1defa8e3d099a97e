package optimizers_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/optimizers"
	"github.com/stretchr/testify/require"
)

// sealed returns the bytes of a state with the right checksum.
func sealed(b []byte) []byte {
	b = b[:len(b)-4]
	return binary.LittleEndian.AppendUint32(slices.Clip(b), crc32.ChecksumIEEE(b))
}

// saved returns the state of an optimizer after three steps.
func saved(t testing.TB, o optimizers.Optimizer) []byte {
	train(t, o, random(3, 0, 2), 0, 3)
	b, err := o.MarshalBinary()
	require.NoError(t, err)
	return b
}

// Every state that is cut short, and every one with a byte that is another, is refused.
func TestBrokenStates(t *testing.T) {
	for i, o := range all() {
		good := saved(t, o)
		other := all()[i]
		before, err := other.MarshalBinary()
		require.NoError(t, err)
		refuse := func(b []byte) {
			require.ErrorIs(t, other.UnmarshalBinary(b), sepconv.ErrFile)
		}
		for n := range good {
			refuse(good[:n])
			changed := slices.Clone(good)
			changed[n] ^= 1 << (n % 8)
			refuse(changed)
			if n >= 4 { // with a checksum that is right
				refuse(sealed(slices.Clone(good[:n])))
			}
		}
		refuse(append(slices.Clone(good), 0))
		refuse(sealed(append(slices.Clone(good), 0, 0, 0, 0)))
		after, err := other.MarshalBinary()
		require.NoError(t, err)
		require.Equal(t, before, after)
		require.NoError(t, other.UnmarshalBinary(good))
	}
}

// A byte that is another, in a state with the right checksum, makes another state or an
// error, and no attempt to allocate what the data cannot hold.
func TestForgedStates(t *testing.T) {
	for i, o := range all() {
		good := saved(t, o)
		for n := range good[:len(good)-4] {
			for _, bit := range []byte{0x01, 0x40, 0x80} {
				forged := slices.Clone(good)
				forged[n] ^= bit
				forged = sealed(forged)
				other := all()[i]
				if err := other.UnmarshalBinary(forged); err != nil {
					require.ErrorIs(t, err, sepconv.ErrFile)
					continue
				}
				again, err := other.MarshalBinary()
				require.NoError(t, err)
				require.Equal(t, forged, again)
			}
		}
		twice := sealed(bytes.ReplaceAll(good, []byte("layer1/"), []byte("layer0/")))
		require.ErrorContains(t, o.UnmarshalBinary(twice), `two variables are named "layer0/bias"`)
	}
}

// The states of other optimizers, or of other fields, are refused.
func TestStatesOfOthers(t *testing.T) {
	for i, from := range all() {
		b := saved(t, from)
		for k, to := range all() {
			if i == k {
				require.NoError(t, to.UnmarshalBinary(b))
				continue
			}
			require.ErrorIs(t, to.UnmarshalBinary(b), sepconv.ErrFile, "%T to %T", from, to)
		}
	}
	err := (&optimizers.Adam{AMSGrad: true}).UnmarshalBinary(saved(t, &optimizers.Adam{}))
	require.ErrorContains(t, err, "it has momentum, velocity of each variable, and the fields need momentum, velocity, velocity_hat")
	err = (&optimizers.AdamW{}).UnmarshalBinary(saved(t, &optimizers.Adam{}))
	require.ErrorContains(t, err, `state of AdamW: it is a state of "Adam"`)
}

// A state is only for the variables that it was of.
func TestStateOfOtherVariables(t *testing.T) {
	for i, o := range all() {
		b := saved(t, o)
		for _, v := range []sepconv.Variables{random(3, 0), random(3, 0, 1), random(3, 2, 0), {}} {
			other := all()[i]
			require.NoError(t, other.UnmarshalBinary(b))
			require.ErrorIs(t, other.Step(v), sepconv.ErrShape)
		}
	}
}

// FuzzState gives bytes to every optimizer. What one takes it must return, and take steps
// with; what a state may allocate is in proportion to its bytes.
func FuzzState(f *testing.F) {
	for _, o := range all() {
		b := saved(f, o)
		f.Add(b[:len(b)-4])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		b = sealed(append(slices.Clone(b), 0, 0, 0, 0))
		for _, o := range all() {
			if err := o.UnmarshalBinary(b); err != nil {
				require.ErrorIs(t, err, sepconv.ErrFile)
				continue
			}
			again, err := o.MarshalBinary()
			require.NoError(t, err)
			require.Equal(t, b, again)
			require.True(t, o.Iterations() >= 0 && o.Iterations() < math.MaxInt64)
			if err := o.Step(random(3, 0, 2)); err != nil {
				require.ErrorIs(t, err, sepconv.ErrShape)
			}
		}
	})
}
