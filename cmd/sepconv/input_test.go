package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/sepconv/go/internal/npy"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

func numeric(shape ...int) port { return port{Port: keras.Port{Name: "x", Shape: shape}} }

// textPorts returns the inputs of a model that reads text.
func textPorts(t testing.TB, name string) []port {
	model, err := keras.Open(data(name))
	require.NoError(t, err)
	program, err := model.Compile()
	require.NoError(t, err)
	return portsOf(model, program)
}

// read returns all examples of an input.
func read(text string, ports []port, o inputOptions) (all [][]float32, about string, err error) {
	if o.format == "" {
		o.format = "auto"
	}
	if o.header == "" {
		o.header = "auto"
	}
	if o.maxBytes == 0 {
		o.maxBytes = 1 << 20
	}
	list := make([]int, len(ports))
	for i := range list {
		list[i] = i
	}
	in, err := openInput(&env{ctx: context.Background(), stdin: strings.NewReader(text)}, "-", ports, list, o)
	if err != nil {
		return nil, "", err
	}
	defer in.close()
	for {
		clear(in.values)
		switch err := in.take(); {
		case err == io.EOF:
			return all, in.about(), nil
		case err != nil:
			return all, "", err
		}
		all = append(all, in.values[0])
	}
}

func TestFit(t *testing.T) {
	for _, test := range []struct {
		array []int
		port  []int // with the batch
		want  int   // -1 if it does not fit
	}{
		{[]int{5, 7, 3}, []int{-1, -1, 3}, 5},
		{[]int{7, 3}, []int{-1, -1, 3}, 1},
		{[]int{7, 3}, []int{-1, 7, 3}, 1},
		{[]int{7, 4}, []int{-1, -1, 3}, -1},
		{[]int{3}, []int{-1, -1, 3}, -1},
		{[]int{2, 7, 3, 1}, []int{-1, -1, 3}, 2},
		{[]int{0, 7, 3}, []int{-1, -1, 3}, 0},
		{[]int{5, 100}, []int{-1, -1, 1}, 5}, // without the channel
		{[]int{100, 1}, []int{-1, -1, 1}, 1},
		{[]int{100}, []int{-1, -1, 1}, 1},
		{[]int{1, 1}, []int{-1, -1, 1}, 1},
		{[]int{5, 4}, []int{-1, 4}, 5},
		{[]int{4}, []int{-1, 4}, 1},
		{[]int{5, 4, 1}, []int{-1, 4}, 5},
		{[]int{4, 5}, []int{-1, 4}, -1},
		{[]int{6}, []int{-1}, 6},
		{[]int{}, []int{-1}, 1},
		{[]int{6, 1}, []int{-1}, 6},
		{[]int{}, []int{-1, -1, 3}, -1},
		{[]int{9}, []int{-1, 1}, 9},
	} {
		n, err := fit(test.array, numeric(test.port...))
		if test.want < 0 {
			require.ErrorContains(t, err, "its shape is "+shapeText(test.array), "%v", test)
			continue
		}
		require.NoError(t, err, "%v", test)
		require.Equal(t, test.want, n, "%v", test)
	}
}

