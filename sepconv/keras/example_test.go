package keras_test

import (
	"bytes"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/sepconv/go/sepconv/optimizers"
)

// A layer of a model that Keras saved, run in Go.
func ExampleLayer_SeparableConv1D() {
	model, err := keras.Open("testdata/files/k3_strided.keras")
	if err != nil {
		log.Fatal(err)
	}
	front, err := model.Layer("front")
	if err != nil {
		log.Fatal(err)
	}
	layer, err := front.SeparableConv1D()
	if err != nil {
		log.Fatal(err)
	}
	plan, err := layer.Compile()
	if err != nil {
		log.Fatal(err)
	}
	src, dst := make([]float32, 20*3), make([]float32, 10*4) // (1, steps, channels), (1, steps, filters)
	fmt.Println(plan.Run(dst, src, 1, 20))
	// Output: <nil>
}

// A layer of a model is trained on, and the model saved with it.
func ExampleLayer_SetWeights() {
	model, err := keras.Open("testdata/files/k3_strided.keras")
	if err != nil {
		log.Fatal(err)
	}
	front, err := model.Layer("front")
	if err != nil {
		log.Fatal(err)
	}
	layer, err := front.SeparableConv1D()
	if err != nil {
		log.Fatal(err)
	}
	trainer, err := layer.Train()
	if err != nil {
		log.Fatal(err)
	}
	const batch, steps = 1, 20
	shape, err := trainer.OutputShape(batch, steps)
	if err != nil {
		log.Fatal(err)
	}
	src := make([]float32, batch*steps*layer.Channels())
	dst := make([]float32, shape[0]*shape[1]*shape[2])
	if err := trainer.Forward(dst, src, batch, steps); err != nil {
		log.Fatal(err)
	}
	ddst := make([]float32, len(dst)) // the gradient by dst, of the loss: here sum of dst
	for i := range ddst {
		ddst[i] = 1
	}
	if err := trainer.Backward(nil, ddst); err != nil {
		log.Fatal(err)
	}
	optimizer := &optimizers.SGD{LearningRate: 0.1}
	if err := optimizer.Step(trainer); err != nil {
		log.Fatal(err)
	}

	if err := front.SetWeights(trainer.Weights()); err != nil {
		log.Fatal(err)
	}
	directory, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)
	name := filepath.Join(directory, "trained.keras")
	fmt.Println(model.Save(name))
	saved, err := keras.Open(name)
	if err != nil {
		log.Fatal(err)
	}
	part, err := saved.Layer("front")
	if err != nil {
		log.Fatal(err)
	}
	again, err := part.SeparableConv1D()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(slices.Equal(again.Weights().Bias, trainer.Weights().Bias), slices.Equal(again.Weights().Bias, layer.Weights().Bias))
	// Output:
	// <nil>
	// true false
}

func ExampleModel() {
	model, err := keras.Open("testdata/files/k3_chain.h5")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Class, model.Version)
	for layer := range model.All() {
		if len(layer.Weights) > 0 {
			fmt.Println(layer.Path, layer.Class, len(layer.Weights))
		}
	}
	// Output:
	// Sequential 3.15.1
	// norm0 BatchNormalization 4
	// conv1 SeparableConv1D 3
	// norm1 BatchNormalization 4
	// conv2 SeparableConv1D 2
	// norm2 BatchNormalization 3
	// conv3 SeparableConv1D 3
	// norm3 BatchNormalization 3
	// conv4 SeparableConv1D 3
	// norm4 BatchNormalization 4
	// dense Dense 2
}

// Layers of the model that need no computing of their own any more.
func ExampleBlock() {
	model, err := keras.Open("testdata/files/k3_chain.keras")
	if err != nil {
		log.Fatal(err)
	}
	blocks, err := model.Blocks()
	if err != nil {
		log.Fatal(err)
	}
	for _, block := range blocks {
		for _, layer := range block.Computes {
			fmt.Print(layer.Name, " ")
		}
		fmt.Println("->", block.Layer.Config().Activation.Name())
	}
	// Output:
	// norm0 conv1 norm1 relu1 -> relu6
	// conv2 norm2 tanh2 -> tanh
	// conv3 norm3 -> linear
	// conv4 -> relu
}

