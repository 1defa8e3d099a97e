package keras_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sepconv/go/internal/workers"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The same bits with any number of threads, also where sharing does not pay.
func TestProgramThreads(t *testing.T) {
	workers.Always(true)
	defer workers.Always(false)
	for _, c := range programCases(t) {
		t.Run(c.name, func(t *testing.T) {
			var first [][]float32
			for _, threads := range []int{1, 2, 7} {
				p, err := c.model(t).Compile(sepconv.WithThreads(threads))
				require.NoError(t, err)
				out := c.run(t, p)
				if first == nil {
					first = out
				}
				require.Equal(t, allBits(first), allBits(out), "%d threads", threads)
			}
		})
	}
}

// Whatever a file is, Compile returns an error or a program that runs.
func TestCompileEveryFile(t *testing.T) {
	names, err := filepath.Glob("testdata/*/*.*")
	require.NoError(t, err)
	compiled := 0
	for _, name := range names {
		m, err := keras.Open(name)
		if err != nil {
			continue
		}
		p, err := m.Compile(keras.WithMaxMemory(1 << 24))
		if err != nil {
			require.True(t, errors.Is(err, sepconv.ErrConfig) || errors.Is(err, sepconv.ErrFile) || errors.Is(err, sepconv.ErrShape), "%s: %v", name, err)
			continue
		}
		compiled++
		runSomehow(p)
	}
	require.Greater(t, compiled, 20)
}

// runSomehow runs a program on inputs of some steps.
func runSomehow(p *keras.Program) {
	for _, steps := range []int{0, 1, 9} {
		var inputs, outputs [][]float32
		lengths := make([]int, len(p.Inputs()))
		for i, in := range p.Inputs() {
			n := 2
			for _, d := range in.Shape[1:] {
				if d < 0 {
					d, lengths[i] = steps, steps
				}
				if d > 1<<20/max(n, 1) {
					return
				}
				n *= d
			}
			x := make([]float32, n)
			for j := range x {
				x[j] = float32(j % 5)
			}
			inputs = append(inputs, x)
		}
		shapes, err := p.OutputShapes(2, lengths...)
		if err != nil {
			continue
		}
		for _, s := range shapes {
			n := 1
			for _, d := range s {
				if d > 1<<22/max(n, 1) {
					return
				}
				n *= d
			}
			outputs = append(outputs, make([]float32, n))
		}
		_ = p.Run(outputs, inputs, 2)
	}
}

// One value of a configuration is another one: nothing panics or allocates without
// bound.
func TestCompileMutatedConfigs(t *testing.T) {
	values := []string{"null", "0", "-1", "1", "2", "3", "65537", "2147483647", "9223372036854775807", "1e300", "true", "false", `"same"`, `"channels_first"`, `"x"`, "[]", "[0]", "[1,2]", "[-1,1]", "[[1,2]]", "{}"}
	random := rand.New(rand.NewPCG(1, 17))
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	for _, c := range programCases(t) {
		m := c.model(t)
		config := string(m.Config())
		places := places(config)
		for range 12 * rounds {
			at := places[random.IntN(len(places))]
			text := config[:at[0]] + values[random.IntN(len(values))] + config[at[1]:]
			mutated := c.withConfig(t, text)
			if mutated == nil {
				continue
			}
			if p, err := mutated.Compile(keras.WithMaxMemory(1 << 24)); err == nil {
				runSomehow(p)
			}
		}
	}
}

// places finds the numbers and words of a JSON that are values.
func places(text string) (list [][2]int) {
	for i := 0; i < len(text); i++ {
		if text[i] != ':' && text[i] != '[' && text[i] != ',' {
			continue
		}
		start := i + 1
		for start < len(text) && text[start] == ' ' {
			start++
		}
		d := json.NewDecoder(strings.NewReader(text[start:]))
		var raw json.RawMessage
		if start == len(text) || strings.ContainsRune(`{}]"`, rune(text[start])) && text[start] != '"' || d.Decode(&raw) != nil {
			continue
		}
		end := start + len(raw)
		if end < len(text) && text[end] == ':' {
			continue
		}
		list = append(list, [2]int{start, end})
	}
	return list
}

