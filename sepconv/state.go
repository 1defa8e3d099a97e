package sepconv

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/sepconv/go/internal/engine"
)

// A state in bytes, numbers little-endian:
//
//	8  stateMagic, which has the version
//	16 the layer: the beginning of a SHA-256
//	16 its weights
//	8  zeros in front of the signal, whose number may depend on a KnownLength
//	8  steps that have come
//	1  whether the signal has ended
//	   the steps that are kept, as rows of channels, float32
//	8  the beginning of the SHA-256 of all this
const (
	stateMagic    = "sepconv\x01"
	stateHeader   = 8 + 16 + 16 + 8 + 8 + 1
	stateChecksum = 8
)

// fingerprint tells layers and weights from others.
type fingerprint struct{ layer, weights [16]byte }

func (l *Layer) fingerprint() fingerprint {
	c, a := &l.config, &l.activation
	layer := fmt.Sprintf("%d %d %d %d %d %d %s %s %t %q %08x %08x %08x", l.geometry.Channels, c.Filters, c.KernelSize, c.Strides,
		c.DilationRate, c.DepthMultiplier, c.Padding, c.DataFormat, c.NoBias, c.Activation.Name(),
		math.Float32bits(a.A), math.Float32bits(a.B), math.Float32bits(a.C))
	h := sha256.New()
	var block []byte
	for _, w := range [][]float32{l.weights.Depthwise, l.weights.Pointwise, l.weights.Bias} {
		for len(w) > 0 {
			n := min(len(w), 1<<10)
			block = appendFloats(block[:0], w[:n])
			h.Write(block)
			w = w[n:]
		}
	}
	all := sha256.Sum256([]byte(layer))
	return fingerprint{[16]byte(all[:16]), [16]byte(h.Sum(nil)[:16])}
}

func appendFloats(b []byte, x []float32) []byte {
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// export appends a state to b.
func (f *flow) export(b []byte, st *engine.State) []byte {
	begin, print := len(b), f.source.print()
	b = append(b, stateMagic...)
	b = append(b, print.layer[:]...)
	b = append(b, print.weights[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(f.feed.Zeros()))
	b = binary.LittleEndian.AppendUint64(b, uint64(st.Steps()))
	ended := byte(0)
	if st.Ended() {
		ended = 1
	}
	b = appendFloats(append(b, ended), f.feed.Kept(st))
	sum := checksum(b[begin:])
	return append(b, sum[:]...)
}

func checksum(data []byte) [stateChecksum]byte {
	sum := sha256.Sum256(data)
	return [stateChecksum]byte(sum[:stateChecksum])
}

// restore makes st the state that was exported as data. It checks everything before it
// changes anything.
func (f *flow) restore(st *engine.State, data []byte) error {
	steps, ended, err := f.readHeader(data)
	if err != nil {
		return err
	}
	kept := f.feed.KeptAfter(steps) * f.feed.Channels
	end := len(data) - stateChecksum
	if want := stateHeader + 4*kept; end != want {
		return fmt.Errorf("%w: it has %d bytes; after %d steps there must be %d", ErrState, len(data), steps, want+stateChecksum)
	}
	if sum := checksum(data[:end]); sum != [stateChecksum]byte(data[end:]) {
		return fmt.Errorf("%w: it is damaged: its checksum is %x; that of its bytes is %x", ErrState, data[end:], sum)
	}
	f.feed.Restore(st, steps, ended)
	rows := f.feed.Kept(st)
	for i := range rows {
		rows[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[stateHeader+4*i:]))
	}
	return nil
}

// readHeader checks that data is a state of this layer, and reads where its stream was.
func (f *flow) readHeader(data []byte) (steps int64, ended bool, err error) {
	if len(data) < stateHeader+stateChecksum || string(data[:8]) != stateMagic {
		return 0, false, fmt.Errorf("%w: %d bytes that begin with %q; a state has at least %d, and begins with %q",
			ErrState, len(data), data[:min(len(data), 8)], stateHeader+stateChecksum, stateMagic)
	}
	print := f.source.print()
	if layer := data[8:24]; !bytes.Equal(layer, print.layer[:]) {
		return 0, false, fmt.Errorf("%w: it is of another layer: the fingerprint of its configuration is %x, this layer's is %x", ErrState, layer, print.layer)
	}
	if weights := data[24:40]; !bytes.Equal(weights, print.weights[:]) {
		return 0, false, fmt.Errorf("%w: it is of this layer with other weights: their fingerprint is %x, here it is %x", ErrState, weights, print.weights)
	}
	if left := binary.LittleEndian.Uint64(data[40:]); left != uint64(f.feed.Zeros()) {
		return 0, false, fmt.Errorf("%w: it is of a signal with %d zeros in front, here there are %d: the KnownLength was another", ErrState, left, f.feed.Zeros())
	}
	count, flag := binary.LittleEndian.Uint64(data[48:]), data[56]
	if count > maxSteps {
		return 0, false, fmt.Errorf("%w: it has had %d steps; there may be at most 2^62", ErrState, count)
	}
	if flag > 1 {
		return 0, false, fmt.Errorf("%w: whether its signal has ended is %d; it must be 0 or 1", ErrState, flag)
	}
	return int64(count), flag == 1, nil
}
