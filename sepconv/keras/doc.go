// Package keras reads and writes the files of Keras 2 and Keras 3, and
// safetensors as PyTorch has them, and runs the models in them.
//
//	model, err := keras.Open("model.keras")
//	program, err := model.Compile()
//	err = program.Run(outputs, inputs, batch) // caller's slices
//	stream, err := program.Stream()           // for a signal that comes in chunks
//
// A model that begins with TextVectorization, StringLookup or Hashing takes text:
// Program.RunText. Compile takes Sequential and functional models of the layers that models with
// SeparableConv1D are made of; an error names the one that it cannot run. One layer
// alone is a *sepconv.Layer:
//
//	front, err := model.Layer("separable_conv1d")
//	layer, err := front.SeparableConv1D()
//
// A Model lists every layer of the file with its class, name, configuration and
// weights, those of models in models included, and how they are connected:
// Layer.Calls, Model.Graph. Each SeparableConv1D of Keras, also under the other name
// that it has there (SeparableConvolution1D), makes a layer of package sepconv.
// Model.Blocks folds in the layers around it, such as BatchNormalization, as far as
// that changes no result. A class that somebody registered under the same name is
// not Keras' (Layer.IsKeras), and only what the file says of it is known.
//
// # Formats
//
// Open and Read tell the format by the content:
//
//   - .keras archives of Keras 3 and of Keras 2.12 to 2.15, with weights as
//     model.weights.h5 or, of Keras 2, model.weights.npz, also zipped again with
//     the folder that they were unpacked to;
//   - .weights.h5, which hold no configurations: build layers with Layer.Build, or
//     load them into the model of a JSON with Model.LoadWeights. Those of Keras 2
//     and 3.0 have no names of layers either, but "layers/separable_conv1d_5" for
//     the sixth layer of a class, however it is called in the model;
//   - .h5 of whole models, and of save_weights, from TensorFlow 2.4 on;
//   - JSON of a model (to_json) or of one layer (get_config, with or without its
//     class);
//   - safetensors, with PyTorch's pairs of layers: see TorchWeights.
//
// Anything else is refused with what it is and what to do instead.
//
// Weights in float16, bfloat16, float64 and integers are converted to float32,
// compressed and chunked ones unpacked. An array of another type, or under another
// filter, has no values and says why (Tensor.Err); it bars no other, and is an
// error for what needs it. Integers that an array beside them scales are quantized
// weights, not values, and an error too. Model.Save writes .keras for Keras 3, .h5
// for Keras 2, .weights.h5, JSON and safetensors, whole or not at all.
//
// # What is the user's own
//
// A configuration names the classes and functions of the user's Python, and does not
// hold their code. Initializers, regularizers and constraints are kept and written
// back, since nothing here needs them: see custom.Object. An activation is
// supplied by its name: see WithActivation.
//
// # Files of unknown origin
//
// Nothing in a file is executed: the code of a Lambda layer is text in its Config,
// a pickle is data. Nothing that a file names is opened, be it a path in a
// configuration, a link or an external data set in HDF5, or a piece in an index of
// shards. Nothing is written while reading. What a file asks for is checked
// against its own size and a limit (see WithMaxBytes) before it is allocated.
// JSON may nest 128 deep and have 16 MiB, and no key twice in an object.
//
// Errors wrap sepconv.ErrFile and say where in the file.
package keras
