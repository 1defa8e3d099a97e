package keras_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// goldenModel is a model that a real package made, and what it computed:
// testdata/models/README.md.
type goldenModel struct {
	Name       string       `json:"name"`
	Keras      string       `json:"keras"`
	Files      []goldenFile `json:"files"`
	Inputs     []string     `json:"inputs"`
	Parameters int          `json:"parameters"`
	Half       bool         `json:"half"` // Keras computed in 16 bits
	Runs       []goldenRun  `json:"runs"`

	pack *goldenPack
}

// goldenFile is the model in one format. Weights is a file of its own where Model is
// a JSON; Problem is what the package itself does not do with it.
type goldenFile struct {
	Model   string `json:"model"`
	Weights string `json:"weights"`
	Problem string `json:"problem"`
}

type goldenRun struct {
	Inputs  []goldenArray `json:"inputs"`
	Outputs []goldenArray `json:"outputs"`
}

// goldenArray is an input, or an output with the place of its value in float64 and
// how far from that rounding may lead.
type goldenArray struct {
	Shape  []int    `json:"shape"`
	DType  string   `json:"dtype"`
	Offset int      `json:"offset"`
	Text   []string `json:"text"` // of an input of type "string", in place of numbers
	Rest   int      `json:"rest"`
	Truth  int      `json:"truth"`
	Scale  float64  `json:"scale"`
}

// goldenPack is one zip: models of one generation, with their numbers.
type goldenPack struct {
	name   string
	models []*goldenModel
	files  map[string][]byte
	values []float32
	truth  []float64
}

func goldenPacks(t testing.TB, pattern string) (all []*goldenPack) {
	names, err := filepath.Glob("testdata/models/" + pattern)
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		all = append(all, readGoldenPack(t, name))
	}
	return all
}

// unzip returns the members of a zip.
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

func readGoldenPack(t testing.TB, name string) *goldenPack {
	p := &goldenPack{name: strings.TrimSuffix(filepath.Base(name), ".zip"), files: unzip(t, name)}
	for lines := bufio.NewScanner(bytes.NewReader(p.take("index.jsonl"))); lines.Scan(); {
		m := &goldenModel{pack: p}
		require.NoError(t, json.Unmarshal(lines.Bytes(), m))
		p.models = append(p.models, m)
	}
	p.values = float32s(p.take("values.f32"))
	rest := float32s(p.take("rest.f32"))
	p.truth = make([]float64, len(rest))
	for _, m := range p.models {
		for _, run := range m.Runs {
			for i := range run.Outputs {
				m.pack.complete(&run.Outputs[i], rest)
			}
		}
	}
	return p
}

// complete puts an output in float32 and its rest together.
func (p *goldenPack) complete(out *goldenArray, rest []float32) {
	out.Truth = out.Rest
	for i, y := range p.float32s(*out) {
		p.truth[out.Truth+i] = float64(y) + float64(rest[out.Rest+i])
	}
}

