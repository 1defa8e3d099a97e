package keras_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// modelOfLayers puts a Functional model together, layer by layer, with random weights.
type modelOfLayers struct {
	layers  []map[string]any
	weights map[string][]*keras.Tensor
	rng     *rand.Rand
}

func (m *modelOfLayers) add(class string, config map[string]any, shapes [][]int, inputs ...string) (name string) {
	name = fmt.Sprintf("%s_%d", strings.ToLower(class), len(m.layers))
	config["name"] = name
	nodes := []any{}
	if len(inputs) > 0 {
		var node []any
		for _, in := range inputs {
			node = append(node, []any{in, 0, 0, map[string]any{}})
		}
		nodes = append(nodes, node)
	}
	m.layers = append(m.layers, map[string]any{"class_name": class, "name": name, "config": config, "inbound_nodes": nodes})
	for _, s := range shapes {
		w := &keras.Tensor{Shape: s, Values: make([]float32, product(s))}
		for i := range w.Values {
			w.Values[i] = float32(m.rng.NormFloat64()) * 0.1
		}
		m.weights[name] = append(m.weights[name], w)
	}
	return name
}

func (m *modelOfLayers) separable(x string, channels, filters, kernel, strides, dilation int, activation string) string {
	return m.add("SeparableConv1D", map[string]any{
		"filters": filters, "kernel_size": []int{kernel}, "strides": []int{strides}, "dilation_rate": []int{dilation},
		"padding": "same", "activation": activation, "use_bias": true, "depth_multiplier": 1, "data_format": "channels_last",
	}, [][]int{{kernel, channels, 1}, {1, channels, filters}, {filters}}, x)
}

func (m *modelOfLayers) pointwise(x string, channels, filters int, activation string) string {
	return m.add("Conv1D", map[string]any{
		"filters": filters, "kernel_size": []int{1}, "strides": []int{1}, "dilation_rate": []int{1}, "groups": 1,
		"padding": "same", "activation": activation, "use_bias": true, "data_format": "channels_last",
	}, [][]int{{1, channels, filters}, {filters}}, x)
}

// compile compiles the model of one input and one output.
func (m *modelOfLayers) compile(t testing.TB, input, output string, options ...sepconv.CompileOption) *keras.Program {
	config, err := json.Marshal(map[string]any{"class_name": "Functional", "keras_version": "2.15.0", "config": map[string]any{
		"name": "model", "layers": m.layers, "input_layers": []any{[]any{input, 0, 0}}, "output_layers": []any{[]any{output, 0, 0}},
	}})
	require.NoError(t, err)
	model, err := keras.Read(strings.NewReader(string(config)), int64(len(config)))
	require.NoError(t, err)
	for l := range model.All() {
		l.Weights = m.weights[l.Name]
	}
	p, err := model.Compile(options...)
	require.NoError(t, err)
	return p
}

// matchboxNet is MatchboxNet-3x2x64 on 64 features every 10 ms, for 30 words: 3 blocks of 2
// layers of 64 filters with residuals, the first layer with strides 2.
func matchboxNet(t testing.TB, options ...sepconv.CompileOption) *keras.Program {
	m := &modelOfLayers{weights: map[string][]*keras.Tensor{}, rng: rand.New(rand.NewPCG(61, 1))}
	input := m.add("InputLayer", map[string]any{"batch_input_shape": []any{nil, nil, 64}, "dtype": "float32"}, nil)
	x := m.separable(input, 64, 128, 11, 2, 1, "relu")
	channels := 128
	for _, kernel := range []int{13, 15, 17} {
		y := m.separable(x, channels, 64, kernel, 1, 1, "relu")
		y = m.separable(y, 64, 64, kernel, 1, 1, "linear")
		x = m.add("Add", map[string]any{}, nil, y, m.pointwise(x, channels, 64, "linear"))
		x = m.add("Activation", map[string]any{"activation": "relu"}, nil, x)
		channels = 64
	}
	x = m.separable(x, 64, 128, 29, 1, 2, "relu")
	x = m.pointwise(x, 128, 128, "relu")
	x = m.pointwise(x, 128, 30, "linear")
	mean := m.add("GlobalAveragePooling1D", map[string]any{"keepdims": false, "data_format": "channels_last"}, nil, x)
	softmax := m.add("Softmax", map[string]any{"axis": -1}, nil, mean)
	return m.compile(t, input, softmax, options...)
}

func TestMatchboxNetInChunks(t *testing.T) {
	p := matchboxNet(t)
	s := speak(t, p, 1, randomSignal(p, rand.New(rand.NewPCG(62, 1)), 301))
	stream, err := p.Stream(sepconv.KnownLength(301))
	require.NoError(t, err)
	s.listen(stream).finish(t, func() int { return 1 })
}

// BenchmarkProgramStream pushes MatchboxNet's features as they come, each 10 ms, and asks for
// the scores each time. Beside the time of a chunk it gives what 99 % of them are within,
// and the share of real time.
func BenchmarkProgramStream(b *testing.B) {
	for _, kernel := range sepconv.Kernels() {
		b.Run(kernel, func(b *testing.B) {
			p := matchboxNet(b, sepconv.WithKernel(kernel), sepconv.WithThreads(1))
			stream, err := p.Stream(sepconv.KnownLength(0))
			require.NoError(b, err)
			x, scores := randomSignal(p, rand.New(rand.NewPCG(63, 1)), 1), [][]float32{make([]float32, 30)}
			for range 100 {
				_, err := stream.Push(scores, x)
				require.NoError(b, err)
			}
			took := make([]time.Duration, 0, b.N)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				start := time.Now()
				if _, err := stream.Push(scores, x); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			b.StopTimer()
			slices.Sort(took)
			median, most := took[len(took)/2], took[len(took)*99/100]
			b.ReportMetric(float64(median.Nanoseconds())/1e3, "us/chunk")
			b.ReportMetric(float64(most)/float64(median), "p99/median")
			b.ReportMetric(100*float64(b.Elapsed())/float64(b.N)/1e7, "%-of-real-time")
		})
	}
}
