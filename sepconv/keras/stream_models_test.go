package keras_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// spoken is one signal of a program, and what Run makes of it.
type spoken struct {
	program *keras.Program
	inputs  [][]float32
	times   []int // the axis of time of each input
	want    [][]float32
	shapes  [][]int
	steps   int
}

// speak runs a program on one signal. Time is the open axis of each input, or else the
// given one.
func speak(t testing.TB, p *keras.Program, otherwise int, inputs [][]float32) *spoken {
	s := &spoken{program: p, inputs: inputs}
	for i, port := range p.Inputs() {
		axis := slices.Index(port.Shape[1:], -1) + 1
		if axis == 0 {
			axis = otherwise
		}
		s.times = append(s.times, axis)
		width := 1
		for a, n := range port.Shape[1:] {
			if a+1 != axis {
				width *= n
			}
		}
		s.steps = len(inputs[i]) / width
	}
	var err error
	s.shapes, err = p.OutputShapes(1, s.steps)
	require.NoError(t, err)
	for _, shape := range s.shapes {
		s.want = append(s.want, make([]float32, product(shape)))
	}
	require.NoError(t, p.Run(s.want, s.inputs, 1))
	return s
}

// chunk returns steps of all inputs.
func (s *spoken) chunk(from, n int) (list [][]float32) {
	for i, x := range s.inputs {
		outer := product(s.program.Inputs()[i].Shape[1:s.times[i]])
		list = append(list, cutTime(x, outer, s.steps, from, n))
	}
	return list
}

// cutTime returns n steps of all along an axis with so many elements before it.
func cutTime(x []float32, outer, steps, from, n int) (part []float32) {
	inner := len(x) / outer / max(steps, 1)
	for o := range outer {
		part = append(part, x[(o*steps+from)*inner:][:n*inner]...)
	}
	return part
}

// audience listens to a stream and compares.
type audience struct {
	*spoken
	stream *keras.Stream
	from   int
	given  []int // steps of each output
}

func (s *spoken) listen(stream *keras.Stream) *audience {
	return &audience{s, stream, 0, make([]int, len(s.want))}
}

// outputs returns memory for what comes, that shows what is not written.
func (a *audience) outputs(n int, end bool) (list [][]float32, counts []int) {
	for i, want := range a.want {
		c := a.stream.Steps(i, n)
		if end {
			c = a.stream.Rest(i)
		}
		width := len(want)
		if !a.stream.Running(i) {
			width /= a.shapes[i][a.stream.TimeAxis(i)]
		}
		y := make([]float32, c*width)
		for j := range y {
			y[j] = float32(math.Inf(1))
		}
		list, counts = append(list, y), append(counts, c)
	}
	return list, counts
}

func (a *audience) push(t testing.TB, n int) {
	outputs, counts := a.outputs(n, false)
	got, err := a.stream.Push(outputs, a.chunk(a.from, n))
	require.NoError(t, err)
	require.Equal(t, counts, got)
	a.from += n
	a.compare(t, outputs, got, false)
}

// finish pushes what is left in chunks that next says, and flushes.
func (a *audience) finish(t testing.TB, next func() int) {
	for a.from < a.steps {
		a.push(t, min(next(), a.steps-a.from))
	}
	outputs, counts := a.outputs(0, true)
	got, err := a.stream.Flush(outputs)
	require.NoError(t, err)
	require.Equal(t, counts, got)
	a.compare(t, outputs, got, true)
	for i := range a.want {
		if !a.stream.Running(i) {
			require.Equal(t, a.shapes[i][a.stream.TimeAxis(i)], a.given[i], "steps of output %d", i)
		}
	}
}

func (a *audience) compare(t testing.TB, outputs [][]float32, counts []int, end bool) {
	for i, y := range outputs {
		want := a.want[i]
		if a.stream.Running(i) {
			if end {
				require.Equal(t, 1, counts[i], "output %d has no value", i)
				require.Equal(t, numberBits(want), numberBits(y), "output %d", i)
			}
			continue
		}
		axis := a.stream.TimeAxis(i)
		part := cutTime(want, product(a.shapes[i][1:axis]), a.shapes[i][axis], a.given[i], counts[i])
		require.Equal(t, numberBits(part), numberBits(y), "output %d: steps from %d of %v, after %d of %d", i, a.given[i], a.shapes[i], a.from, a.steps)
		a.given[i] += counts[i]
		pushed, given := a.stream.Position(i)
		require.Equal(t, [2]int64{int64(a.from), int64(a.given[i])}, [2]int64{pushed, given})
	}
}