func float32s(b []byte) (list []float32) {
	for ; len(b) > 0; b = b[4:] {
		list = append(list, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return list
}

// take returns a member of the zip that is no model, and removes it.
func (p *goldenPack) take(member string) []byte {
	data := p.files[member]
	delete(p.files, member)
	return data
}

// float32s is an input, or what the package made in float32 of one.
func (p *goldenPack) float32s(a goldenArray) []float32 { return p.values[a.Offset:][:product(a.Shape)] }

// truths is an output in float64.
func (p *goldenPack) truths(a goldenArray) []float64 { return p.truth[a.Truth:][:product(a.Shape)] }

// open reads the model from one of its files.
func (m *goldenModel) open(t testing.TB, f goldenFile) *keras.Model {
	data := m.pack.files[f.Model]
	require.NotEmpty(t, data, f.Model)
	model, err := keras.Read(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err, f.Model)
	if f.Weights != "" {
		path := filepath.Join(t.TempDir(), f.Weights)
		require.NoError(t, os.WriteFile(path, m.pack.files[f.Weights], 0o600))
		require.NoError(t, model.LoadWeights(path), f.Weights)
	}
	return model
}

// furthest returns how far an output is from the truth at most, in the unit of the
// bound, and where; without a bound, whether it is the truth.
func (p *goldenPack) furthest(got []float32, a goldenArray) (share float64, at int) {
	for i, want := range p.truths(a) {
		d := math.Abs(float64(got[i]) - want)
		if math.IsNaN(want) && math.IsNaN(float64(got[i])) {
			continue
		}
		if math.IsNaN(d) || d > 0 && a.Scale == 0 {
			return math.Inf(1), i
		}
		if d > share*a.Scale {
			share, at = d/a.Scale, i
		}
	}
	return share, at
}

// Every file of the models is read, with all its weights, whatever the format.
func TestGoldenModelFiles(t *testing.T) {
	models, architectures := 0, map[string]bool{}
	for _, p := range goldenPacks(t, "keras*.zip") {
		used := map[string]bool{}
		for _, m := range p.models {
			models++
			architectures[m.Name] = true
			t.Run(p.name+"/"+m.Name, func(t *testing.T) {
				require.NotEmpty(t, m.Files)
				var want []uint32
				for _, f := range m.Files {
					used[f.Model] = true
					if f.Weights != "" {
						used[f.Weights] = true
					}
					model := m.open(t, f)
					count, sums := parameters(model)
					if m.readsText() {
						continue // tables, of which Keras counts nothing
					}
					require.Equal(t, m.Parameters, count, f.Model)
					if want == nil {
						want = sums
					}
					require.Equal(t, want, sums, f.Model)
					inputs := model.Graph().Inputs
					if len(inputs) > 0 {
						require.Len(t, inputs, len(m.Inputs), f.Model)
					}
				}
			})
		}
		require.Len(t, used, len(p.files), "%s: files that no model names", p.name)
	}
	require.GreaterOrEqual(t, models, 120)
	require.GreaterOrEqual(t, len(architectures), 60)
}

// parameters returns how many numbers the weights of a model have, and a checksum of
// each array, in no order: the formats differ in which layer has those of a wrapper.
// Layers in several places count once.
func parameters(m *keras.Model) (count int, sums []uint32) {
	for l := range m.All() {
		if first(l.Places()) != l {
			continue
		}
		for _, w := range l.Weights {
			count += len(w.Values)
			sums = append(sums, checksum(w.Values))
		}
	}
	slices.Sort(sums)
	return count, sums
}

func first[T any](all iter.Seq[T]) (t T) {
	for t = range all {
		break
	}
	return t
}

// The numbers of all runs are where the index says, each once, and what the packages
// computed in float32 is within the bound that everything else is held to.
func TestGoldenModelRuns(t *testing.T) {
	for _, p := range goldenPacks(t, "keras*.zip") {
		values, truth := 0, 0
		for _, m := range p.models {
			require.NotEmpty(t, m.Runs, m.Name)
			for _, run := range m.Runs {
				require.Len(t, run.Inputs, len(m.Inputs), m.Name)
				require.NotEmpty(t, run.Outputs, m.Name)
				for _, in := range run.Inputs {
					if in.DType == "string" {
						require.Len(t, in.Text, product(in.Shape), m.Name)
						continue
					}
					require.Equal(t, values, in.Offset, m.Name)
					values += product(in.Shape)
				}
				for i, out := range run.Outputs {
					require.Equal(t, values, out.Offset, m.Name)
					require.Equal(t, truth, out.Truth, m.Name)
					values, truth = values+product(out.Shape), truth+product(out.Shape)
					share, at := p.furthest(p.float32s(out), out)
					if !m.Half {
						require.LessOrEqual(t, share, 1.0, "%s/%s: output %d, element %d", p.name, m.Name, i, at)
					}
				}
			}
		}
		require.Equal(t, len(p.values), values, p.name)
		require.Equal(t, len(p.truth), truth, p.name)
	}
}

// refusedModels are those that Compile refuses: texts along the batch.
var refusedModels = []string{"whole_texts_of_no_axis"}

// Every model computes what it does in Keras, from each of its files, and the same
// bits whichever file it was.
func TestGoldenModels(t *testing.T) {
	for _, p := range goldenPacks(t, "keras*.zip") {
		for _, m := range p.models {
			name := p.name + "/" + m.Name
			t.Run(name, func(t *testing.T) {
				err := m.compute(t)
				if slices.Contains(refusedModels, m.Name) {
					require.ErrorIs(t, err, errors.ErrUnsupported)
					return
				}
				require.NoError(t, err)
			})
		}
	}
}

// Every layer that reads text gives the numbers that it does in Keras.
func TestGoldenTexts(t *testing.T) {
	layers := 0
	for _, p := range goldenPacks(t, "keras*-text.zip") {
		for _, m := range p.models {
			if slices.Contains(refusedModels, m.Name) {
				continue
			}
			model := m.open(t, m.Files[0])
			for i, output := range model.Graph().Outputs {
				l, err := model.Layer(output.Layer)
				require.NoError(t, err)
				if l.Class != "TextVectorization" && l.Class != "StringLookup" {
					continue
				}
				text, err := l.Text()
				require.NoError(t, err, l.Name)
				layers++
				in, out := m.Runs[0].Inputs[0], m.Runs[0].Outputs[i]
				batch := in.Shape[0]
				width, n := len(in.Text)/batch, product(out.Shape)/batch
				got := make([]float32, n)
				for j := range batch {
					require.NoError(t, text.Fill(got, in.Text[j*width:][:width]...))
					for k, want := range p.truths(out)[j*n:][:n] {
						require.InDelta(t, want, got[k], 1e-6, "%s, %q", l.Config, in.Text[j*width:][:width])
					}
				}
			}
		}
	}
	require.GreaterOrEqual(t, layers, 60)
}

func (m *goldenModel) readsText() bool { return m.Runs[0].Inputs[0].DType == "string" }

// compute runs the model from each of its files.
func (m *goldenModel) compute(t *testing.T) error {
	var first [][]float32
	for _, f := range m.Files {
		program, err := m.open(t, f).Compile()
		if err != nil {
			return fmt.Errorf("%s: %w", f.Model, err)
		}
		outputs, err := m.run(program)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Model, err)
		}
		if m.readsText() {
			require.Equal(t, allBits(outputs), allBits(m.runText(t, program)), f.Model)
		}
		if first == nil {
			first = outputs
		}
		require.Equal(t, allBits(first), allBits(outputs), f.Model)
	}
	return nil
}

