package texthash

import "math/bits"

// Sip returns SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF",
// 2012) of a string with a key.
func Sip(s []byte, key [2]uint64) uint64 {
	h := sipState{ // the key, and "somepseudorandomlygeneratedbytes"
		key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573,
	}
	last := uint64(len(s)) << 56
	for ; len(s) >= 8; s = s[8:] {
		h.take(word(s))
	}
	for i, c := range s {
		last |= uint64(c) << (8 * i)
	}
	h.take(last)
	h[2] ^= 0xff
	for range 4 {
		h.round()
	}
	return h[0] ^ h[1] ^ h[2] ^ h[3]
}

type sipState [4]uint64

// take takes eight bytes, with two rounds.
func (h *sipState) take(m uint64) {
	h[3] ^= m
	h.round()
	h.round()
	h[0] ^= m
}

func (h *sipState) round() {
	h[0] += h[1]
	h[2] += h[3]
	h[1] = bits.RotateLeft64(h[1], 13) ^ h[0]
	h[3] = bits.RotateLeft64(h[3], 16) ^ h[2]
	h[0] = bits.RotateLeft64(h[0], 32)
	h[2] += h[1]
	h[0] += h[3]
	h[1] = bits.RotateLeft64(h[1], 17) ^ h[2]
	h[3] = bits.RotateLeft64(h[3], 21) ^ h[0]
	h[2] = bits.RotateLeft64(h[2], 32)
}
