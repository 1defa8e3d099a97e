package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/npy"
	"github.com/stretchr/testify/require"
)

// goldenModel is a model of sepconv/keras/testdata/models, whose README says what is
// where.
type goldenModel struct {
	Name  string `json:"name"`
	Files []struct {
		Model   string `json:"model"`
		Weights string `json:"weights"`
	} `json:"files"`
	Inputs []string `json:"inputs"`
	Runs   []struct {
		Inputs  []goldenArray `json:"inputs"`
		Outputs []goldenArray `json:"outputs"`
	} `json:"runs"`
}

type goldenArray struct {
	Shape  []int    `json:"shape"`
	DType  string   `json:"dtype"`
	Offset int      `json:"offset"`
	Text   []string `json:"text"`
	Rest   int      `json:"rest"`
	Scale  float64  `json:"scale"`
}

func unzip(t testing.TB, name string) map[string][]byte {
	files := map[string][]byte{}
	z, err := zip.OpenReader(name)
	require.NoError(t, err)
	defer z.Close()
	for _, member := range z.File {
		r, err := member.Open()
		require.NoError(t, err)
		files[member.Name], err = io.ReadAll(r)
		require.NoError(t, err)
	}
	return files
}

func float32At(b []byte, i int) float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
}

// refused are the models that Compile refuses.
var refused = []string{"whole_texts_of_no_axis"}

// Every golden model, from each of its files, with arrays and texts as files: what the
// command prints is within the model's bound of what Keras computes in float64.
func TestGoldenModels(t *testing.T) {
	packs, err := filepath.Glob(filepath.Join("..", "..", "sepconv", "keras", "testdata", "models", "keras*.zip"))
	require.NoError(t, err)
	require.Len(t, packs, 8)
	models := 0
	for _, pack := range packs {
		files := unzip(t, pack)
		dir := t.TempDir()
		for name, data := range files {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
		}
		for lines := bufio.NewScanner(bytes.NewReader(files["index.jsonl"])); lines.Scan(); {
			m := &goldenModel{}
			require.NoError(t, json.Unmarshal(lines.Bytes(), m))
			if slices.Contains(refused, m.Name) {
				continue
			}
			models++
			t.Run(strings.TrimSuffix(filepath.Base(pack), ".zip")+"/"+m.Name, func(t *testing.T) { m.check(t, dir, files) })
		}
	}
	require.Greater(t, models, 120)
}

func (m *goldenModel) check(t *testing.T, dir string, files map[string][]byte) {
	for n, run := range m.Runs {
		args := m.inputs(t, dir, files, n)
		var first string
		for _, f := range m.Files {
			call := append([]string{"run", filepath.Join(dir, f.Model)}, args...)
			if f.Weights != "" {
				call = append(call, "-weights", filepath.Join(dir, f.Weights))
			}
			// The names of layers may differ from file to file, the numbers not.
			file := filepath.Join(dir, "out.npz")
			succeed(t, "", append(call, "-o", file)...)
			printed := succeed(t, "", call...)
			arrays := unzip(t, file)
			require.Len(t, arrays, len(run.Outputs))
			names := outputNames(t, printed)
			require.Len(t, names, len(run.Outputs))
			all := ""
			for i, out := range run.Outputs {
				shape, values := readArray(t, string(arrays[names[i]+".npy"]))
				require.Equal(t, out.Shape, shape)
				all += fmt.Sprint(values)
				var lines []float64
				for _, e := range examplesIn(t, printed) {
					lines = flatten(t, lines, e.Outputs[names[i]])
				}
				require.Len(t, lines, len(values))
				for j, y := range values {
					truth := float64(float32At(files["values.f32"], out.Offset+j)) + float64(float32At(files["rest.f32"], out.Rest+j))
					if math.IsNaN(truth) {
						require.True(t, math.IsNaN(float64(y)) && math.IsNaN(lines[j]))
						continue
					}
					require.Equal(t, y, float32(lines[j]))
					require.LessOrEqual(t, math.Abs(float64(y)-truth), out.Scale, "%s, run %d, output %d, element %d", f.Model, n, i, j)
				}
			}
			if first == "" {
				first = all
			}
			require.Equal(t, first, all, f.Model)
		}
	}
}

// outputNames returns the names of the outputs in the order of the model.
func outputNames(t testing.TB, printed string) (names []string) {
	line, _, _ := strings.Cut(printed, "\n")
	_, outputs, ok := strings.Cut(line, `"outputs":`)
	require.True(t, ok)
	d := json.NewDecoder(strings.NewReader(outputs))
	_, err := d.Token()
	require.NoError(t, err)
	for d.More() {
		name, err := d.Token()
		require.NoError(t, err)
		names = append(names, name.(string))
		var value any
		require.NoError(t, d.Decode(&value))
	}
	return names
}

// inputs writes the inputs of a run to files, and returns the arguments that give them.
func (m *goldenModel) inputs(t *testing.T, dir string, files map[string][]byte, run int) (args []string) {
	for i, in := range m.Runs[run].Inputs {
		name := filepath.Join(dir, fmt.Sprintf("in%d.npy", i))
		if in.DType == "string" {
			name = filepath.Join(dir, "in.csv")
			writeTexts(t, name, in)
			return []string{name}
		}
		array := npy.AppendHeader(nil, in.Shape)
		n := product(in.Shape)
		array = append(array, files["values.f32"][4*in.Offset:][:4*n]...)
		require.NoError(t, os.WriteFile(name, array, 0o600))
		args = append(args, "-input", fmt.Sprintf("%d=%s", i, name))
	}
	return args
}

func writeTexts(t *testing.T, name string, in goldenArray) {
	text := ""
	width := len(in.Text) / in.Shape[0]
	for i, word := range in.Text {
		end := ","
		if i%width == width-1 {
			end = "\n"
		}
		text += `"` + strings.ReplaceAll(word, `"`, `""`) + `"` + end
	}
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
}