// Two signals go through one layer; what is made of them is subtracted, the second
// minus the first.
func ExampleCall() {
	model, err := keras.Open("testdata/cases/shared-submodel/siamese.keras")
	if err != nil {
		log.Fatal(err)
	}
	subtract, err := model.Layer("subtract")
	if err != nil {
		log.Fatal(err)
	}
	for _, call := range subtract.Calls {
		fmt.Println(call.Inputs())
	}
	// Output: [{c 1 0} {c 0 0}]
}

// What a layer is called with beside its input.
func ExampleArgument() {
	model, err := keras.Open("testdata/cases/bn-training/k3_dropout.keras")
	if err != nil {
		log.Fatal(err)
	}
	dropout, err := model.Layer("mc")
	if err != nil {
		log.Fatal(err)
	}
	for _, argument := range dropout.Calls[0].Arguments {
		fmt.Printf("%q %v\n", argument.Name, argument.Outputs)
	}
	fmt.Printf("%s %v\n", dropout.Calls[0].Argument("training"), dropout.InTraining())
	// Output:
	// "" [{conv 0 0}]
	// "training" []
	// true true
}

func ExampleOutput() {
	model, err := keras.Open("testdata/cases/shared-submodel/td_model.keras")
	if err != nil {
		log.Fatal(err)
	}
	for _, output := range model.Graph().Outputs {
		layer, err := model.Layer(output.Layer)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(layer.Class, "of", layer.Calls[output.Node].Inputs())
	}
	// Output:
	// Functional of [{input_layer_1 0 0}]
	// TimeDistributed of [{input_layer_2 0 0}]
}

// The inputs and outputs of a model, and of a model in it.
func ExampleGraph() {
	model, err := keras.Open("testdata/cases/shared-submodel/two_sub.keras")
	if err != nil {
		log.Fatal(err)
	}
	graph := model.Graph()
	fmt.Println(graph.Inputs, graph.Outputs)
	b, err := model.Layer("B")
	if err != nil {
		log.Fatal(err)
	}
	graph, ok := b.Graph()
	fmt.Println(graph.Inputs, graph.Outputs, ok)
	// Output:
	// [{input_layer_2 0 0}] [{add 0 0}]
	// [{input_layer_1 0 0}] [{re_lu 0 0}] true
}

// A layer's weights trained in Go, back into the model that Keras made.
func ExampleLayer() {
	model, err := keras.Open("testdata/files/k3_chain.keras")
	if err != nil {
		log.Fatal(err)
	}
	conv, err := model.Layer("conv1")
	if err != nil {
		log.Fatal(err)
	}
	layer, err := conv.SeparableConv1D()
	if err != nil {
		log.Fatal(err)
	}
	weights := layer.Weights()
	weights.Bias[0] = 0.5 // training
	if err := conv.SetWeights(weights); err != nil {
		log.Fatal(err)
	}
	name := filepath.Join(os.TempDir(), "sepconv_example.keras")
	defer os.Remove(name)
	fmt.Println(model.Save(name)) // for keras.models.load_model
	// Output: <nil>
}

// Files of weights have no configuration: the program knows it.
func ExampleLayer_Build() {
	weights, err := keras.Open("testdata/files/k3_subclassed.weights.h5")
	if err != nil {
		log.Fatal(err)
	}
	front, err := weights.Layer("front")
	if err != nil {
		log.Fatal(err)
	}
	layer, err := front.Build(sepconv.Config{Padding: sepconv.Same, Activation: sepconv.ReLU})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(layer.Channels(), layer.Config().KernelSize, layer.Config().Filters)
	// Output: 3 3 4
}

func ExampleTensor() {
	model, err := keras.Open("testdata/files/k3_bfloat16.keras")
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range model.Layers[1].Weights {
		fmt.Println(t.Name, t.Shape, t.DType, len(t.Values))
	}
	// Output:
	// depthwise_kernel [3 3 1] bfloat16 9
	// pointwise_kernel [1 3 5] bfloat16 15
	// bias [5] bfloat16 5
}

func ExampleSequential() {
	layer, err := sepconv.New(sepconv.Config{Filters: 4, KernelSize: 3, Activation: sepconv.ReLU}, 2)
	if err != nil {
		log.Fatal(err)
	}
	model, err := keras.Sequential("from_go", layer)
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "sepconv")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"model.keras", "model.weights.h5", "model.h5", "model.json", "model.safetensors"} {
		fmt.Println(name, model.Save(filepath.Join(dir, name)))
	}
	// Output:
	// model.keras <nil>
	// model.weights.h5 <nil>
	// model.h5 <nil>
	// model.json <nil>
	// model.safetensors <nil>
}

