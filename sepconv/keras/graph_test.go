package keras_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/sepconv/go/internal/hdf5"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

const graphs = "testdata/graphs/"

// reference is an output of a layer as the scripts write it.
type reference keras.Output

func (r *reference) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&r.Layer, &r.Node, &r.Tensor})
}

// expectedGraph is what the objects of Keras in memory say of a model's graph.
type expectedGraph struct {
	Calls           map[string][][]reference
	Inputs, Outputs []reference
}

func referencesOf(outputs []keras.Output) []reference {
	list := []reference{}
	for _, o := range outputs {
		list = append(list, reference(o))
	}
	return list
}

func (want expectedGraph) check(t *testing.T, layers []*keras.Layer, got keras.Graph) {
	calls := map[string][][]reference{}
	for _, l := range layers {
		calls[l.Name] = [][]reference{}
		for _, c := range l.Calls {
			calls[l.Name] = append(calls[l.Name], referencesOf(c.Inputs()))
		}
	}
	require.Equal(t, want.Calls, calls)
	require.Equal(t, want.Inputs, referencesOf(got.Inputs))
	require.Equal(t, want.Outputs, referencesOf(got.Outputs))
}

// Random models of both generations of Keras: the graph that is read is the one that
// was built, and the layers that ran in training are those that InTraining reports.
func TestGraphs(t *testing.T) {
	for _, name := range []string{"k2", "k3"} {
		f, err := os.Open(graphs + name + ".json.gz")
		require.NoError(t, err)
		defer f.Close()
		z, err := gzip.NewReader(f)
		require.NoError(t, err)
		var models []struct {
			Config   json.RawMessage
			Graphs   map[string]expectedGraph
			Training []string
		}
		require.NoError(t, json.NewDecoder(z).Decode(&models))
		require.GreaterOrEqual(t, len(models), 40)
		var nested, inTraining int
		for _, want := range models {
			m, err := read(want.Config)
			require.NoError(t, err)
			want.Graphs[""].check(t, m.Layers, m.Graph())
			count := 1
			training := []string{}
			for l := range m.All() {
				if g, ok := l.Graph(); ok && l.Class != "Sequential" {
					want.Graphs[l.Path].check(t, l.Layers, g)
					count++
				}
				if l.Class == "Dropout" && l.InTraining() {
					training = append(training, l.Name)
				}
			}
			require.Len(t, want.Graphs, count)
			slices.Sort(training)
			require.Equal(t, want.Training, slices.Compact(training))
			nested, inTraining = nested+count-1, inTraining+len(training)
			require.JSONEq(t, string(want.Config), string(m.Config()))
		}
		require.Greater(t, nested, 20, "models in models")
		require.Greater(t, inTraining, 10, "layers in training")
	}
}

// Shared layers keep node indices, order and repeats: Subtract([b,a]), Add([a,a]),
// Concatenate([b,a,b]), where a and b are the first and second call of c.
func TestSiamese(t *testing.T) {
	for _, name := range []string{"siamese.keras", "siamese.json"} {
		m, err := keras.Open(cases + "shared-submodel/" + name)
		require.NoError(t, err)
		var inputs []string
		for _, o := range m.Graph().Inputs {
			inputs = append(inputs, o.Layer)
		}
		a, b := keras.Output{Layer: "c"}, keras.Output{Layer: "c", Node: 1}
		byClass := map[string][][]keras.Output{}
		for _, l := range m.Layers {
			for _, c := range l.Calls {
				byClass[l.Class] = append(byClass[l.Class], c.Inputs())
			}
		}
		require.Equal(t, [][]keras.Output{{{Layer: inputs[0]}}, {{Layer: inputs[1]}}}, byClass["SeparableConv1D"], name)
		require.Equal(t, [][]keras.Output{{b, a}}, byClass["Subtract"])
		require.Equal(t, [][]keras.Output{{a, a}}, byClass["Add"])
		require.Equal(t, []keras.Output{b, a, b}, byClass["Concatenate"][0])
		last := m.Layers[len(m.Layers)-1]
		require.Equal(t, []keras.Output{{Layer: last.Name}}, m.Graph().Outputs)
	}
}

