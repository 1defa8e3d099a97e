package wav

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// wav writes samples, interleaved, in a format.
func wav(t testing.TB, code uint16, bits, rate, channels int, samples []float64) []byte {
	var data bytes.Buffer
	le := binary.LittleEndian
	for _, x := range samples {
		var err error
		switch {
		case code == formatFloat && bits == 32:
			err = binary.Write(&data, le, float32(x))
		case code == formatFloat:
			err = binary.Write(&data, le, x)
		case bits == 8:
			data.WriteByte(byte(math.Round(x*128) + 128))
		default:
			v := uint64(int64(math.Round(math.Ldexp(x, bits-1))))
			for i := range bits / 8 {
				data.WriteByte(byte(v >> (8 * i)))
			}
		}
		require.NoError(t, err)
	}
	format := make([]byte, 16)
	le.PutUint16(format, code)
	le.PutUint16(format[2:], uint16(channels))
	le.PutUint32(format[4:], uint32(rate))
	le.PutUint32(format[8:], uint32(rate*channels*bits/8))
	le.PutUint16(format[12:], uint16(channels*bits/8))
	le.PutUint16(format[14:], uint16(bits))
	return riff("fmt ", format, "LIST", []byte("odd"), "data", data.Bytes())
}

// riff puts chunks, given as name and body, into a RIFF/WAVE file.
func riff(chunks ...any) []byte {
	var body bytes.Buffer
	body.WriteString("WAVE")
	for i := 0; i < len(chunks); i += 2 {
		content := chunks[i+1].([]byte)
		body.WriteString(chunks[i].(string))
		body.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(content))))
		body.Write(content)
		if len(content)%2 != 0 {
			body.WriteByte(0)
		}
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(body.Len())), body.Bytes()...)
}

func TestDecode(t *testing.T) {
	samples := []float64{0, 0.5, -0.5, 0.25, -1, 0.75}
	for _, e := range []encoding{{formatPCM, 8}, {formatPCM, 16}, {formatPCM, 24}, {formatPCM, 32}, {formatFloat, 32}, {formatFloat, 64}} {
		s, err := Decode(wav(t, e.code, e.bits, 44100, 2, samples))
		require.NoError(t, err, "%v", e)
		require.Equal(t, Recording{44100, 2, []float32{0, 0.5, -0.5, 0.25, -1, 0.75}}, s, "%v", e)
		require.Equal(t, []float32{0.25, -0.125, -0.125}, s.Mono())
	}
}

// Files that libsndfile and Python wrote (testdata/make.py), extensible ones too.
func TestRecordings(t *testing.T) {
	names, err := filepath.Glob("testdata/*.wav")
	require.NoError(t, err)
	require.Len(t, names, 13)
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		s, err := Decode(data)
		if name == filepath.Join("testdata", "ulaw.wav") {
			require.ErrorContains(t, err, "samples have format 7 with 8 bits")
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, Recording{44100, 2, []float32{0, 0.5, -0.5, 0.25, -1, 0.75}}, s, name)
	}
}

// Extensible headers hold the format further on; recorders that write to a pipe
// leave sizes open.
func TestDecodeVariants(t *testing.T) {
	plain := wav(t, formatPCM, 16, 16000, 1, []float64{0.5, -0.5})
	format, data := plain[20:36], []byte{0, 0x40, 0, 0xc0}

	extensible := append(bytes.Clone(format), 22, 0, 16, 0, 4, 0, 0, 0, formatPCM, 0)
	binary.LittleEndian.PutUint16(extensible, formatExtensible)
	open := riff("fmt ", format, "data", data)
	for _, size := range []uint32{0, math.MaxUint32} {
		piped := bytes.Clone(open)
		binary.LittleEndian.PutUint32(piped[len(piped)-8:], size)
		s, err := Decode(piped)
		require.NoError(t, err)
		require.Equal(t, []float32{0.5, -0.5}, s.Samples)
	}
	s, err := Decode(riff("fmt ", append(extensible, make([]byte, 14)...), "data", data))
	require.NoError(t, err)
	require.Equal(t, []float32{0.5, -0.5}, s.Samples)
}

func TestDecodeErrors(t *testing.T) {
	good := wav(t, formatPCM, 16, 16000, 1, []float64{0.5, -0.5})
	format := good[20:36]
	with := func(at int, v uint16) []byte {
		f := bytes.Clone(format)
		binary.LittleEndian.PutUint16(f[at:], v)
		return riff("fmt ", f, "data", []byte{1, 2, 3, 4})
	}
	for _, test := range []struct {
		says string
		data []byte
	}{
		{"must begin with RIFF", nil},
		{"must begin with RIFF", []byte("RIFF")},
		{"must begin with RIFF", []byte("ID3 this is another kind of file")},
		{"no data chunk", riff("fmt ", format)},
		{"only 3 are left", append(riff("fmt ", format), "LIST\xff\xff\xff\x7fabc"...)},
		{"must have 16", riff("data", []byte{1, 2})},
		{"must have 16", riff("fmt ", format[:10], "data", []byte{1, 2})},
		{"0 channels", with(2, 0)},
		{"rate is 7 Hz", with(4, 7)},
		{"format 2 with 16 bits", with(0, 2)},
		{"format 1 with 12 bits", with(14, 12)},
		{"no samples", riff("fmt ", format, "data", []byte{})},
		{"must be a finite number", wav(t, formatFloat, 32, 16000, 1, []float64{0, math.NaN()})},
		{"must be a finite number", wav(t, formatFloat, 64, 16000, 1, []float64{math.Inf(1)})},
	} {
		_, err := Decode(test.data)
		require.ErrorContains(t, err, test.says)
	}
}

// Any cut or flipped byte of a file gives a sound or an error.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(strings.Repeat("RIFF", 20)))
	for e := range decoders {
		f.Add(wav(f, e.code, e.bits, 16000, 2, []float64{0, 0.5, -0.5, 0.25, -1, 0.75}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Decode(data)
		if err != nil {
			return
		}
		require.NotEmpty(t, s.Samples)
		require.LessOrEqual(t, len(s.Mono()), len(data))
	})
}