// inputs are those of a run; of text what the program's inputs make of it.
func (m *goldenModel) inputs(program *keras.Program, run goldenRun) (inputs [][]float32, err error) {
	if !m.readsText() {
		for _, in := range run.Inputs {
			inputs = append(inputs, m.pack.float32s(in))
		}
		return inputs, nil
	}
	in := run.Inputs[0]
	batch := in.Shape[0]
	width := len(in.Text) / batch
	for _, port := range program.Inputs() {
		n := product(port.Shape[1:])
		if port.Text.Length() < 0 {
			if n, err = port.Text.Count(in.Text[:width]...); err != nil { // of StringLookup all have as many
				return nil, err
			}
		}
		values := make([]float32, batch*n)
		for i := range batch {
			if err := port.Text.Fill(values[i*n:][:n], in.Text[i*width:][:width]...); err != nil {
				return nil, err
			}
		}
		inputs = append(inputs, values)
	}
	return inputs, nil
}

// runText runs a program on texts themselves.
func (m *goldenModel) runText(t *testing.T, program *keras.Program) (all [][]float32) {
	for _, run := range m.Runs {
		var outputs [][]float32
		for _, out := range run.Outputs {
			outputs = append(outputs, make([]float32, product(out.Shape)))
		}
		in := run.Inputs[0]
		require.NoError(t, program.RunText(outputs, []keras.Input{{Text: in.Text}}, in.Shape[0]))
		all = append(all, outputs...)
	}
	return all
}

// run runs a program on the inputs of all runs, and holds its outputs to the bound.
func (m *goldenModel) run(program *keras.Program) (all [][]float32, err error) {
	for _, run := range m.Runs {
		inputs, err := m.inputs(program, run)
		if err != nil {
			return nil, err
		}
		var outputs [][]float32
		for _, out := range run.Outputs {
			outputs = append(outputs, make([]float32, product(out.Shape)))
		}
		if err := program.Run(outputs, inputs, run.Inputs[0].Shape[0]); err != nil {
			return nil, err
		}
		for i, out := range run.Outputs {
			if share, at := m.pack.furthest(outputs[i], out); share > 1 {
				err = errors.Join(err, fmt.Errorf("first input of shape %v: output %d of shape %v, element %d is %v, in Keras %v: %.3g times the bound",
					run.Inputs[0].Shape, i, out.Shape, at, outputs[i][at], m.pack.truths(out)[at], share))
			}
		}
		all = append(all, outputs...)
	}
	return all, err
}

// Of 39 public networks 33 have a model here that computes as in Keras, in every
// generation that it is of.
func TestPublicArchitectures(t *testing.T) {
	var all []struct {
		What   string   `json:"what"`
		Layers []string `json:"layers"`
		Golden string   `json:"golden"`
		Not    string   `json:"not"`
	}
	text, err := os.ReadFile("testdata/models/architectures.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &all))
	require.Len(t, all, 39)
	packs, run := goldenPacks(t, "keras*-architectures.zip"), 0
	for _, a := range all {
		require.NotEmpty(t, a.Layers, a.What)
		if a.Golden == "" {
			require.NotEmpty(t, a.Not, a.What)
			continue
		}
		run++
		for _, p := range packs {
			i := slices.IndexFunc(p.models, func(m *goldenModel) bool { return m.Name == a.Golden })
			require.GreaterOrEqual(t, i, 0, "%s: %s", p.name, a.Golden)
			require.Subset(t, p.models[i].classes(t), a.Layers, a.What)
		}
	}
	require.GreaterOrEqual(t, run, 33)
}

// classes are the classes of the model's layers. Layers that only activate count as
// Activation.
func (m *goldenModel) classes(t *testing.T) (all []string) {
	for l := range m.open(t, m.Files[0]).All() {
		switch l.Class {
		case "ReLU", "LeakyReLU", "Softmax":
			all = append(all, "Activation")
		}
		all = append(all, l.Class)
	}
	return all
}