// Rows are steps or examples, as the number of columns says.
func TestCSV(t *testing.T) {
	for _, test := range []struct {
		text string
		port []int
		o    inputOptions
		want [][]float32
	}{
		{"1,2\n3,4\n", []int{-1, -1, 2}, inputOptions{}, [][]float32{{1, 2, 3, 4}}},
		{"\ufeff1,2\r\n\r\n3,4\r\n", []int{-1, -1, 2}, inputOptions{}, [][]float32{{1, 2, 3, 4}}},
		{"1,2\n3,4\n5,6\n", []int{-1, -1, 2}, inputOptions{steps: 1}, [][]float32{{1, 2}, {3, 4}, {5, 6}}},
		{"a,b\n1,2\n3,4\n", []int{-1, 2, 2}, inputOptions{}, [][]float32{{1, 2, 3, 4}}},
		{"1,2\n3,4\n", []int{-1, 2}, inputOptions{}, [][]float32{{1, 2}, {3, 4}}},
		{"9,9\n3,4\n", []int{-1, 2}, inputOptions{header: "yes"}, [][]float32{{3, 4}}},
		{"1,2,3\n4,5\n", []int{-1, -1}, inputOptions{}, [][]float32{{1, 2, 3}, {4, 5}}}, // indices
		{"1,2,3\n4,5\n", []int{-1, -1, 1}, inputOptions{}, [][]float32{{1, 2, 3}, {4, 5}}},
		{"1\n2\n", []int{-1, -1, 1}, inputOptions{}, [][]float32{{1, 2}}},
		{"1\n2\n", []int{-1}, inputOptions{}, [][]float32{{1}, {2}}},
		{"1;2\n3;4\n", []int{-1, -1, 2}, inputOptions{}, [][]float32{{1, 2, 3, 4}}},
		{"1|2\n3|4\n", []int{-1, -1, 2}, inputOptions{comma: "|"}, [][]float32{{1, 2, 3, 4}}},
		{"# x\n  1  2\n3 4\n", []int{-1, -1, 2}, inputOptions{}, [][]float32{{1, 2, 3, 4}}},
		{"\"1\", 2.5e-1\n-inf,0x10p0\n", []int{-1, -1, 2}, inputOptions{}, [][]float32{{1, 0.25, float32(negativeInfinity()), 16}}},
		{"1,2,3,4\n5,6,7,8\n", []int{-1, 2, 2}, inputOptions{}, [][]float32{{1, 2, 3, 4}, {5, 6, 7, 8}}},
		{"1,2\n3,4\n5,6\n7,8\n", []int{-1, 1, 2, 2}, inputOptions{}, [][]float32{{1, 2, 3, 4}, {5, 6, 7, 8}}},
	} {
		got, about, err := read(test.text, []port{numeric(test.port...)}, test.o)
		require.NoError(t, err, "%q", test.text)
		require.Equal(t, test.want, got, "%q: %s", test.text, about)
	}
}

func negativeInfinity() float64 { return -1 / zero }

var zero float64

// Texts in each form give the same numbers.
func TestTextForms(t *testing.T) {
	reviews, words := textPorts(t, "reviews.keras"), textPorts(t, "words.keras")
	want, _, err := read("good film\n\nnot \"bad\"", reviews, inputOptions{})
	require.NoError(t, err)
	require.Equal(t, [][]float32{{4, 3, 0, 0, 0, 0}, make([]float32, 6), {6, 5, 0, 0, 0, 0}}, want)
	got, about, err := read("text\ngood film\n\"\"\n\"not \"\"bad\"\"\"\n", reviews, inputOptions{format: "csv", header: "yes"})
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, "csv, a row an example, after a header", about)

	want, _, err = read("rome oslo there\n", words, inputOptions{})
	require.NoError(t, err)
	require.Equal(t, [][]float32{{2, 3, 0}}, want)
	got, _, err = read("rome,oslo,new york\n", words, inputOptions{format: "csv"})
	require.NoError(t, err)
	require.Equal(t, [][]float32{{2, 3, 1}}, got)

	// As many numbers as tokens where nothing is cut off, however long.
	open := textPorts(t, "open_reviews.keras")
	long := strings.Repeat("good ", 1000)
	all, _, err := read("film\n\n"+long+"\n", open, inputOptions{})
	require.NoError(t, err)
	require.Equal(t, []int{1, 1, 1000}, []int{len(all[0]), len(all[1]), len(all[2])})
	require.Equal(t, float32(0), all[1][0])
	require.Equal(t, float32(4), all[2][999])
}

