package hdf5

import (
	"bytes"
	"fmt"
	"math"
)

// A Class is a family of types.
type Class uint8

// The classes of types. Values of the classes after ClassEnum cannot be read, except
// as raw bytes.
const (
	ClassInt Class = iota
	ClassFloat
	ClassString
	ClassOpaque
	ClassEnum // of integers; h5py writes bool so
	ClassBitfield
	ClassTime
	ClassReference
	ClassCompound
	ClassArray
	ClassSequence
	ClassComplex
	ClassOther
)

var classNames = [...]string{"int", "float", "string", "opaque", "enum", "bitfield", "time", "reference", "compound", "array", "sequence", "complex", "other"}

func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("Class(%d)", c)
}

// A Type is that of the elements of a data set or an attribute.
type Type struct {
	Class     Class
	Size      int    // bytes of an element as it is stored; of a string of variable length: of the reference to it
	Signed    bool   // integers and enumerations: may be negative
	BigEndian bool   // numbers
	Variable  bool   // strings: each element has a length of its own
	UTF8      bool   // strings: UTF-8, not ASCII
	Tag       string // opaque: what the program that wrote it calls it

	format  numberFormat
	padding padding
}

// String returns the name that numpy gives the type, if it has one.
func (t Type) String() string {
	switch t.Class {
	case ClassInt:
		name := "uint"
		if t.Signed {
			name = "int"
		}
		return fmt.Sprint(name, 8*t.Size)
	case ClassFloat:
		if t.format == formatBfloat16 {
			return "bfloat16"
		}
		return fmt.Sprint("float", 8*t.Size)
	case ClassString:
		if t.Variable {
			return "string"
		}
		return fmt.Sprintf("string[%d]", t.Size)
	case ClassEnum:
		base := t
		base.Class = ClassInt
		return "enum(" + base.String() + ")"
	}
	return fmt.Sprintf("%v[%d]", t.Class, t.Size)
}

// A numberFormat tells how the bits of a number are read.
type numberFormat uint8

const (
	formatNone numberFormat = iota // not at all
	formatInteger
	formatFloat16
	formatBfloat16
	formatFloat32
	formatFloat64
)

// A padding tells where a string of fixed length ends.
type padding uint8

const (
	nullTerminated padding = iota
	nullPadded
	spacePadded
)

// datatype decodes a datatype message. Format specification, section IV.A.2.d.
func (c *cursor) datatype() (t Type, err error) {
	head := c.uint8()
	b := c.bytes(3)
	pos := c.pos
	size := c.uint32()
	if c.err != nil {
		return t, c.err
	}
	if version := head >> 4; version < 1 || version > 5 {
		return t, c.errorf(ErrUnsupported, 0, "version is %d, not 1 to 5", version)
	}
	if size == 0 || size > math.MaxInt32 {
		return t, c.errorf(ErrTooLarge, pos, "elements of %d bytes, the largest have %d", size, math.MaxInt32)
	}
	bits := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
	t.Size = int(size)
	switch class := head & 15; class {
	case 0:
		t.integer(c, bits)
	case 1:
		t.float(c, bits)
	case 3:
		t.Class = ClassString
		t.text(c, bits&15, bits>>4&15)
	case 5:
		t.Class = ClassOpaque
		t.Tag = string(bytes.TrimRight(c.bytes(int(bits&0xff)), "\x00"))
	case 8:
		t.enum(c)
	case 9:
		t.variable(c, bits)
	default:
		others := map[uint8]Class{2: ClassTime, 4: ClassBitfield, 6: ClassCompound, 7: ClassReference, 10: ClassArray, 11: ClassComplex}
		var known bool
		if t.Class, known = others[class]; !known {
			t.Class = ClassOther
		}
	}
	return t, c.err
}

// integer decodes the properties of a fixed-point number.
func (t *Type) integer(c *cursor, bits uint32) {
	t.Class, t.BigEndian, t.Signed = ClassInt, bits&1 != 0, bits&(1<<3) != 0
	offset, precision := c.uint16(), c.uint16()
	switch t.Size {
	case 1, 2, 4, 8:
		if offset == 0 && int(precision) == 8*t.Size {
			t.format = formatInteger
		}
	}
}

// A floatLayout is where a format keeps its parts.
type floatLayout struct {
	size                                         int
	sign                                         uint32
	exponent, exponentSize, mantissa, mantissaSz uint8
	bias                                         uint32
}

var floatFormats = map[floatLayout]numberFormat{
	{2, 15, 10, 5, 0, 10, 15}:    formatFloat16,
	{2, 15, 7, 8, 0, 7, 127}:     formatBfloat16,
	{4, 31, 23, 8, 0, 23, 127}:   formatFloat32,
	{8, 63, 52, 11, 0, 52, 1023}: formatFloat64,
}

// float decodes the properties of a floating-point number.
func (t *Type) float(c *cursor, bits uint32) {
	t.Class, t.BigEndian, t.Signed = ClassFloat, bits&1 != 0, true
	offset, precision := c.uint16(), c.uint16()
	l := floatLayout{size: t.Size, sign: bits >> 8 & 0xff}
	l.exponent, l.exponentSize, l.mantissa, l.mantissaSz = c.uint8(), c.uint8(), c.uint8(), c.uint8()
	l.bias = c.uint32()
	const (
		vax           = 1 << 6
		normalization = 3 << 4
		impliedOne    = 2 << 4
	)
	if offset == 0 && int(precision) == 8*t.Size && bits&vax == 0 && bits&normalization == impliedOne {
		t.format = floatFormats[l]
	}
}

// text sets the properties of a string.
func (t *Type) text(c *cursor, pad, charset uint32) {
	if pad > uint32(spacePadded) || charset > 1 {
		c.errorf(ErrUnsupported, 1, "a string of padding %d and character set %d", pad, charset)
	}
	t.padding, t.UTF8 = padding(pad), charset == 1
}

// enum decodes the integers that an enumeration is made of. The names of its
// values are not needed.
func (t *Type) enum(c *cursor) {
	base, err := c.subtype()
	if err != nil {
		return
	}
	if base.Class != ClassInt || base.Size != t.Size {
		c.errorf(ErrFormat, c.pos, "an enumeration of %d bytes made of %v", t.Size, base)
	}
	*t = base
	t.Class = ClassEnum
}

// subtype decodes the integer type at the cursor; any other it only names.
func (c *cursor) subtype() (Type, error) {
	if c.left() > 0 && c.data[c.pos]&15 == 0 {
		base := *c
		base.at, base.data, base.pos = c.at+int64(c.pos), c.data[c.pos:], 0
		t, err := base.datatype()
		c.err = err
		return t, err
	}
	return Type{Class: ClassOther}, c.err
}

// variable decodes the properties of data of variable length: of strings, that is.
func (t *Type) variable(c *cursor, bits uint32) {
	if bits&15 != 1 {
		t.Class = ClassSequence
		return
	}
	t.Class, t.Variable = ClassString, true
	t.text(c, bits>>4&15, bits>>8&15)
	if want := c.f.referenceSize(); t.Size != want {
		c.errorf(ErrFormat, 4, "a reference to a string takes %d bytes, not %d", t.Size, want)
	}
}