func ExampleFormat() {
	for _, name := range []string{"k3_defaults.keras", "k2_defaults.h5", "k2_defaults.weights.h5", "k3_plain.json", "torch_plain.safetensors"} {
		model, err := keras.Open("testdata/files/" + name)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(model.Format)
	}
	// Output:
	// .keras
	// .h5
	// .weights.h5
	// .json
	// .safetensors
}

// A model of Keras 2 in an .h5, for Keras 3.
func ExampleModel_Write() {
	model, err := keras.Open("testdata/files/k2_nested.h5")
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer // or model.Save("model.keras")
	if err := model.Write(&file, keras.Archive); err != nil {
		log.Fatal(err)
	}
	again, err := keras.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Version[:2], model.Format)
	fmt.Println(again.Version[:2], again.Format)
	// Output:
	// 2. .h5
	// 3. .keras
}

func ExampleOption() {
	data, err := os.ReadFile("testdata/files/k3_chain.keras")
	if err != nil {
		log.Fatal(err)
	}
	_, err = keras.Read(bytes.NewReader(data), int64(len(data)), keras.WithMaxBytes(1<<20))
	fmt.Println(err == nil)
	_, err = keras.Read(bytes.NewReader(data), int64(len(data)), keras.WithMaxBytes(1<<10))
	fmt.Println(err == nil)
	// Output:
	// true
	// false
}

func ExampleKeras() {
	c := sepconv.Config{Filters: 4, KernelSize: 3, Padding: sepconv.Causal}
	text, err := keras.MarshalConfig(c, keras.Keras2)
	fmt.Println(string(text[:66]), err)
	_, err = keras.MarshalConfig(c, keras.Keras3)
	fmt.Println(err)
	// Output:
	// {"name": "separable_conv1d", "trainable": true, "dtype": "float32" <nil>
	// sepconv: invalid configuration: Keras 3 has no causal padding; Keras 2 has: save as .h5
}

// A depthwise and a pointwise layer of PyTorch, whose weights are in safetensors.
func ExampleModel_TorchSeparableConv1D() {
	model, err := keras.Open("testdata/files/torch_network.safetensors")
	if err != nil {
		log.Fatal(err)
	}
	c := sepconv.Config{DataFormat: sepconv.ChannelsFirst}
	layer, err := model.TorchSeparableConv1D(c, 3, "0.depthwise", "0.pointwise")
	if err != nil {
		log.Fatal(err)
	}
	batchNorm, err := model.Layer("1")
	if err != nil {
		log.Fatal(err)
	}
	norm, err := batchNorm.BatchNorm()
	if err != nil {
		log.Fatal(err)
	}
	layer, err = layer.FoldBatchNorm(norm)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(layer.Config().KernelSize, layer.Channels(), layer.Config().Filters)
	// Output: 3 3 4
}

func ExampleTorchWeights() {
	layer, err := keras.TorchWeights{
		Depthwise: []float32{1, 2, 3, 10, 20, 30}, // (2 channels, 1, 3 taps)
		Pointwise: []float32{1, 0, 0, 1},          // (2 filters, 2 channels, 1)
	}.Layer(sepconv.Config{Filters: 2, KernelSize: 3}, 2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(layer.Weights().Depthwise)
	fmt.Println(keras.ToTorch(layer).Depthwise)
	// Output:
	// [1 10 2 20 3 30]
	// [1 2 3 10 20 30]
}

// A model whose author wrote an activation in Python, registered as "mine>snake".
func ExampleWithActivation() {
	snake := sepconv.ActivationFunc(func(y []float32) {
		for i, x := range y {
			sin := math.Sin(float64(x))
			y[i] = x + float32(sin*sin)
		}
	})
	model, err := keras.Open("testdata/cases/custom-objects/act.keras", keras.WithActivation("mine>snake", snake))
	if err != nil {
		log.Fatal(err)
	}
	l, err := model.Layer("function")
	if err != nil {
		log.Fatal(err)
	}
	layer, err := l.SeparableConv1D()
	if err != nil {
		log.Fatal(err)
	}
	c := layer.Config()
	fmt.Println(c.Activation.Name(), c.DepthwiseRegularizer.Name())
	// Output: mine>snake mine>MyReg
}
