package keras_test

import (
	"errors"
	"fmt"
	"log"
	"slices"
	"strings"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
)

// A model that Keras saved, run in Go.
func Example() {
	model, err := keras.Open("testdata/files/k3_chain.h5")
	if err != nil {
		log.Fatal(err)
	}
	program, err := model.Compile()
	if err != nil {
		log.Fatal(err)
	}
	const batch, steps, channels, classes = 2, 40, 3, 2
	signals, scores := make([]float32, batch*steps*channels), make([]float32, batch*classes)
	fmt.Println(program.Run([][]float32{scores}, [][]float32{signals}, batch))
	fmt.Println(scores[0] == scores[classes]) // both signals are the same
	// Output:
	// <nil>
	// true
}

func ExampleProgram() {
	model, err := keras.Open("testdata/files/k3_chain.h5")
	if err != nil {
		log.Fatal(err)
	}
	program, err := model.Compile(sepconv.WithThreads(1), keras.WithMaxMemory(1<<20))
	if err != nil {
		log.Fatal(err)
	}
	shapes, err := program.OutputShapes(2, 40) // a batch of 2, of 40 steps
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(shapes)
	err = program.Run([][]float32{make([]float32, 4)}, [][]float32{make([]float32, 2*40*3+1)}, 2)
	fmt.Println(err)
	// Output:
	// [[2 2]]
	// sepconv: invalid shape: input 0 has 241 elements; a batch of 2 of shape (None, None, 3) needs a multiple of 6
}

// A whole model for a signal that never ends: what it says so far, at any time.
func ExampleProgram_Stream() {
	model, err := keras.Open("testdata/files/k3_chain.h5")
	if err != nil {
		log.Fatal(err)
	}
	program, err := model.Compile()
	if err != nil {
		log.Fatal(err)
	}
	stream, err := program.Stream()
	if err != nil {
		log.Fatal(err)
	}
	const steps, channels, classes = 40, 3, 2
	signal := make([]float32, steps*channels)
	for i := range signal {
		signal[i] = float32(i%7) - 3
	}
	scores := [][]float32{make([]float32, classes)}
	for chunk := range slices.Chunk(signal, 16*channels) {
		n, err := stream.Push(scores, [][]float32{chunk})
		fmt.Println(n[0], "value of the steps so far", err)
	}
	_, err = stream.Flush(scores)

	whole := [][]float32{make([]float32, classes)}
	if err := program.Run(whole, [][]float32{signal}, 1); err != nil {
		log.Fatal(err)
	}
	fmt.Println(slices.Equal(scores[0], whole[0]), err)
	// Output:
	// 1 value of the steps so far <nil>
	// 1 value of the steps so far <nil>
	// 1 value of the steps so far <nil>
	// true <nil>
}

// A model with an output for each step: each is given as soon as it is final.
func ExampleStream() {
	model, err := keras.Sequential("", separable())
	if err != nil {
		log.Fatal(err)
	}
	program, err := model.Compile()
	if err != nil {
		log.Fatal(err)
	}
	stream, err := program.Stream()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("delay", stream.Delay(0), "of a reach of", stream.Reach(0))
	for range 3 {
		outputs := [][]float32{make([]float32, stream.Steps(0, 1)*4)}
		n, err := stream.Push(outputs, [][]float32{{0.1, 0.2, 0.3}}) // a step of 3 channels
		fmt.Println(n, err)
	}
	n, err := stream.Flush([][]float32{make([]float32, stream.Rest(0)*4)})
	fmt.Println(n, err)
	// Output:
	// delay 1 of a reach of 3
	// [0] <nil>
	// [1] <nil>
	// [1] <nil>
	// [1] <nil>
}

// separable is a layer of 4 filters and 3 taps, of 3 channels.
func separable() *sepconv.Layer {
	layer, err := sepconv.New(sepconv.Config{Filters: 4, KernelSize: 3, Padding: sepconv.Same}, 3)
	if err != nil {
		log.Fatal(err)
	}
	return layer
}

func ExampleTimeAxis() {
	model, err := keras.Open("testdata/files/k3_strided.keras")
	if err != nil {
		log.Fatal(err)
	}
	program, err := model.Compile()
	if err != nil {
		log.Fatal(err)
	}
	_, err = program.Stream(sepconv.KnownLength(160_000), keras.TimeAxis(1)) // ten seconds, and no more than that is known
	fmt.Println(err)
	// Output: <nil>
}

