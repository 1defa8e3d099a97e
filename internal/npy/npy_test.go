package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// open reads a file that testdata/make.py wrote with NumPy.
func open(t testing.TB, name string) (Header, []byte) {
	data, err := os.ReadFile(filepath.Join("testdata", name+".npy"))
	require.NoError(t, err)
	r := bytes.NewReader(data)
	h, err := ReadHeader(r)
	require.NoError(t, err, name)
	return h, data[len(data)-r.Len():]
}

// Every type of numbers in both byte orders. What a type does not hold NumPy has
// rounded or wrapped.
func TestNumbers(t *testing.T) {
	for _, code := range []string{"f2", "f4", "f8", "i1", "i2", "i4", "i8"} {
		want := []float32{0, 1, -2, 3.5, -100, 7}
		if code[0] == 'i' {
			want[3] = 3
		}
		for _, order := range []string{"little", "big"} {
			h, raw := open(t, code+"_"+order)
			require.Equal(t, []int{2, 3}, h.Shape)
			require.True(t, h.DType.IsNumber())
			require.Equal(t, want, h.DType.Append(nil, raw), "%s, %s", code, order)
			require.Equal(t, code[1:], fmt.Sprint(h.DType.Size))
		}
	}
	for _, code := range []string{"u1", "u2", "u4", "u8"} {
		h, raw := open(t, code)
		require.Equal(t, []float32{9, 0, 1, 2, 3, 100, 7}, h.DType.Append([]float32{9}, raw), code)
	}
	h, raw := open(t, "b1")
	require.Equal(t, "bool", h.DType.String())
	require.Equal(t, []float32{0, 1, 1, 1, 1, 1}, h.DType.Append(nil, raw))
	h, raw = open(t, "version2")
	require.Equal(t, "float32", h.DType.String())
	require.Equal(t, []float32{0, 1, -2, 3.5, -100, 7}, h.DType.Append(nil, raw))
}

func TestShapes(t *testing.T) {
	h, raw := open(t, "fortran")
	require.True(t, h.Fortran)
	require.Equal(t, []int{2, 3, 4}, h.Shape)
	require.Equal(t, []float32{0, 12, 4, 16}, h.DType.Append(nil, raw)[:4])
	h, raw = open(t, "scalar")
	require.Empty(t, h.Shape)
	require.Equal(t, []float32{2.5}, h.DType.Append(nil, raw))
	h, raw = open(t, "empty")
	require.Equal(t, []int{0, 3}, h.Shape)
	require.Empty(t, raw)
}

func TestText(t *testing.T) {
	for _, name := range []string{"text_little", "text_big"} {
		h, raw := open(t, name)
		require.True(t, h.DType.IsText())
		require.False(t, h.DType.IsNumber())
		var words []string
		for ; len(raw) > 0; raw = raw[h.DType.Size:] {
			words = append(words, h.DType.Text(raw[:h.DType.Size]))
		}
		require.Equal(t, []string{"hä", "yes", "", "\U0001f600 no"}, words, name)
	}
	h, raw := open(t, "bytes")
	require.True(t, h.DType.IsText())
	require.Equal(t, "a", h.DType.Text(raw[:2]))
	require.Equal(t, "bc", h.DType.Text(raw[2:4]))

	// Zeros within a text stay; what is no character is replaced.
	d, err := ParseDType("<U3")
	require.NoError(t, err)
	require.Equal(t, "a\x00b", d.Text([]byte("a\x00\x00\x00\x00\x00\x00\x00b\x00\x00\x00")))
	require.Equal(t, "\ufffd", d.Text([]byte("\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00")))
}

// What is read as neither is told by its code.
func TestOthers(t *testing.T) {
	for name, code := range map[string]string{"complex": "<c8", "times": ""} {
		if name == "times" {
			data, err := os.ReadFile("testdata/times.npy")
			require.NoError(t, err)
			_, err = ReadHeader(bytes.NewReader(data))
			require.ErrorIs(t, err, ErrUnsupported)
			require.ErrorContains(t, err, `"<M8[D]"`)
			continue
		}
		h, _ := open(t, name)
		require.Equal(t, code, h.DType.String())
		require.False(t, h.DType.IsNumber() || h.DType.IsText())
	}
	h, _ := open(t, "objects")
	require.True(t, h.Pickled)
	data, err := os.ReadFile("testdata/structured.npy")
	require.NoError(t, err)
	_, err = ReadHeader(bytes.NewReader(data))
	require.ErrorIs(t, err, ErrFormat)
	require.ErrorContains(t, err, "('a', '<f4')")
}

func TestElements(t *testing.T) {
	for _, test := range []struct {
		shape []int
		want  int
	}{{nil, 1}, {[]int{2, 3}, 6}, {[]int{math.MaxInt, 0, math.MaxInt}, 0}} {
		n, err := Elements(test.shape)
		require.NoError(t, err)
		require.Equal(t, test.want, n)
	}
	for _, shape := range [][]int{{-1}, {0, -1}, {math.MaxInt}, {1 << 20, 1 << 20, 1 << 20, 1 << 20}, make([]int, 65)} {
		_, err := Elements(shape)
		require.ErrorIs(t, err, ErrFormat, "%v", shape)
	}
}

// The header is NumPy's, to the byte.
func TestAppendHeader(t *testing.T) {
	for _, name := range []string{"f4_little", "empty", "scalar"} {
		h, raw := open(t, name)
		data, err := os.ReadFile(filepath.Join("testdata", name+".npy"))
		require.NoError(t, err)
		require.Equal(t, string(data[:len(data)-len(raw)]), string(AppendHeader(nil, h.Shape)), name)
	}
	h, err := ReadHeader(bytes.NewReader(AppendHeader(nil, []int{7})))
	require.NoError(t, err)
	require.Equal(t, []int{7}, h.Shape)
	long := make([]int, MaxRank)
	for i := range long {
		long[i] = math.MaxInt
	}
	h, err = ReadHeader(bytes.NewReader(AppendHeader(nil, long)))
	require.NoError(t, err)
	require.Equal(t, long, h.Shape)
}

// failing is a reader that is interrupted.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestReadErrors(t *testing.T) {
	_, err := ReadHeader(failing{})
	require.ErrorIs(t, err, io.ErrClosedPipe)
	_, err = ReadHeader(strings.NewReader(""))
	require.ErrorIs(t, err, ErrFormat)
	_, err = ReadHeader(strings.NewReader("\x93NUMPY\x02\x00\xff\xff\xff\xff"))
	require.ErrorContains(t, err, "4294967295 bytes; it may have 65536")
}

// A header is read or refused; what is read has a size that can be counted.
func FuzzReadHeader(f *testing.F) {
	names, err := filepath.Glob("testdata/*.npy")
	require.NoError(f, err)
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add(append([]byte("\x93NUMPY\x03\x00"), binary.LittleEndian.AppendUint32(nil, math.MaxUint32)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		h, err := ReadHeader(r)
		if err != nil {
			return
		}
		n, err := Elements(h.Shape)
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
			return
		}
		require.GreaterOrEqual(t, n, 0)
		raw := data[len(data)-r.Len():]
		switch {
		case h.DType.IsNumber():
			require.Len(t, h.DType.Append(nil, raw), len(raw)/h.DType.Size)
		case h.DType.IsText() && len(raw) >= h.DType.Size:
			h.DType.Text(raw[:h.DType.Size])
		}
	})
}
