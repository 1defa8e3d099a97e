package optimizers

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
)

// A saved state is, with all numbers little-endian,
//
//	magic
//	the class: a string
//	the number of steps: 8 bytes
//	the names of the slots: maxSlots strings, "" for none
//	the number of variables: 4 bytes, and of each
//		its name: a string
//		its shape: the number of dimensions in 4 bytes, and each of them in 8
//		the float32 of each slot that there is
//	the CRC-32 of all before, of IEEE's polynomial: 4 bytes
//
// A string is its length in 4 bytes, and its bytes.
const magic = "sepconv optimizer 1\n"

// marshal returns the state as bytes.
func (s *state) marshal(set *settings) ([]byte, error) {
	if err := s.checkOwn(set); err != nil {
		return nil, err
	}
	b := make([]byte, 0, s.size(set))
	b = append(b, magic...)
	b = appendString(b, set.class)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.iterations))
	for _, name := range set.slots {
		b = appendString(b, name)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s.variables)))
	for i := range s.variables {
		b = s.variables[i].append(b)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)), nil
}

// size returns how long the bytes are.
func (s *state) size(set *settings) int {
	n := len(magic) + 4 + len(set.class) + 8 + 4 + 4
	for _, name := range set.slots {
		n += 4 + len(name)
	}
	for i := range s.variables {
		m := &s.variables[i]
		n += 4 + len(m.name) + 4 + 8*len(m.shape)
		for _, slot := range m.slot {
			n += 4 * len(slot)
		}
	}
	return n
}

func (m *memory) append(b []byte) []byte {
	b = appendString(b, m.name)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(m.shape)))
	for _, dim := range m.shape {
		b = binary.LittleEndian.AppendUint64(b, uint64(dim))
	}
	for _, slot := range m.slot {
		for _, x := range slot {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
	}
	return b
}

func appendString(b []byte, text string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	return append(b, text...)
}

// unmarshal replaces the state by a saved one. It allocates in proportion to the data.
func (s *state) unmarshal(set *settings, data []byte) error {
	loaded, err := decode(set, data)
	if err != nil {
		return fmt.Errorf("%w: state of %s: %w", fault.ErrFile, set.class, err)
	}
	*s = loaded
	s.self = s
	return nil
}

// decode reads a saved state.
func decode(set *settings, data []byte) (state, error) {
	end := len(data) - crc32.Size
	if end < len(magic) || string(data[:len(magic)]) != magic {
		return state{}, fmt.Errorf("the %d bytes do not begin with %q, as what MarshalBinary returns does", len(data), magic)
	}
	if crc32.ChecksumIEEE(data[:end]) != binary.LittleEndian.Uint32(data[end:]) {
		return state{}, fmt.Errorf("the %d bytes are damaged: their checksum differs", len(data))
	}
	d := decoder{rest: data[len(magic):end]}
	if class := d.string(); d.err == nil && class != set.class {
		return state{}, fmt.Errorf("it is a state of %q, and only such an optimizer takes it", class)
	}
	s := state{iterations: int64(d.uint64())}
	for i := range s.slots {
		s.slots[i] = d.string()
	}
	count := d.uint32()
	switch {
	case d.err != nil:
		return state{}, d.err
	case s.slots != set.slots:
		return state{}, fmt.Errorf("it has %s of each variable, and the fields need %s; set them as they were", s.slots, set.slots)
	case s.iterations < 0 || s.iterations >= maxIterations || (s.iterations == 0) != (count == 0):
		return state{}, fmt.Errorf("it says %d steps and %d variables; both must be 0, or neither, and the steps below 2^62", s.iterations, count)
	}
	names := map[string]bool{}
	for range count {
		m, err := d.memory(s.slots)
		if err != nil {
			return state{}, err
		}
		if names[m.name] {
			return state{}, fmt.Errorf("two variables are named %q", m.name)
		}
		names[m.name] = true
		s.variables = append(s.variables, m)
	}
	if len(d.rest) > 0 {
		return state{}, fmt.Errorf("%d bytes are left over", len(d.rest))
	}
	return s, nil
}

// A decoder takes numbers from the front of what is left. After the first error it
// returns zeros.
type decoder struct {
	rest []byte
	err  error
}

// take returns the next n bytes, or nil if there are fewer.
func (d *decoder) take(n int) []byte {
	if n > len(d.rest) {
		d.fail()
		return nil
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

// fail says that something is longer than what is left.
func (d *decoder) fail() { d.rest, d.err = nil, errors.New("it ends too early") }

func (d *decoder) uint32() uint32 {
	if b := d.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) string() string {
	n := d.uint32()
	if uint64(n) > uint64(len(d.rest)) { // which an int may not hold
		d.fail()
		return ""
	}
	return string(d.take(int(n)))
}

// memory reads what is remembered of a variable.
func (d *decoder) memory(slots slotNames) (memory, error) {
	name := d.string()
	shape := d.shape()
	if d.err != nil {
		return memory{}, d.err
	}
	elements, err := param.Elements(fmt.Sprintf("variable %q", name), shape)
	if err != nil {
		return memory{}, err
	}
	if n := slots.count(); n > 0 && elements > len(d.rest)/(4*n) {
		return memory{}, fmt.Errorf("it ends too early, in variable %q of shape %v", name, shape)
	}
	m := newMemory(name, shape, elements, slots)
	for _, slot := range m.slot {
		b := d.take(4 * len(slot))
		for i := range slot {
			slot[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	}
	return m, nil
}

// shape reads the dimensions of a variable.
func (d *decoder) shape() []int {
	n := d.uint32()
	if uint64(n) > uint64(len(d.rest)/8) {
		d.fail()
		return nil
	}
	shape := make([]int, n)
	for i := range shape {
		dim := d.uint64()
		if dim > math.MaxInt {
			dim = math.MaxUint64 // negative, which no shape may be
		}
		shape[i] = int(dim)
	}
	return shape
}
