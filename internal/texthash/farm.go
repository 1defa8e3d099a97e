package texthash

import (
	"encoding/binary"
	"math/bits"
)

// The odd constants of FarmHash and CityHash before it.
const (
	prime0 = 0xc3a5c85c97cb3127
	prime1 = 0xb492b66fbe98f273
	prime2 = 0x9ae16a3b2f90404f
)

// Farm returns the Fingerprint64 of FarmHash (Geoff Pike, Google, 2014), which is
// promised never to change. It has a formula for each of five ranges of lengths; all end
// in mix, multiplied by a number that depends on the length.
func Farm(s []byte) uint64 {
	n := len(s)
	mul := uint64(prime2 + 2*uint64(n))
	switch {
	case n == 0:
		return prime2
	case n < 4:
		y := uint64(s[0]) + uint64(s[n/2])<<8
		z := uint64(n) + uint64(s[n-1])<<2
		return fold(y*prime2^z*prime0) * prime2
	case n < 8:
		return mix(uint64(n)+half(s)<<3, half(s[n-4:]), mul)
	case n <= 16:
		a, b := word(s)+prime2, word(s[n-8:])
		return mix(rotate(b, 37)*mul+a, (rotate(a, 25)+b)*mul, mul)
	case n <= 32:
		c, d := ends(s, prime1, mul)
		return mix(c, d, mul)
	case n <= 64:
		return farm64(s, mul)
	}
	return farmLong(s)
}

func word(s []byte) uint64 { return binary.LittleEndian.Uint64(s) }
func half(s []byte) uint64 { return uint64(binary.LittleEndian.Uint32(s)) }

// rotate turns right, as the description of FarmHash does.
func rotate(x uint64, by int) uint64 { return bits.RotateLeft64(x, -by) }

// fold brings the high bits down.
func fold(x uint64) uint64 { return x ^ x>>47 }

// mix makes one word of two.
func mix(u, v, mul uint64) uint64 {
	a := fold((u ^ v) * mul)
	return fold((v^a)*mul) * mul
}

// ends makes two words of the first 16 bytes and the last 16.
func ends(s []byte, first, mul uint64) (u, v uint64) {
	n := len(s)
	a, b := word(s)*first, word(s[8:])
	c, d := word(s[n-8:])*mul, word(s[n-16:])*prime2
	return rotate(a+b, 43) + rotate(c, 30) + d, a + rotate(b+prime2, 18) + c
}

// farm64 is of 33 to 64 bytes.
func farm64(s []byte, mul uint64) uint64 {
	n := len(s)
	y, z := ends(s, prime2, mul)
	z = mix(y, z, mul)
	e, f := word(s[16:])*mul, word(s[24:])
	g, h := (y+word(s[n-32:]))*mul, (z+word(s[n-24:]))*mul
	return mix(rotate(e+f, 43)+rotate(g, 30)+h, e+rotate(f+word(s)*prime2, 18)+g, mul)
}

// farmState is what a long string is gathered in, 64 bytes at a time.
type farmState struct{ x, y, z, v0, v1, w0, w1 uint64 }

// farmLong is of more than 64 bytes. The last 64 come in once more with other factors,
// wherever the blocks before them ended.
func farmLong(s []byte) uint64 {
	const seed = 81
	h := farmState{y: seed*prime1&(1<<64-1) + 113}
	h.x = seed*prime2&(1<<64-1) + word(s)
	h.z = fold(h.y*prime2+113) * prime2
	left := (len(s) - 1) & 63
	for b := s[:len(s)-1-left]; len(b) > 0; b = b[64:] {
		h.block(b, prime1, 1)
	}
	mul := prime1 + (h.z&0xff)<<1
	h.w0 += uint64(left)
	h.v0 += h.w0
	h.w0 += h.v0
	h.block(s[len(s)-64:], mul, 9)
	return mix(mix(h.v0, h.w0, mul)+fold(h.y)*prime0+h.z, mix(h.v1, h.w1, mul)+h.x, mul)
}

func (h *farmState) block(s []byte, mul, weight uint64) {
	x := rotate(h.x+h.y+h.v0+word(s[8:]), 37) * mul
	y := rotate(h.y+h.v1+word(s[48:]), 42) * mul
	x ^= h.w1 * weight
	y += h.v0*weight + word(s[40:])
	z := rotate(h.z+h.w0, 33) * mul
	h.v0, h.v1 = quarter(s, h.v1*mul, x+h.w0)
	h.w0, h.w1 = quarter(s[32:], z+h.w1, y+word(s[16:]))
	h.x, h.y, h.z = z, y, x
}

// quarter takes 32 bytes into two words.
func quarter(s []byte, a, b uint64) (uint64, uint64) {
	last := word(s[24:])
	a += word(s)
	b = rotate(b+a+last, 21)
	sum := a + word(s[8:]) + word(s[16:])
	return sum + last, b + rotate(sum, 44) + a
}
