// Package wav reads recordings from RIFF/WAVE files, as sound recorders write them.
package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Recording is a decoded recording.
type Recording struct {
	Rate     int
	Channels int
	Samples  []float32 // interleaved, in [-1, 1]
}

const (
	formatPCM        = 1
	formatFloat      = 3
	formatExtensible = 0xfffe // the format stands in the extension
)

// Decode reads a RIFF/WAVE file of PCM (8, 16, 24 or 32 bits) or of floats
// (32 or 64 bits).
func Decode(data []byte) (Recording, error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return Recording{}, errors.New("not a WAV file: it must begin with RIFF and WAVE")
	}
	var format []byte
	for rest := data[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		// A recorder that writes to a pipe cannot know the size and leaves it 0 or
		// too large.
		if id == "data" && (size == 0 || size > int64(len(rest))) {
			size = int64(len(rest))
		}
		if size > int64(len(rest)) {
			return Recording{}, fmt.Errorf("chunk %q has %d bytes; only %d are left", id, size, len(rest))
		}
		body := rest[:size]
		switch id {
		case "fmt ":
			format = body
		case "data":
			return decodeSamples(format, body)
		}
		rest = rest[min(size+size%2, int64(len(rest))):]
	}
	return Recording{}, errors.New("the WAV file has no data chunk")
}

func decodeSamples(format, data []byte) (Recording, error) {
	if len(format) < 16 {
		return Recording{}, fmt.Errorf("the WAV file's format has %d bytes; it must have 16 and stand before the data", len(format))
	}
	le := binary.LittleEndian
	code, bits := le.Uint16(format), int(le.Uint16(format[14:]))
	if code == formatExtensible && len(format) >= 26 {
		code = le.Uint16(format[24:])
	}
	s := Recording{Rate: int(le.Uint32(format[4:])), Channels: int(le.Uint16(format[2:]))}
	if s.Channels < 1 {
		return s, errors.New("the WAV file has 0 channels; it must have at least 1")
	}
	if s.Rate < 1000 || s.Rate > 768000 {
		return s, fmt.Errorf("the WAV file's rate is %d Hz; it must be from 1000 to 768000", s.Rate)
	}
	sample, ok := decoders[encoding{code, bits}]
	if !ok {
		return s, fmt.Errorf("the WAV file's samples have format %d with %d bits; they must be PCM (1) with 8, 16, 24 or 32 bits or float (3) with 32 or 64", code, bits)
	}
	width := bits / 8
	frames := len(data) / (width * s.Channels)
	s.Samples = make([]float32, frames*s.Channels)
	for i := range s.Samples {
		x := sample(data[i*width:])
		if x != x || x-x != 0 {
			return s, fmt.Errorf("sample %d of the WAV file is %v; it must be a finite number", i, x)
		}
		s.Samples[i] = x
	}
	if len(s.Samples) == 0 {
		return s, errors.New("the WAV file has no samples")
	}
	return s, nil
}

type encoding struct {
	code uint16
	bits int
}

// decoders map a sample to [-1, 1).
var decoders = map[encoding]func([]byte) float32{
	{formatPCM, 8}:  func(b []byte) float32 { return (float32(b[0]) - 128) / 128 },
	{formatPCM, 16}: func(b []byte) float32 { return float32(int16(binary.LittleEndian.Uint16(b))) / (1 << 15) },
	{formatPCM, 24}: func(b []byte) float32 {
		return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)>>8) / (1 << 23)
	},
	{formatPCM, 32}:   func(b []byte) float32 { return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31) },
	{formatFloat, 32}: func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) },
	{formatFloat, 64}: func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) },
}

// Mono returns the mean of the channels.
func (s Recording) Mono() []float32 {
	if s.Channels == 1 {
		return s.Samples
	}
	mono := make([]float32, len(s.Samples)/s.Channels)
	for i := range mono {
		sum := 0.0
		for _, x := range s.Samples[i*s.Channels:][:s.Channels] {
			sum += float64(x)
		}
		mono[i] = float32(sum / float64(s.Channels))
	}
	return mono
}