func numberBits(x []float32) []uint32 { return allBits([][]float32{x})[0] }

// inChannelsFirst are the models whose inputs have time as the second axis.
var inChannelsFirst = []string{
	"channels_first", "conv1d_channels_first", "depthwise_conv1d_channels_first", "separable_conv1d_channels_first",
	"pooling_channels_first", "zero_padding_channels_first", "upsampling_channels_first", "cropping_channels_first",
}

// Every golden model that can be streamed gives in chunks what it gives at once, with every
// set of kernels and any number of threads; the others say which layer prevents it.
func TestGoldenStreams(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 1))
	streamed, refused := map[string]bool{}, map[string]bool{}
	for _, p := range goldenPacks(t, "keras*.zip") {
		for _, m := range p.models {
			if slices.Contains(refusedModels, m.Name) {
				continue
			}
			t.Run(p.name+"/"+m.Name, func(t *testing.T) {
				if reason := notStreamed[m.Name]; reason != "" {
					refused[m.Name] = true
					m.refuses(t, reason)
					return
				}
				streamed[m.Name] = true
				m.streams(t, rng)
			})
		}
	}
	for name := range notStreamed {
		require.True(t, refused[name], "%s is no model", name)
	}
	require.GreaterOrEqual(t, len(streamed), 70)
}

func (m *goldenModel) options() []sepconv.StreamOption {
	if slices.Contains(inChannelsFirst, m.Name) {
		return []sepconv.StreamOption{keras.TimeAxis(2)}
	}
	return nil
}

func (m *goldenModel) refuses(t *testing.T, reason string) {
	program, err := m.open(t, m.Files[0]).Compile()
	require.NoError(t, err)
	_, err = program.Stream(append(m.options(), sepconv.KnownLength(13))...)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, reason)
}

func (m *goldenModel) streams(t *testing.T, rng *rand.Rand) {
	model := m.open(t, m.Files[0])
	for _, kernel := range sepconv.Kernels() {
		for _, threads := range []int{1, 2} {
			program, err := model.Compile(sepconv.WithKernel(kernel), sepconv.WithThreads(threads))
			require.NoError(t, err)
			for _, run := range m.Runs {
				inputs, err := m.inputs(program, run)
				require.NoError(t, err)
				batch := run.Inputs[0].Shape[0]
				for i := range batch {
					var one [][]float32
					for _, x := range inputs {
						one = append(one, x[i*len(x)/batch:(i+1)*len(x)/batch])
					}
					axis := 1
					if slices.Contains(inChannelsFirst, m.Name) {
						axis = 2
					}
					s := speak(t, program, axis, one)
					stream, err := program.Stream(append(m.options(), sepconv.KnownLength(int64(s.steps)))...)
					require.NoError(t, err)
					s.listen(stream).finish(t, randomChunks(rng))
					stream.Reset()
					s.listen(stream).finish(t, func() int { return 1 })
				}
			}
		}
	}
}

// randomChunks returns chunks of every size, most of them short, and empty ones.
func randomChunks(rng *rand.Rand) func() int { return func() int { return rng.IntN(1 << rng.IntN(6)) } }