func ExampleProgram_Summary() {
	model, err := keras.Open("testdata/files/k3_chain.h5")
	if err != nil {
		log.Fatal(err)
	}
	program, err := model.Compile()
	if err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(program.Summary()) {
		if strings.Contains(line, "conv") || strings.Contains(line, "params") {
			fmt.Print(line)
		}
	}
	// Output:
	// │ conv1 (SeparableConv1D)       │ (None, None, 4) │      25 │
	// │ conv2 (SeparableConv1D)       │ (None, None, 6) │      72 │
	// │ conv3 (SeparableConv1D)       │ (None, None, 4) │      58 │
	// │ conv4 (SeparableConv1D)       │ (None, None, 3) │      19 │
	//  Total params: 252 (1008.00 B)
	//  Trainable params: 212 (848.00 B)
	//  Non-trainable params: 40 (160.00 B)
}

func ExamplePort() {
	model, err := keras.Open("testdata/files/k3_chain.h5")
	if err != nil {
		log.Fatal(err)
	}
	program, err := model.Compile()
	if err != nil {
		log.Fatal(err)
	}
	for _, in := range program.Inputs() {
		fmt.Println(in.Name, in.Shape)
	}
	for _, out := range program.Outputs() {
		fmt.Println(out.Name, out.Shape)
	}
	// Output:
	// input_layer_9 [-1 -1 3]
	// dense [-1 2]
}

func ExampleMemory() {
	model, err := keras.Open("testdata/files/k3_chain.h5")
	if err != nil {
		log.Fatal(err)
	}
	program, err := model.Compile()
	if err != nil {
		log.Fatal(err)
	}
	for _, steps := range []int{1000, 2000} {
		memory, err := program.Memory(1, steps)
		fmt.Println(memory.Run, err)
	}
	// Output:
	// 39968 <nil>
	// 79968 <nil>
}

// gain is the class "audio>Gain" of the user's Python: y = factor*x.
type gain struct{ factor float32 }

func (gain) OutputShape(inputs [][]int) ([]int, error) { return inputs[0], nil }

func (g gain) Run(output []float32, inputs [][]float32, _ [][]int) {
	for i, x := range inputs[0] {
		output[i] = g.factor * x
	}
}

func ExampleOp() {
	var op keras.Op = gain{2}
	signal, shape := []float32{1, 2, 3}, []int{1, 3, 1} // batch, steps, channels
	out, err := op.OutputShape([][]int{shape})
	if err != nil {
		log.Fatal(err)
	}
	output := make([]float32, out[0]*out[1]*out[2])
	op.Run(output, [][]float32{signal}, [][]int{shape})
	fmt.Println(out, output)
	// Output: [1 3 1] [2 4 6]
}

// A layer of a class of one's own.
func ExampleRegister() {
	model, err := keras.Open("testdata/files/k3_custom.keras")
	if err != nil {
		log.Fatal(err)
	}
	_, err = model.Compile()
	fmt.Println(errors.Is(err, errors.ErrUnsupported))

	err = keras.Register("example>Gain", func(l *keras.Layer) (keras.Op, error) {
		// The configuration is in l.Config, what was trained in l.Weights.
		return gain{l.Weights[0].Values[0]}, nil
	})
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

// The words of a model that reads text.
func ExampleText() {
	config := `{"class_name": "TextVectorization", "config": {"name": "words", "vocabulary": ["yes", "no"], "output_mode": "int", "output_sequence_length": 4,
		"standardize": "lower_and_strip_punctuation", "split": "whitespace"}}`
	model, err := keras.Read(strings.NewReader(config), int64(len(config)))
	if err != nil {
		log.Fatal(err)
	}
	text, err := model.Layers[0].Text()
	if err != nil {
		log.Fatal(err)
	}
	indices := make([]float32, text.Length())
	fmt.Println(text.Fill(indices, "Yes, perhaps; no!"), indices)
	// Output: <nil> [2 1 3 0]
}

// A model that takes text: strings in, probabilities out.
func ExampleInput() {
	const config = `{"class_name": "Sequential", "config": {"name": "bag", "layers": [
		{"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [null, 1], "dtype": "string"}},
		{"class_name": "TextVectorization", "config": {"name": "words", "vocabulary": ["yes", "no"], "output_mode": "count"}},
		{"class_name": "Activation", "config": {"name": "share", "activation": "softmax"}}]}}`
	model, err := keras.Read(strings.NewReader(config), int64(len(config)))
	if err != nil {
		log.Fatal(err)
	}
	program, err := model.Compile()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(program.Inputs()[0].Text.Vocabulary())
	const batch = 2
	shares := make([]float32, batch*3)
	err = program.RunText([][]float32{shares}, []keras.Input{{Text: []string{"Yes! Yes! Yes!", "no, not so"}}}, batch)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n%.2f\n", shares[:3], shares[3:])
	// Output:
	// [[UNK] yes no]
	// [0.05 0.91 0.05]
	// [0.67 0.09 0.24]
}
