package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/sepconv/go/internal/rawfloat"
	"github.com/stretchr/testify/require"
)

// file joins a header and data.
func file(header string, data ...byte) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

func read(data []byte) (*File, error) {
	return Read(bytes.NewReader(data), int64(len(data)), budget.New(1<<20, "keras.WithMaxBytes"))
}

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
		"needs 3 bytes":        file(`{"a":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
		"needs -1 bytes":       file(`{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}`, 0),
		"a dtype and a shape":  file(`{"a":{"DTYPE":"F32","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0, 0),
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
	const needs = 57*headerCost + entryCost + 4*300
	_, err := Read(bytes.NewReader(data), int64(len(data)), budget.New(needs-1, "keras.WithMaxBytes"))
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = Read(bytes.NewReader(data), int64(len(data)), budget.New(needs, "keras.WithMaxBytes"))
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

// A tensor of a type that is not read keeps its name, shape and type, says why it
// has no values, and does not bar the others.
func TestUnreadTypes(t *testing.T) {
	for dtype, bits := range map[string]int{
		"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "C64": 64,
		"F128": 128, // of a later version of the format
	} {
		n := 4 * bits / 8
		f, err := read(file(fmt.Sprintf(`{"odd":{"dtype":%q,"shape":[2,2],"data_offsets":[0,%d]},"b":{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}}`,
			dtype, n, n, n+4), append(make([]byte, n), 0, 0, 0x80, 0x3f)...))
		require.NoError(t, err, dtype)
		require.Equal(t, []int{2, 2}, f.Tensors[0].Shape)
		require.Equal(t, dtype, f.Tensors[0].DType)
		require.Nil(t, f.Tensors[0].Values)
		require.ErrorIs(t, f.Tensors[0].Err, ErrUnsupported)
		require.ErrorContains(t, f.Tensors[0].Err, dtype)
		require.NoError(t, f.Tensors[1].Err)
		require.Equal(t, []float32{1}, f.Tensors[1].Values)
		require.ErrorIs(t, Write(io.Discard, f.Tensors, nil), ErrUnsupported)
	}
}

// Keys count as they are written.
func TestExactKeys(t *testing.T) {
	f, err := read(file(`{"a.w":{"dtype":"F32","DTYPE":"I32","shape":[1],"Shape":[2],"data_offsets":[0,4],"DATA_OFFSETS":[0,8]},"__Metadata__":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}`, 0, 0, 0x80, 0x3f))
	require.NoError(t, err)
	require.Equal(t, []float32{1}, f.Tensors[0].Values)
	require.Equal(t, []int{1}, f.Tensors[0].Shape)
	require.Nil(t, f.Metadata)
}

// Headers that multiply stay within a small multiple of the limit, or are refused.
// Every one is tried with a limit that it fits, too.
func TestMultiplyingHeaders(t *testing.T) {
	repeat := func(n int, f string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf(f, i)
		}
		return strings.Join(parts, ",")
	}
	const n = 20000
	for what, header := range map[string]string{
		"tensors":    `{` + repeat(n, `"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`) + `}`,
		"metadata":   `{"__metadata__":{` + repeat(n, `"%d":""`) + `}}`,
		"keys":       `{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],` + repeat(n, `"%d":0`) + `}}`,
		"dimensions": `{"a":{"dtype":"F32","shape":[` + strings.Repeat("0,", n) + `0],"data_offsets":[0,0]}}`,
		"offsets":    `{"a":{"dtype":"F32","shape":[0],"data_offsets":[` + strings.Repeat("0,", n) + `0]}}`,
		"name":       `{"` + strings.Repeat("a", 40*n) + `":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`,
		"spaces":     `{` + strings.Repeat(" ", 40*n) + `}`,
	} {
		data := file(header)
		for _, limit := range []int64{1 << 10, 1 << 16, 1 << 20, 4 << 20, 64 << 20} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Read(bytes.NewReader(data), int64(len(data)), budget.New(limit, "keras.WithMaxBytes"))
			runtime.ReadMemStats(&after)
			require.Less(t, int64(after.TotalAlloc-before.TotalAlloc), 3*limit+1<<16, "%s, limit %d: %v", what, limit, err)
			if limit < int64(len(header)) {
				require.ErrorIs(t, err, ErrTooLarge, what)
			}
			if limit == 64<<20 {
				require.NotErrorIs(t, err, ErrTooLarge, what)
			}
		}
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
		const limit = 64 << 10
		budgettest.Bounded(t, "read", limit, func() {
			_, _ = Read(bytes.NewReader(data), int64(len(data)), budget.New(limit, ""))
		})
		file, err := read(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		file.Tensors = slices.DeleteFunc(file.Tensors, func(t Tensor) bool { return t.Err != nil })
		require.NoError(t, Write(&b, file.Tensors, file.Metadata))
		again, err := read(b.Bytes())
		require.NoError(t, err)
		require.Len(t, again.Tensors, len(file.Tensors))
	})
}
