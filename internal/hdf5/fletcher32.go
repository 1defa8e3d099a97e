package hdf5

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// fletcher32Size is how many bytes the checksum adds to a chunk.
const fletcher32Size = 4

// checkFletcher32 returns data without the checksum at the end, which must be
// that of the data.
func checkFletcher32(data []byte) ([]byte, error) {
	n := len(data) - fletcher32Size
	if n < 0 {
		return nil, errors.New("no room for a checksum")
	}
	got, want := binary.LittleEndian.Uint32(data[n:]), fletcher32(data[:n])
	// HDF5 before 1.6.3 computed it with the bytes of each half swapped.
	old := bits.ReverseBytes32(want)
	if old = old<<16 | old>>16; got != want && got != old {
		return nil, fmt.Errorf("its checksum is %#08x, that of the data %#08x", got, want)
	}
	return data[:n], nil
}

// fletcher32 is the checksum of the filter of that name: Fletcher's sums of 16-bit
// words, which are big-endian, modulo 65535. A last odd byte is the upper half of
// a word.
func fletcher32(data []byte) uint32 {
	var a, b uint64
	for len(data) > 0 {
		// As many words as cannot overflow b.
		block := data[:min(len(data), 2<<20)]
		data = data[len(block):]
		for ; len(block) >= 2; block = block[2:] {
			a += uint64(binary.BigEndian.Uint16(block))
			b += a
		}
		if len(block) == 1 {
			a += uint64(block[0]) << 8
			b += a
		}
		a, b = fold16(a), fold16(b)
	}
	return uint32(b)<<16 | uint32(a)
}

// fold16 returns a number modulo 65535; 65535 itself, not 0, for its multiples but 0.
func fold16(n uint64) uint64 {
	for n > 1<<16-1 {
		n = n&(1<<16-1) + n>>16
	}
	return n
}