// A header that promises much makes nobody allocate it.
func TestPromises(t *testing.T) {
	ports := []port{numeric(-1, -1, 3)}
	for name, text := range map[string]string{
		"examples": string(npy.AppendHeader(nil, []int{1 << 24, 10, 3})) + "few",
		"steps":    string(npy.AppendHeader(nil, []int{1, 1 << 27, 3})) + "few",
		"fortran":  strings.NewReplacer("False", "True", "\n", " \n").Replace(string(npy.AppendHeader(nil, []int{100, 1 << 20, 3}))) + "few",
		"wav":      "RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data\xff\xff\xff\xff12",
	} {
		budgettest.Bounded(t, name, 0, func() {
			_, _, err := read(text, ports, inputOptions{maxBytes: 2 << 30})
			require.Error(t, err, name)
		})
	}
}

// Whatever a file holds, it is read within the limit or refused.
func FuzzInput(f *testing.F) {
	for _, pattern := range []string{data("*"), filepath.Join("..", "..", "internal", "npy", "testdata", "*.npy")} {
		names, err := filepath.Glob(pattern)
		require.NoError(f, err)
		for _, name := range names {
			if info, err := os.Stat(name); err != nil || info.IsDir() || info.Size() > 10000 {
				continue
			}
			for i := range 7 {
				f.Add([]byte(contents(f, name)), uint8(i), uint8(i))
			}
		}
	}
	ports := [][]port{
		{numeric(-1, -1, 3)}, {numeric(-1, 4, 2)}, {numeric(-1, -1, 1)}, {numeric(-1)}, {numeric(-1, 2, -1)},
		textPorts(f, "open_reviews.keras"), textPorts(f, "words.keras"),
	}
	ports[2][0].Integer = true
	forms := []string{"auto", "csv", "text", "npy", "wav"}
	f.Fuzz(func(t *testing.T, text []byte, kind, how uint8) {
		own := ports[int(kind)%len(ports)]
		o := inputOptions{format: forms[int(how)%len(forms)], header: "auto", maxBytes: 1 << 14, mono: how&64 != 0, pad: how&128 != 0}
		r := bufio.NewReader(bytes.NewReader(text))
		if o.format == "auto" {
			var err error
			if o.format, err = sniff(r, own, "x.csv"); err != nil {
				return
			}
		}
		e, err := formats[o.format](r, own, o)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.NotEmpty(t, e.about())
		dst := make([][]float32, len(own))
		for n := 0; n < 1000; n++ {
			dst[0] = dst[0][:0]
			if e.next(dst) != nil {
				return
			}
			require.LessOrEqual(t, int64(len(dst[0])), o.maxBytes)
			if own[0].Text == nil && e.count() >= 0 {
				require.Less(t, n, max(e.count(), 1))
			}
		}
	})
}

// What a model's file asks for is not allocated.
func TestPaddingKeepsToTheLimit(t *testing.T) {
	f := &wavFile{samples: make([]float32, 3)}
	f.pad(numeric(-1, 100, 1), 100)
	require.Len(t, f.samples, 100)
	f.pad(numeric(-1, math.MaxInt, 1), 100)
	require.Len(t, f.samples, 100)
}

// Unpacking what a stranger's model has computed writes no files elsewhere.
func TestNamesInArchives(t *testing.T) {
	var b bytes.Buffer
	var ports []keras.Port
	for _, name := range []string{"block/dense", "../../x", "output_1", "/x", `..\x`, "C:x", "a\x00b", "."} {
		ports = append(ports, keras.Port{Name: name})
	}
	s := sinks["npz"](&b, ports, sinkOptions{maxBytes: 1 << 10})
	require.NoError(t, s.write(0, "", make([][]float32, len(ports)), make([][]int, len(ports))))
	require.NoError(t, s.close())
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	require.NoError(t, err)
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	require.Equal(t, []string{"block/dense.npy", "output_1_.npy", "output_1.npy", "output_3.npy", "output_4.npy", "output_5.npy", "output_6.npy", "..npy"}, names)
}
