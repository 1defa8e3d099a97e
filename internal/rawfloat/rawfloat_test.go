package rawfloat

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every binary16 against the formula of the standard.
func TestHalf(t *testing.T) {
	for b := range 1 << 16 {
		exponent, fraction := b>>10&0x1f, float64(b&0x3ff)
		want := math.Ldexp(1+fraction/1024, exponent-15)
		switch {
		case exponent == 0:
			want = math.Ldexp(fraction, -24)
		case exponent == 0x1f && fraction == 0:
			want = math.Inf(1)
		case exponent == 0x1f:
			require.True(t, math.IsNaN(float64(half(uint16(b)))), "%#x", b)
			continue
		}
		if b>>15 == 1 {
			want = -want
		}
		got := half(uint16(b))
		require.Equal(t, want, float64(got), "%#x", b)
		require.Equal(t, b>>15 == 1, math.Signbit(float64(got)), "%#x", b)
	}
}

func TestDecode(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for kind, test := range map[Type]struct {
			bits uint64
			want float32
		}{
			Float32:  {uint64(math.Float32bits(-0.1)), -0.1},
			Float16:  {0xc500, -5},
			BFloat16: {0x4049, 3.140625},
			Float64:  {math.Float64bits(0.1), 0.1},
			Int8:     {0xfe, -2},
			Int16:    {0xfffe, -2},
			Int32:    {0xfffffffe, -2},
			Int64:    {1<<64 - 2, -2},
			Uint8:    {0xfe, 254},
			Uint16:   {0xfffe, 65534},
			Uint32:   {0xffffffff, 0x1p32},
			Uint64:   {1<<64 - 1, 0x1p64},
			Bool:     {1, 1},
		} {
			var wide [8]byte
			order.PutUint64(wide[:], test.bits)
			raw := wide[:kind.Size()]
			if order == binary.BigEndian {
				raw = wide[8-kind.Size():]
			}
			require.Equal(t, []float32{test.want}, Decode(kind, order, raw), "%v %v", kind, order)
			require.Empty(t, Decode(kind, order, raw[1:]), "%v", kind)
		}
	}
}
