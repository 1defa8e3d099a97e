package keras_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// programCase is a model, and what Keras made of some inputs, that
// testdata/programs/make.py wrote.
type programCase struct {
	name    string
	file    []byte
	Inputs  []kerasArray `json:"inputs"`
	Outputs []kerasArray `json:"outputs"`
}

type kerasArray struct {
	Shape  []int     `json:"shape"`
	Values []float32 `json:"values"`
}

// programCases reads all cases of both versions of Keras.
func programCases(t testing.TB) (cases []*programCase) {
	for _, version := range []string{"keras3", "keras2"} {
		z, err := zip.OpenReader("testdata/programs/" + version + ".zip")
		require.NoError(t, err)
		defer z.Close()
		files := map[string][]byte{}
		for _, f := range z.File {
			r, err := f.Open()
			require.NoError(t, err)
			files[f.Name], err = io.ReadAll(r)
			require.NoError(t, err)
		}
		for file, data := range files {
			name, isCase := strings.CutSuffix(file, ".json")
			if !isCase {
				continue
			}
			c := &programCase{name: version + "/" + name, file: files[name+".keras"]}
			if c.file == nil {
				c.file = files[name+".h5"]
			}
			require.NoError(t, json.Unmarshal(data, c))
			cases = append(cases, c)
		}
	}
	require.NotEmpty(t, cases)
	return cases
}

func (c *programCase) model(t testing.TB) *keras.Model {
	m, err := keras.Read(bytes.NewReader(c.file), int64(len(c.file)))
	require.NoError(t, err)
	return m
}

// slices returns the inputs, and slices for the outputs.
func (c *programCase) slices() (outputs, inputs [][]float32) {
	for _, in := range c.Inputs {
		inputs = append(inputs, in.Values)
	}
	for _, out := range c.Outputs {
		outputs = append(outputs, make([]float32, len(out.Values)))
	}
	return outputs, inputs
}

func (c *programCase) batch() int { return c.Inputs[0].Shape[0] }

// run runs a program on the inputs.
func (c *programCase) run(t testing.TB, p *keras.Program) [][]float32 {
	outputs, inputs := c.slices()
	require.Len(t, p.Outputs(), len(c.Outputs))
	require.NoError(t, p.Run(outputs, inputs, c.batch()))
	return outputs
}

// close holds outputs to Keras', which sums in another order: to a few units in the
// last place of the largest.
func (c *programCase) close(t testing.TB, outputs [][]float32) {
	for i, want := range c.Outputs {
		largest := 0.0
		for _, x := range want.Values {
			largest = max(largest, math.Abs(float64(x)))
		}
		for j, x := range want.Values {
			require.InDelta(t, x, outputs[i][j], 4e-6*(largest+0.1), "output %d, element %d", i, j)
		}
	}
}

// Every layer, as Keras 3 and Keras 2 compute it, and the same bits from every set of
// kernels and in a second run.
func TestPrograms(t *testing.T) {
	for _, c := range programCases(t) {
		t.Run(c.name, func(t *testing.T) {
			m := c.model(t)
			var first [][]float32
			for _, kernel := range sepconv.Kernels() {
				p, err := m.Compile(sepconv.WithKernel(kernel))
				require.NoError(t, err)
				require.Equal(t, kernel, p.Kernel())
				out := c.run(t, p)
				if first == nil {
					c.close(t, out)
					first = out
				}
				require.Equal(t, allBits(first), allBits(out), kernel)
				require.Equal(t, allBits(first), allBits(c.run(t, p)), "the second run")
			}
		})
	}
}

// Each element of the batch for itself gives the same bits.
func TestProgramsBatchSplit(t *testing.T) {
	for _, c := range programCases(t) {
		t.Run(c.name, func(t *testing.T) {
			p, err := c.model(t).Compile()
			require.NoError(t, err)
			whole := c.run(t, p)
			n := c.batch()
			part := func(list [][]float32, i int) (parts [][]float32) {
				for _, x := range list {
					parts = append(parts, x[i*len(x)/n:(i+1)*len(x)/n])
				}
				return parts
			}
			for i := range n {
				outputs, inputs := c.slices()
				require.NoError(t, p.Run(part(outputs, i), part(inputs, i), 1))
				require.Equal(t, allBits(part(whole, i)), allBits(part(outputs, i)))
			}
		})
	}
}

// Nothing is allocated by a run like one before it.
func TestProgramsDoNotAllocate(t *testing.T) {
	for _, c := range programCases(t) {
		t.Run(c.name, func(t *testing.T) {
			p, err := c.model(t).Compile(sepconv.WithThreads(1))
			require.NoError(t, err)
			outputs, inputs := c.slices()
			require.Zero(t, testing.AllocsPerRun(5, func() {
				if p.Run(outputs, inputs, c.batch()) != nil {
					panic("an error")
				}
			}))
		})
	}
}

// The shapes that a program tells are those of Keras' outputs.
func TestProgramShapes(t *testing.T) {
	for _, c := range programCases(t) {
		t.Run(c.name, func(t *testing.T) {
			p, err := c.model(t).Compile()
			require.NoError(t, err)
			var steps []int
			for i, in := range p.Inputs() {
				steps = append(steps, 0)
				for a, n := range in.Shape[1:] {
					if n < 0 {
						steps[i] = c.Inputs[i].Shape[a+1]
					}
				}
			}
			shapes, err := p.OutputShapes(c.batch(), steps...)
			require.NoError(t, err)
			for i, out := range c.Outputs {
				require.Equal(t, out.Shape, shapes[i])
			}
			memory, err := p.Memory(c.batch(), steps...)
			require.NoError(t, err)
			require.Less(t, memory.Run, int64(1<<20))
			require.NotEmpty(t, p.Summary())
			if slices.Max(steps) > 0 {
				_, err := p.OutputShapes(c.batch())
				require.ErrorContains(t, err, "has shape (None, ")
			}
		})
	}
}

func allBits(list [][]float32) (bits [][]uint32) {
	for _, each := range list {
		b := make([]uint32, len(each))
		for i, x := range each {
			b[i] = math.Float32bits(x)
		}
		bits = append(bits, b)
	}
	return bits
}