// withConfig returns the model of another configuration, with the weights as far as
// they fit; nil if there is none.
func (c *programCase) withConfig(t testing.TB, text string) *keras.Model {
	m, err := keras.Read(bytes.NewReader([]byte(text)), int64(len(text)))
	if err != nil {
		return nil
	}
	source := map[string]*keras.Layer{}
	for l := range c.model(t).All() {
		source[l.Path] = l
	}
	for l := range m.All() {
		if from := source[l.Path]; from != nil {
			l.Weights = from.Weights
			if len(l.Layers) == 0 {
				l.Layers = from.Layers
			}
		}
	}
	return m
}

func compileJSON(t testing.TB, layers string, more ...string) (*keras.Program, error) {
	text := `{"class_name": "Sequential", "config": {"name": "m", "layers": [{"class_name": "InputLayer", "config": {"name": "i", "batch_input_shape": [null, null, 3]}}` + layers + `]}, "keras_version": "2.15.0"}`
	m, err := keras.Read(strings.NewReader(text), int64(len(text)))
	require.NoError(t, err, more)
	return m.Compile()
}

// What is not computed is named.
func TestCompileRefuses(t *testing.T) {
	for layer, want := range map[string]string{
		`{"class_name": "Lambda", "config": {"name": "l", "function": ["x", null, null]}}`:                                    `layer "l" of class "Lambda": unsupported operation: a Lambda is Python code`,
		`{"class_name": "MultiHeadAttention", "config": {"name": "l"}}`:                                                       `class "MultiHeadAttention": unsupported operation`,
		`{"class_name": "mine>Own", "config": {"name": "l"}}`:                                                                 `class "mine>Own": unsupported operation: it is a class of your own`,
		`{"class_name": "MaxPooling1D", "config": {"name": "l", "pool_size": 0}}`:                                             `pool_size is 0; it must be an integer from 1 on`,
		`{"class_name": "MaxPooling1D", "config": {"name": "l", "pool_size": 2147483648}}`:                                    `pool_size is 2147483648; it must be at most 2147483647`,
		`{"class_name": "MaxPooling1D", "config": {"name": "l", "padding": "causal"}}`:                                        `padding is "causal"; it must be one of ["valid" "same"]`,
		`{"class_name": "Dense", "config": {"name": "l", "units": 4}}`:                                                        `it has no weights`,
		`{"class_name": "GRU", "config": {"name": "l", "units": 4, "stateful": true}}`:                                        `stateful is true`,
		`{"class_name": "Permute", "config": {"name": "l", "dims": [1, 1]}}`:                                                  `dims is [1, 1]`,
		`{"class_name": "Reshape", "config": {"name": "l", "target_shape": [-1, -1]}}`:                                        `target_shape is [-1, -1]`,
		`{"class_name": "Softmax", "config": {"name": "l", "axis": [1, 3]}}`:                                                  `axis is [1, 3]`,
		`{"class_name": "Dropout", "config": {"name": "l", "rate": 0.5}}, {"class_name": "Flatten", "config": {"name": "f"}}`: "",
	} {
		_, err := compileJSON(t, ", "+layer)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, sepconv.ErrConfig, layer)
		require.ErrorContains(t, err, want)
		if strings.Contains(want, "unsupported") {
			require.ErrorIs(t, err, errors.ErrUnsupported)
		}
	}
}