// What is among the arguments of a call, in the notations of both generations.
func TestCalls(t *testing.T) {
	layers := func(inbound string) string {
		return `{"class_name": "Functional", "config": {"name": "f", "layers": [
			{"class_name": "InputLayer", "name": "a", "config": {"name": "a"}, "inbound_nodes": []},
			{"class_name": "InputLayer", "name": "b", "config": {"name": "b"}, "inbound_nodes": []},
			{"class_name": "Layer", "name": "l", "config": {"name": "l"}, "inbound_nodes": [` + inbound + `]}],
			"input_layers": {"x": ["a", 0, 0], "y": [["b", 0, 0]]}, "output_layers": {"p": ["l", 0, 0], "q": {"r": ["a", 0, 0], "s": ["l", 0, 1]}}}}`
	}
	tensor := func(name string) string {
		return `{"class_name": "__keras_tensor__", "config": {"shape": [null], "dtype": "float32", "keras_history": ["` + name + `", 0, 0]}}`
	}
	a, b := keras.Output{Layer: "a"}, keras.Output{Layer: "b"}
	type argument struct {
		name    string
		outputs []keras.Output
	}
	for _, test := range []struct {
		inbound string
		want    []argument
	}{
		{`[["a", 0, 0, {}]]`, []argument{{"", []keras.Output{a}}}},
		{`[["a", 0, 0]]`, []argument{{"", []keras.Output{a}}}},
		{`["a", 0, 0, {"y": ["b", 0, 0], "name": null}]`, []argument{{"", []keras.Output{a}}, {"y", []keras.Output{b}}, {"name", nil}}},
		{`[["b", 0, 0, {"y": [["a", 0, 0], ["b", 0, 0]]}], ["a", 0, 0, {"y": [["a", 0, 0], ["b", 0, 0]]}]]`,
			[]argument{{"", []keras.Output{b, a}}, {"y", []keras.Output{a, b}}}},
		{`{"u": ["a", 0, 0, {}], "v": [["b", 0, 0, {}], ["a", 0, 0, {}]]}`, []argument{{"", []keras.Output{a, b, a}}}},
		{`[["a", 0, 0, {}], ["_CONSTANT_VALUE", -1, [["b", 0, 0]], {}]]`, []argument{{"", []keras.Output{a}}}},
		{`[["_CONSTANT_VALUE", -1, 2.5, {"y": ["b", 0, 0]}]]`, []argument{{"", nil}, {"y", []keras.Output{b}}}},
		{`[["a", 0, 0, {"shape": ["none", 1, 2], "axes": [1, 2, 3], "words": ["a", "b", "c"]}]]`,
			[]argument{{"", []keras.Output{a}}, {"shape", nil}, {"axes", nil}, {"words", nil}}},
		{`{"args": [` + tensor("a") + `, [` + tensor("b") + `, 1, {"k": ` + tensor("a") + `}]], "kwargs": {"mask": null, "state": [` + tensor("b") + `]}}`,
			[]argument{{"", []keras.Output{a}}, {"", []keras.Output{b, a}}, {"mask", nil}, {"state", []keras.Output{b}}}},
		{`{"args": [["a", 0, 0], {"class_name": "__keras_tensor__", "config": {"keras_history": null}}], "kwargs": {}}`,
			[]argument{{"", nil}, {"", nil}}},
	} {
		m, err := read([]byte(layers(test.inbound)))
		require.NoError(t, err)
		require.Len(t, m.Layers[2].Calls, 1, test.inbound)
		call := m.Layers[2].Calls[0]
		var got []argument
		var inputs []keras.Output
		for _, g := range call.Arguments {
			if len(g.Outputs) == 0 {
				g.Outputs = nil
			}
			got = append(got, argument{g.Name, g.Outputs})
			inputs = append(inputs, g.Outputs...)
			if g.Name != "" {
				require.Equal(t, string(g.Value), string(call.Argument(g.Name)))
			}
		}
		require.Equal(t, test.want, got, test.inbound)
		require.Equal(t, inputs, call.Inputs(), test.inbound)
		require.Nil(t, call.Argument("other"))
		require.Nil(t, call.Argument(""))
		require.Equal(t, []keras.Output{a, b}, m.Graph().Inputs)
		require.Equal(t, []keras.Output{{Layer: "l"}, a, {Layer: "l", Tensor: 1}}, m.Graph().Outputs)
		require.JSONEq(t, `{"x": ["a", 0, 0], "y": [["b", 0, 0]]}`, string(configMember(t, m.Config(), "input_layers")))
	}
}

func configMember(t *testing.T, object json.RawMessage, key string) json.RawMessage {
	var o struct{ Config map[string]json.RawMessage }
	require.NoError(t, json.Unmarshal(object, &o))
	return o.Config[key]
}

// A Sequential model is a chain; a file of weights, and the zero Model, have no graph.
func TestGraphOfOthers(t *testing.T) {
	m, err := keras.Open(files + "k3_chain.keras")
	require.NoError(t, err)
	require.Equal(t, []keras.Output{{Layer: m.Layers[0].Name}}, m.Graph().Inputs)
	require.Equal(t, []keras.Output{{Layer: "dense"}}, m.Graph().Outputs)
	for i, l := range m.Layers {
		require.Equal(t, i > 0, len(l.Calls) == 1)
		if i > 0 {
			require.Equal(t, []keras.Output{{Layer: m.Layers[i-1].Name}}, l.Calls[0].Inputs())
		}
		_, isModel := l.Graph()
		require.False(t, isModel)
	}
	m, err = keras.Open(files + "k3_chain.weights.h5")
	require.NoError(t, err)
	for _, m := range []*keras.Model{m, {}} {
		require.Equal(t, keras.Graph{}, m.Graph())
		require.Nil(t, m.Config())
	}
	require.False(t, (&keras.Layer{}).InTraining())
	require.False(t, (&keras.Layer{}).IsKeras())
}

