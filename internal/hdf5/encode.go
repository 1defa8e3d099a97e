package hdf5

import (
	"encoding/binary"
)

// All that is written has addresses and lengths of 8 bytes.
const wordSize = 8

// undefinedAddress is undefined as it is written.
const undefinedAddress = 1<<64 - 1

// An encoder appends little-endian numbers.
type encoder struct{ b []byte }

func (e *encoder) uint8(v ...uint8) { e.b = append(e.b, v...) }
func (e *encoder) uint16(v uint16)  { e.b = binary.LittleEndian.AppendUint16(e.b, v) }
func (e *encoder) uint32(v uint32)  { e.b = binary.LittleEndian.AppendUint32(e.b, v) }
func (e *encoder) uint64(v uint64)  { e.b = binary.LittleEndian.AppendUint64(e.b, v) }
func (e *encoder) address(a int64)  { e.uint64(uint64(a)) }
func (e *encoder) text(s string)    { e.b = append(e.b, s...) }
func (e *encoder) zeros(n int)      { e.b = append(e.b, make([]byte, n)...) }

// align appends zeros up to a multiple of 8.
func (e *encoder) align() { e.zeros(-len(e.b) & 7) }

// padded returns data with zeros up to a multiple of 8.
func padded(data []byte) []byte {
	e := encoder{data[:len(data):len(data)]}
	e.align()
	return e.b
}

// encodedType returns a type of version 1 of a class. Format specification,
// section IV.A.2.d.
func encodedType(class uint8, bits uint32, size int, properties ...uint8) []byte {
	e := encoder{}
	e.uint32(1<<4 | uint32(class) | bits<<8)
	e.uint32(uint32(size))
	e.uint8(properties...)
	return e.b
}

var (
	float16Type = encodedType(1, 15<<8|2<<4, 2, 0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0)
	float32Type = encodedType(1, 31<<8|2<<4, 4, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0)
	float64Type = encodedType(1, 63<<8|2<<4, 8, 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0)

	// boolType is the enumeration that h5py makes of bool.
	boolType = encodedType(8, 2, 1, append(integerType(1, true), "FALSE\x00\x00\x00TRUE\x00\x00\x00\x00\x00\x01"...)...)
)

func integerType(size int, signed bool) []byte {
	var bits uint32
	if signed {
		bits = 1 << 3
	}
	return encodedType(0, bits, size, 0, 0, uint8(8*size), 0)
}

func stringType(size int) []byte { return encodedType(3, uint32(nullPadded), size) }

func opaqueType(size int) []byte { return encodedType(5, 0, size) }

// variableStringType returns the type of a reference to a string.
func variableStringType(charset uint8) []byte {
	return encodedType(9, 1|uint32(charset)<<8, 4+wordSize+4, integerType(1, false)...)
}

// encodedSpace returns a dataspace of version 1. Format specification, section
// IV.A.2.b.
func encodedSpace(shape []int) []byte {
	e := encoder{}
	e.uint8(1, uint8(len(shape)), 0, 0, 0, 0, 0, 0)
	for _, n := range shape {
		e.uint64(uint64(n))
	}
	return e.b
}

// A reference is where a string of variable length is.
type reference struct {
	heap  int64
	index uint32
}

// encode returns the message of an attribute: of version 1 as h5py writes it, or
// of version 3 if the name is not ASCII. Format specification, section IV.A.2.m.
func (a *attributeWriter) encode(text reference) []byte {
	datatype, space := a.data.datatype, encodedSpace(a.shape)
	e := encoder{}
	ascii := isASCII(a.name)
	if ascii {
		e.uint8(1, 0)
	} else {
		e.uint8(3, 0)
	}
	e.uint16(uint16(min(len(a.name)+1, 1<<16-1)))
	e.uint16(uint16(len(datatype)))
	e.uint16(uint16(len(space)))
	if !ascii {
		e.uint8(1) // UTF-8
	}
	for _, part := range [...][]byte{append([]byte(a.name), 0), datatype, space} {
		e.b = append(e.b, part...)
		if ascii {
			e.align()
		}
	}
	if a.data.text != nil {
		e.uint32(uint32(len(*a.data.text)))
		e.address(text.heap)
		e.uint32(text.index)
	} else {
		e.b = a.data.encode(e.b, 0, a.data.count)
	}
	return padded(e.b)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// maxMessage is the largest body of a header message.
const maxMessage = 1<<16 - 8

// encodedHeader returns an object header of version 1. Format specification,
// section IV.A.1.a.
func encodedHeader(messages []encodedMessage) []byte {
	size := 0
	for _, m := range messages {
		size += 8 + len(m.body)
	}
	e := encoder{}
	e.uint8(1, 0)
	e.uint16(uint16(len(messages)))
	e.uint32(1) // one link leads here
	e.uint32(uint32(size))
	e.zeros(4)
	for _, m := range messages {
		e.uint16(m.kind)
		e.uint16(uint16(len(m.body)))
		e.uint8(m.flags, 0, 0, 0)
		e.b = append(e.b, m.body...)
	}
	return e.b
}

// An encodedMessage is a header message whose body is padded.
type encodedMessage struct {
	kind  uint16
	flags uint8
	body  []byte
}