// Wrong arguments of a run are errors, and write nothing.
func TestProgramBadInput(t *testing.T) {
	p, err := compileJSON(t, `, {"class_name": "MaxPooling1D", "config": {"name": "pool", "pool_size": 4}}, {"class_name": "Activation", "config": {"name": "a", "activation": "relu"}}`)
	require.NoError(t, err)
	in, out := make([]float32, 2*8*3), make([]float32, 2*2*3)
	require.NoError(t, p.Run([][]float32{out}, [][]float32{in}, 2))
	for i := range out {
		out[i] = 7
	}
	for name, err := range map[string]error{
		"short input":      p.Run([][]float32{out}, [][]float32{in[:47]}, 2),
		"too few steps":    p.Run([][]float32{out}, [][]float32{in[:18]}, 2),
		"short output":     p.Run([][]float32{out[:11]}, [][]float32{in}, 2),
		"no input":         p.Run([][]float32{out}, nil, 2),
		"two outputs":      p.Run([][]float32{out, out}, [][]float32{in}, 2),
		"negative batch":   p.Run([][]float32{out}, [][]float32{in}, -1),
		"another batch":    p.Run([][]float32{out}, [][]float32{in}, 5),
		"batch of nothing": p.Run([][]float32{out}, [][]float32{in}, 0),
	} {
		require.ErrorIs(t, err, sepconv.ErrShape, name)
	}
	require.ErrorIs(t, p.Run([][]float32{in[:12]}, [][]float32{in}, 2), sepconv.ErrOverlap)
	require.ErrorContains(t, p.Run([][]float32{out}, [][]float32{in[:18]}, 2), `layer "pool" of class "MaxPooling1D"`)
	require.NoError(t, p.Run([][]float32{{}}, [][]float32{{}}, 0))
	// The number of elements leaves an int.
	err = p.Run([][]float32{{}}, [][]float32{{}}, math.MaxInt/2+1)
	require.ErrorIs(t, err, sepconv.ErrShape)
	require.ErrorContains(t, err, "more than an int can count")
	for _, x := range out {
		require.Equal(t, float32(7), x)
	}
	_, err = p.OutputShapes(1)
	require.ErrorIs(t, err, sepconv.ErrShape)
	_, err = p.OutputShapes(1, -4)
	require.ErrorIs(t, err, sepconv.ErrShape)
	_, err = p.OutputShapes(math.MaxInt, math.MaxInt)
	require.ErrorIs(t, err, sepconv.ErrShape)
}

// An index that a table has not is an error before anything is written; in Keras 3 a
// negative one counts from the end.
func TestProgramIndices(t *testing.T) {
	for _, c := range programCases(t) {
		if !strings.HasSuffix(c.name, "/embedding") {
			continue
		}
		p, err := c.model(t).Compile()
		require.NoError(t, err)
		require.True(t, p.Inputs()[0].Integer)
		out := []float32{7, 7, 7, 7, 7}
		for _, index := range []float32{11, -12, float32(math.NaN()), float32(math.Inf(1))} {
			err := p.Run([][]float32{out}, [][]float32{{1, index}}, 1)
			require.ErrorIs(t, err, sepconv.ErrShape)
			require.ErrorContains(t, err, fmt.Sprintf("element 1 of its input is %v", index))
		}
		require.Equal(t, []float32{7, 7, 7, 7, 7}, out)
		last := make([]float32, 5)
		require.NoError(t, p.Run([][]float32{last}, [][]float32{{10}}, 1))
		err = p.Run([][]float32{out}, [][]float32{{-1}}, 1)
		if strings.HasPrefix(c.name, "keras2") {
			require.ErrorIs(t, err, sepconv.ErrShape)
		} else {
			require.NoError(t, err)
			require.Equal(t, last, out)
		}
	}
}

// A run that would take more than the limit is an error.
func TestProgramMemory(t *testing.T) {
	text := `{"class_name": "Sequential", "config": {"name": "m", "layers": [{"class_name": "InputLayer", "config": {"name": "i", "batch_input_shape": [null, null, 3]}},
		{"class_name": "UpSampling1D", "config": {"name": "up", "size": 1000000}}, {"class_name": "GlobalAveragePooling1D", "config": {"name": "g"}}]}}`
	m, err := keras.Read(strings.NewReader(text), int64(len(text)))
	require.NoError(t, err)
	p, err := m.Compile(keras.WithMaxMemory(4 << 20))
	require.NoError(t, err)
	err = p.Run([][]float32{make([]float32, 3)}, [][]float32{make([]float32, 30)}, 1)
	require.ErrorIs(t, err, sepconv.ErrShape)
	require.ErrorContains(t, err, "limit of 4194304 bytes (keras.WithMaxMemory)")
	_, err = m.Compile(keras.WithMaxMemory(0))
	require.ErrorIs(t, err, sepconv.ErrConfig)
}

