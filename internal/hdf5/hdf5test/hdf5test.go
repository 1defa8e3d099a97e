// Package hdf5test makes files for tests that no writer would: in which a part is
// used many times. The files must be of this library's own writer.
package hdf5test

import (
	"bytes"
	"encoding/binary"
)

var le = binary.LittleEndian

// ShareTexts makes all strings of n bytes in a file the one of length bytes: where a
// string is, an attribute says, and many may say the same. The strings must be the
// values of attributes of variable length.
func ShareTexts(data []byte, n, length uint32) []byte {
	const size = 4 + 8 + 4 // the length, the collection and the number in it
	isReference := func(b []byte, n uint32) bool {
		at := le.Uint64(b[4:])
		return le.Uint32(b) == n && at < uint64(len(data)) && bytes.HasPrefix(data[at:], []byte("GCOL"))
	}
	var long []byte
	for i := 0; i+size <= len(data) && long == nil; i++ {
		if isReference(data[i:], length) {
			long = bytes.Clone(data[i : i+size])
		}
	}
	for i := 0; i+size <= len(data); i++ {
		if isReference(data[i:], n) {
			copy(data[i:], long)
		}
	}
	return data
}

// LinkAll makes the names of all data sets in a file hard links to the one that
// comes first.
func LinkAll(data []byte) []byte {
	const head, entry, entries = 8, 40, 8 // of a node of links
	var first []byte
	for at := 0; ; at++ {
		i := bytes.Index(data[at:], []byte("SNOD"))
		if i < 0 {
			return data
		}
		at += i
		for e := range min(entries, int(le.Uint16(data[at+6:]))) {
			link := data[at+head+e*entry:]
			if le.Uint32(link[16:]) != 0 { // a group
				continue
			}
			if first == nil {
				first = bytes.Clone(link[8:16])
			}
			copy(link[8:16], first)
		}
	}
}