// In every file that the real packages wrote, of all versions, references lead to
// calls of layers that are there.
func TestReferences(t *testing.T) {
	count := 0
	names, err := filepath.Glob(files + "*")
	require.NoError(t, err)
	for _, name := range names {
		m, err := keras.Open(name)
		if err != nil {
			continue // TestFixtures says which
		}
		check := func(layers []*keras.Layer, list []keras.Output) {
			for _, o := range list {
				i := slices.IndexFunc(layers, func(l *keras.Layer) bool { return l.Name == o.Layer })
				require.GreaterOrEqual(t, i, 0, "%s: %v", name, o)
				require.Less(t, o.Node, max(len(layers[i].Calls), 1), "%s: %v", name, o)
				count++
			}
		}
		checkModel := func(layers []*keras.Layer, g keras.Graph) {
			check(layers, g.Inputs)
			check(layers, g.Outputs)
			for _, l := range layers {
				for _, c := range l.Calls {
					check(layers, c.Inputs())
				}
			}
		}
		checkModel(m.Layers, m.Graph())
		for l := range m.All() {
			if g, ok := l.Graph(); ok {
				checkModel(l.Layers, g)
			}
		}
	}
	require.Greater(t, count, 500)
}

// Configurations whose graphs are large for their size, in bytes of memory to a byte
// of JSON: references, calls, arguments, outputs, models in models, shared layers.
func TestGraphMemory(t *testing.T) {
	const size, most = 1 << 20, 80
	model := func(layers, outputs string) string {
		return `{"class_name":"Functional","config":{"name":"f","layers":[` + layers + `],"input_layers":[],"output_layers":` + outputs + `}}`
	}
	called := func(inbound string) string {
		return model(`{"class_name":"A","config":{"name":"a"},"inbound_nodes":[`+inbound+`]}`, `[["a",0,0]]`)
	}
	list := func(element string) string { return strings.Repeat(element+",", size/len(element)) + element }
	brackets := func(inside string) string { return strings.Repeat("[", 100) + inside + strings.Repeat("]", 100) }
	tower := `{"class_name":"A"}`
	for range 30 {
		tower = model(tower+`,{"class_name":"A","shared_object_id":1}`, `[["a",0,0]]`)
	}
	for name, text := range map[string]string{
		"calls":           called(list(`[["a",0,0]]`)),
		"references":      called(`[` + list(`["a",0,0]`) + `]`),
		"no calls":        called(list(`1`)),
		"calls 3":         called(list(`{"args":[],"kwargs":{}}`)),
		"arguments 3":     called(`{"kwargs":{},"args":[` + list(`1`) + `]}`),
		"deep":            called(brackets(list(`["a",0,0]`))),
		"deep numbers":    called(brackets(list(`1`))),
		"outputs":         model(`{"class_name":"A"}`, `[`+list(`["a",0,0]`)+`]`),
		"layers":          model(list(`{"class_name":"A"}`), `[]`),
		"models":          model(list(tower), `[]`),
		"shared":          model(list(`{"class_name":"A","shared_object_id":1}`), `[]`),
		"shared with one": model(list(`{"class_name":"A","shared_object_id":1},{"class_name":"A"}`), `[]`),
	} {
		var m *keras.Model
		var err error
		bytes := budgettest.Allocated(func() {
			m, err = read([]byte(text))
			if err == nil {
				_, err = m.Blocks()
			}
		})
		require.NoError(t, err, name)
		require.Less(t, bytes, int64(most*len(text)), name)
	}
}

// A layer of the user's in many places that has many parts in the file: it has
// them at all places up to a limit.
func TestPartsOfShared(t *testing.T) {
	open := func(places, parts int) (*keras.Model, error) {
		w := hdf5.NewWriter()
		cell := w.Root().Group("layers").Group("mine").Group("cell")
		for i := range parts {
			cell.Group(fmt.Sprint("part", i)).Group("vars").Dataset("0", []int{1}, []float32{1})
		}
		var b bytes.Buffer
		_, err := w.WriteTo(&b)
		require.NoError(t, err)
		layer := `{"class_name": "Mine", "shared_object_id": 1, "config": {"name": "mine"}}`
		config := `{"class_name": "Sequential", "config": {"name": "m", "layers": [` + strings.Repeat(layer+",", places-1) + layer + `]}}`
		return read(pack(t, part{"config.json", []byte(config)}, part{"model.weights.h5", b.Bytes()}))
	}
	m, err := open(10, 3)
	require.NoError(t, err)
	for _, l := range m.Layers {
		require.Len(t, l.Layers, 3)
	}
	_, err = open(2000, 100)
	require.ErrorIs(t, err, sepconv.ErrFile)
	require.ErrorContains(t, err, "in several places")
}