// double is a layer of the user's own.
type double struct{}

func (double) OutputShape(in [][]int) ([]int, error) { return in[0], nil }

func (double) Run(y []float32, in [][]float32, _ [][]int) {
	for i, x := range in[0] {
		y[i] = 2 * x
	}
}

func TestRegister(t *testing.T) {
	own := `, {"class_name": "test>Double", "config": {"name": "l"}}`
	_, err := compileJSON(t, own)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.NoError(t, keras.Register("test>Double", func(*keras.Layer) (keras.Op, error) { return double{}, nil }))
	p, err := compileJSON(t, own)
	require.NoError(t, err)
	out := make([]float32, 3)
	require.NoError(t, p.Run([][]float32{out}, [][]float32{{1, 2, 3}}, 1))
	require.Equal(t, []float32{2, 4, 6}, out)

	build := func(*keras.Layer) (keras.Op, error) { return double{}, nil }
	for _, name := range []string{"test>Double", "", "Dense", "GlobalAveragePooling1D", "relu", "test>"} {
		require.ErrorIs(t, keras.Register(name, build), sepconv.ErrConfig, name)
	}
	require.ErrorIs(t, keras.Register("test>Nil", nil), sepconv.ErrConfig)
}

// Goroutines share a program, each with inputs of its own length.
func TestProgramConcurrently(t *testing.T) {
	for _, c := range programCases(t) {
		if !strings.HasSuffix(c.name, "/residual") && !strings.HasSuffix(c.name, "/lstm_masked") {
			continue
		}
		p, err := c.model(t).Compile()
		require.NoError(t, err)
		want := allBits(c.run(t, p))
		var group sync.WaitGroup
		for range 4 {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := range 20 {
					outputs, inputs := c.slices()
					if i%2 == 1 { // the first of the batch alone
						for j := range outputs {
							outputs[j], inputs[j] = outputs[j][:len(outputs[j])/c.batch()], inputs[j][:len(inputs[j])/c.batch()]
						}
						assert.NoError(t, p.Run(outputs, inputs, 1))
						continue
					}
					assert.NoError(t, p.Run(outputs, inputs, c.batch()))
					assert.Equal(t, want, allBits(outputs))
				}
			}()
		}
		group.Wait()
	}
}

// A model made in Go of a layer computes what the layer does, and other weights once it
// is compiled anew.
func TestCompileSequential(t *testing.T) {
	layer, err := sepconv.New(sepconv.Config{Filters: 5, KernelSize: 3, Padding: sepconv.Same, Activation: sepconv.Tanh}, 4)
	require.NoError(t, err)
	m, err := keras.Sequential("made", layer)
	require.NoError(t, err)
	in := make([]float32, 2*9*4)
	for i := range in {
		in[i] = float32(i%7) - 3
	}
	run := func() (whole, alone []float32) {
		p, err := m.Compile()
		require.NoError(t, err)
		plan, err := layer.Compile()
		require.NoError(t, err)
		whole, alone = make([]float32, 2*9*5), make([]float32, 2*9*5)
		require.NoError(t, p.Run([][]float32{whole}, [][]float32{in}, 2))
		require.NoError(t, plan.Run(alone, in, 2, 9))
		return whole, alone
	}
	before, alone := run()
	require.Equal(t, alone, before)
	require.NoError(t, layer.Initialize(3))
	require.NoError(t, m.Layers[len(m.Layers)-1].SetWeights(layer.Weights()))
	after, alone := run()
	require.Equal(t, alone, after)
	require.NotEqual(t, before, after)
}
