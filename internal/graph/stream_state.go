package graph

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/sepconv/go/internal/fault"
)

// A state in bytes, numbers little-endian:
//
//	8  stateMagic, which has the version
//	16 what the model computes: the beginning of a SHA-256
//	16 its weights
//	16 how many zeros each layer has in front: they may depend on the known length
//	8  steps that have come
//	1  whether the signal has ended; then nothing is kept
//	   the numbers that are kept, layer by layer; how many follows from the steps
//	8  the beginning of the SHA-256 of all this
const (
	stateMagic    = "sepprog\x01"
	stateHeader   = 8 + 16 + 16 + 16 + 8 + 1
	stateChecksum = 8
)

// visit shows all numbers that the stream keeps.
func (s *Stream) visit(v visitor) {
	if s.ended {
		return
	}
	for i := range s.stages {
		st := &s.stages[i]
		st.flow.visit(v)
		for j := range st.queues {
			st.queues[j].visit(v)
		}
	}
}

// writer appends numbers to bytes.
type writer struct{ b []byte }

func (w *writer) single(x []float32) {
	for _, v := range x {
		w.b = binary.LittleEndian.AppendUint32(w.b, math.Float32bits(v))
	}
}

func (w *writer) double(x []float64) {
	for _, v := range x {
		w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v))
	}
}

// reader reads numbers from bytes; that there are enough has been checked.
type reader struct{ b []byte }

func (r *reader) single(x []float32) {
	for i := range x {
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(r.b[4*i:]))
	}
	r.b = r.b[4*len(x):]
}

func (r *reader) double(x []float64) {
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(r.b[8*i:]))
	}
	r.b = r.b[8*len(x):]
}

// counter counts the bytes of numbers.
type counter struct{ n int }

func (c *counter) single(x []float32) { c.n += 4 * len(x) }
func (c *counter) double(x []float64) { c.n += 8 * len(x) }

// save saves the state for undo.
func (s *Stream) save() {
	s.writer.b = s.backup[:0]
	s.visit(&s.writer)
	s.backup, s.writer.b = s.writer.b, nil
}

// undo brings the saved state back.
func (s *Stream) undo() {
	s.position(s.steps, s.ended)
	s.read(s.backup)
}

// read sets the numbers that the stream keeps.
func (s *Stream) read(b []byte) {
	s.reader.b = b
	s.visit(&s.reader)
	s.reader.b = nil
}

// AppendState appends the state to b.
func (s *Stream) AppendState(b []byte) []byte {
	begin, print := len(b), s.program.print()
	b = append(b, stateMagic...)
	b = append(b, print.layers[:]...)
	b = append(b, print.weights[:]...)
	b = append(b, s.zeros[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.steps))
	ended := byte(0)
	if s.ended {
		ended = 1
	}
	s.writer.b = append(b, ended)
	s.visit(&s.writer)
	b, s.writer.b = s.writer.b, nil
	sum := sha256.Sum256(b[begin:])
	return append(b, sum[:stateChecksum]...)
}

// SetState makes the stream go on where the one was that the state is of. An error leaves it
// as it was.
func (s *Stream) SetState(data []byte) error {
	steps, ended, err := s.readHeader(data)
	if err != nil {
		return err
	}
	end := len(data) - stateChecksum
	if sum := sha256.Sum256(data[:end]); !bytes.Equal(sum[:stateChecksum], data[end:]) {
		return fmt.Errorf("%w: it is damaged: its checksum is %x; that of its bytes is %x", fault.ErrState, data[end:], sum[:stateChecksum])
	}
	s.save()
	before, wasEnded := s.steps, s.ended
	s.position(steps, ended)
	var size counter
	s.visit(&size)
	if size.n != end-stateHeader {
		s.position(before, wasEnded)
		s.read(s.backup)
		return fmt.Errorf("%w: it has %d bytes; after %d steps there must be %d", fault.ErrState, len(data), steps, stateHeader+size.n+stateChecksum)
	}
	s.read(data[stateHeader:end])
	return nil
}

// readHeader checks whether data is of this model, and reads where its stream was.
func (s *Stream) readHeader(data []byte) (steps int64, ended bool, err error) {
	if len(data) < stateHeader+stateChecksum || string(data[:8]) != stateMagic {
		return 0, false, fmt.Errorf("%w: %d bytes that begin with %q; a state has at least %d, and begins with %q",
			fault.ErrState, len(data), data[:min(len(data), 8)], stateHeader+stateChecksum, stateMagic)
	}
	print := s.program.print()
	if got := data[8:24]; !bytes.Equal(got, print.layers[:]) {
		return 0, false, fmt.Errorf("%w: it is of another model: the fingerprint of what that computes is %x, this model's is %x", fault.ErrState, got, print.layers)
	}
	if got := data[24:40]; !bytes.Equal(got, print.weights[:]) {
		return 0, false, fmt.Errorf("%w: it is of this model with other weights: their fingerprint is %x, here it is %x", fault.ErrState, got, print.weights)
	}
	if got := data[40:56]; !bytes.Equal(got, s.zeros[:]) {
		return 0, false, fmt.Errorf("%w: it is of a signal with other zeros in front: the KnownLength was another", fault.ErrState)
	}
	count, flag := binary.LittleEndian.Uint64(data[56:]), data[64]
	if count > uint64(s.limit) {
		return 0, false, fmt.Errorf("%w: it has had %d steps; there may be at most %d", fault.ErrState, count, s.limit)
	}
	if flag > 1 {
		return 0, false, fmt.Errorf("%w: whether its signal has ended is %d; it must be 0 or 1", fault.ErrState, flag)
	}
	return int64(count), flag == 1, nil
}

// position makes the stream one that has had so many steps. The numbers that it keeps of them
// are for the caller to set, or 0 before the first.
func (s *Stream) position(steps int64, ended bool) {
	s.steps, s.ended = steps, ended
	s.count(steps, ended)
	for i := range s.stages {
		st := &s.stages[i]
		if !ended {
			st.flow.restore(st.then)
			for j := range st.queues {
				st.queues[j].resize(int(s.tracks[st.node.in[j]].then - st.then))
			}
		}
	}
	s.settle()
}