// notStreamed are the models that cannot be streamed, with the layer and the reason.
var notStreamed = map[string]string{
	"activation_of_layers":            `"dense" of class "Dense"`,
	"audio_crnn":                      `"bidirectional" of class "Bidirectional"`,
	"batch_normalization_axes":        `"batch_normalization" of class "BatchNormalization"`,
	"batch_normalization_of_vectors":  `"batch_normalization" of class "BatchNormalization"`,
	"bidirectional":                   `"bidirectional" of class "Bidirectional"`,
	"bidirectional_states":            `"bidirectional" of class "Bidirectional"`,
	"channels_first":                  `"flatten" of class "Flatten"`,
	"characters":                      `"flatten" of class "Flatten"`,
	"citrinet":                        `"multiply" of class "Multiply"`,
	"concatenate":                     `input 2 of the model has 3 steps and another 6`,
	"concatenate_of_any_time":         `input 4 of the model has 2 steps and another 3`,
	"conv1d_channels_first":           `"conv1d_5" of class "Conv1D"`,
	"dense":                           `"dense" of class "Dense"`,
	"depthwise_conv1d_channels_first": `"depthwise_conv1d_2" of class "DepthwiseConv1D"`,
	"dot":                             `input 2 of the model has 6 steps and another 5`,
	"ecg_se_resnet":                   `"multiply" of class "Multiply"`,
	"eeg_fork":                        `"batch_normalization" of class "BatchNormalization"`,
	"eeg_p300":                        `"flatten" of class "Flatten"`,
	"eeg_p300_branches":               `"flatten" of class "Flatten"`,
	"embedding_of_one":                `input 0 of the model has shape (None`,
	"encoder_decoder":                 `"decoder" of class "LSTM"`,
	"flatten":                         `"flatten" of class "Flatten"`,
	"flatten_other_ranks":             `input 0 of the model has shape (None`,
	"forecast_blocks":                 `"dense" of class "Dense"`,
	"gru":                             `"gru_9" of class "GRU"`,
	"har_separable":                   `"flatten" of class "Flatten"`,
	"initial_states":                  `"simple_rnn" of class "SimpleRNN"`,
	"inputs_out_of_order":             `"reshape" of class "Reshape"`,
	"keywords_gru_before":             `"gru" of class "GRU"`,
	"layer_normalization_axes":        `"layer_normalization" of class "LayerNormalization"`,
	"leaky_of_tensorflow":             `"flatten" of class "Flatten"`,
	"learned_frequencies":             `input 1 of the model has 8 steps and another 14`,
	"learned_lookup":                  `input 2 of the model has 6 steps and another 3`,
	"learned_words":                   `input 1 of the model has 6 steps and another 9`,
	"load_forecast":                   `input 3 of the model has 7 steps and another 9`,
	"lstm":                            `"lstm_6" of class "LSTM"`,
	"masks_all":                       `"bidirectional" of class "Bidirectional"`,
	"masks_end":                       `"reshape" of class "Reshape"`,
	"masks_merged":                    `of class "Concatenate"`,
	"masks_of_bidirectional":          `"bidirectional" of class "Bidirectional"`,
	"masks_of_recurrent":              `"simple_rnn_2" of class "SimpleRNN"`,
	"matchbox_of_spectrogram":         `"separable_conv1d" of class "SeparableConv1D"`,
	"merges_of_other_ranks":           `input 1 of the model has 4 steps and another 6`,
	"merges_of_other_shapes":          `input 1 of the model has 1 steps and another 6`,
	"normalization":                   `"normalization_1" of class "Normalization"`,
	"other_normalizations":            `"group_normalization" of class "GroupNormalization"`,
	"prelu":                           `"p_re_lu" of class "PReLU"`,
	"raw_vector":                      `"reshape_1" of class "Reshape"`,
	"recurrent_unrolled":              `"lstm" of class "LSTM"`,
	"repeat_vector":                   `"repeat_vector" of class "RepeatVector"`,
	"reshape":                         `"reshape" of class "Reshape"`,
	"reshape_of_any_time":             `"reshape" of class "Reshape"`,
	"sensors_dense":                   `"normalization" of class "Normalization"`,
	"separable_conv1d_channels_first": `"separable_conv1d_2" of class "SeparableConv1D"`,
	"sequence_resnet":                 `"flatten" of class "Flatten"`,
	"simple_rnn":                      `"simple_rnn_4" of class "SimpleRNN"`,
	"softmax":                         `"softmax_1" of class "Softmax"`,
	"string_lookup":                   `input 4 of the model has 10 steps and another 3`,
	"tabular_pooled":                  `"flatten" of class "Flatten"`,
	"tabular_se":                      `"multiply" of class "Multiply"`,
	"text_and_features":               `"batch_normalization" of class "BatchNormalization"`,
	"text_attention":                  `"bidirectional" of class "Bidirectional"`,
	"text_bigru":                      `"bidirectional" of class "Bidirectional"`,
	"text_flatten":                    `"flatten" of class "Flatten"`,
	"text_tagger":                     `"bidirectional" of class "Bidirectional"`,
	"text_to_counts":                  `input 2 of the model has 14 steps and another 10`,
	"text_to_indices":                 `input 1 of the model has 3 steps and another 10`,
	"time_distributed":                `"time_distributed_15/time_distributed_14" of class "TimeDistributed"`,
	"whole_texts":                     `input 1 of the model has 1 steps and another 2`,
}
