package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/rawfloat"
	"github.com/stretchr/testify/require"
)

// file joins a header and data.
func file(header string, data ...byte) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

func read(data []byte) (*File, error) { return Read(bytes.NewReader(data), int64(len(data)), 1<<20) }

// What is written reads back the same, to the bit.
func TestRoundTrip(t *testing.T) {
	big := make([]float32, 40000)
	for i := range big {
		big[i] = float32(i) / 3
	}
	tensors := []Tensor{
		{Name: "a", Shape: []int{2, 3}, Values: []float32{1, -2, 0.5, float32(math.Inf(1)), 1e-45, -0.0}},
		{Name: "scalar", Shape: nil, Values: []float32{7}},
		{Name: "empty", Shape: []int{0, 3}},
		{Name: "<ä>", Shape: []int{40000}, Values: big},
	}
	var b bytes.Buffer
	require.NoError(t, Write(&b, tensors, map[string]string{"format": "pt"}))
	f, err := read(b.Bytes())
	require.NoError(t, err)
	require.Equal(t, map[string]string{"format": "pt"}, f.Metadata)
	require.Len(t, f.Tensors, len(tensors))
	for i, want := range tensors {
		got := f.Tensors[i]
		require.Equal(t, want.Name, got.Name)
		require.Equal(t, append([]int{}, want.Shape...), got.Shape)
		require.Equal(t, append([]float32{}, want.Values...), got.Values)
	}
	header := binary.LittleEndian.Uint64(b.Bytes())
	require.Zero(t, header%8)
}

func TestTypes(t *testing.T) {
	f, err := read(file(`{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BOOL","shape":[],"data_offsets":[4,5]}}  `, 0, 0x3c, 0, 0xc0, 1))
	require.NoError(t, err)
	require.Equal(t, []float32{1, -2}, f.Tensors[0].Values)
	require.Equal(t, rawfloat.Float16, f.Tensors[0].Type)
	require.Equal(t, []float32{1}, f.Tensors[1].Values)
}

func TestErrors(t *testing.T) {
	for want, data := range map[string][]byte{
		"leaves no room":       {1, 2, 3},
		"in a file of":         {255, 255, 255, 255, 255, 255, 255, 255, '{', '}'},
		"invalid JSON":         file(`{"a":`),
		"not a JSON object":    file(`[]`),
		"twice":                file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`),
		"more than 3 deep":     file(`{"a":{"shape":[[1]]}}`),
		"must be a begin":      file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 0, 0, 0, 0),
		"must begin at 0":      file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 0, 0, 0, 0, 0, 0, 0, 0),
		"must begin at 4":      file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
		"end at byte 4 of 5":   file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0, 0, 0),
		"needs 4 bytes":        file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}`, 0, 0, 0, 0, 0, 0, 0, 0),
		"needs 8 bytes":        file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
		"does not read":        file(`{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
		"shape [-1]":           file(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
		"shape [4294967296 42": file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
		"cannot unmarshal":     file(`{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
		"dimensions":           file(`{"a":{"dtype":"F32","shape":[`+strings.Repeat("1,", 64)+`1],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
		"__metadata__":         file(`{"__metadata__":{"a":1}}`),
	} {
		if want == "shape [4294967296 42" && math.MaxInt == math.MaxInt32 {
			want = "cannot unmarshal"
		}
		_, err := read(data)
		require.ErrorIs(t, err, ErrFormat, want)
		require.ErrorContains(t, err, want)
	}
	data := file(`{"a":{"dtype":"U8","shape":[300],"data_offsets":[0,300]}}`, make([]byte, 300)...)
	_, err := Read(bytes.NewReader(data), int64(len(data)), 1199)
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = Read(bytes.NewReader(data), int64(len(data)), 1200)
	require.NoError(t, err)
	data = append(binary.LittleEndian.AppendUint64(nil, maxHeader+1), make([]byte, maxHeader+1)...)
	_, err = read(data)
	require.ErrorIs(t, err, ErrTooLarge)
}

// What a file says of itself is checked before memory is taken for it.
func TestLiesTakeNoMemory(t *testing.T) {
	header := binary.LittleEndian.AppendUint64(nil, 1<<30)
	values := file(`{"a":{"dtype":"U8","shape":[4194304],"data_offsets":[0,4194304]}}`, make([]byte, 4<<20)...)
	for want, data := range map[error][]byte{ErrFormat: header, ErrTooLarge: values} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(data)
		runtime.ReadMemStats(&after)
		require.ErrorIs(t, err, want)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "%v", want)
	}
}

func TestWriteErrors(t *testing.T) {
	for _, tensors := range [][]Tensor{
		{{Name: "a", Shape: []int{2}, Values: []float32{1}}},
		{{Name: "a", Shape: []int{0}}, {Name: "a", Shape: []int{0}}},
		{{Name: "__metadata__", Shape: []int{0}}},
	} {
		var b bytes.Buffer
		require.Error(t, Write(&b, tensors, nil), fmt.Sprint(tensors))
		require.Zero(t, b.Len())
	}
}

// Whatever reads is what a writer could have written.
func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("../../sepconv/keras/testdata/files/*.safetensors")
	require.NoError(f, err)
	require.NotEmpty(f, names)
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := read(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		require.NoError(t, Write(&b, file.Tensors, file.Metadata))
		again, err := read(b.Bytes())
		require.NoError(t, err)
		require.Len(t, again.Tensors, len(file.Tensors))
	})
}
