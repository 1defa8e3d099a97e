package keras

import (
	"encoding/json"
	"fmt"
	"iter"
	"strconv"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/sepconv"
)

// Format is a kind of file.
type Format string

const (
	Archive     Format = ".keras"       // configuration and weights in a ZIP archive: Keras 3, and Keras 2 from 2.12 on
	WeightsH5   Format = ".weights.h5"  // weights of Keras 3, and of Keras 2 from 2.12 on
	H5          Format = ".h5"          // configuration and weights, or weights alone, as Keras 2 has them; whole models of Keras 3, too
	JSON        Format = ".json"        // configuration
	Safetensors Format = ".safetensors" // weights of PyTorch
)

// Model is what a file holds. SetWeights of its layers and LoadWeights change it; all other
// methods may be called by several goroutines at once.
type Model struct {
	Name    string   // "" if the file has only weights, or only one layer
	Class   string   // "Sequential", "Functional" or the user's own; "" as for Name
	Version string   // of the Keras that wrote the file; "" if the file does not say
	Format  Format   // "" if it was not read from a file
	Layers  []*Layer // in Keras' order; of a model in the model, it is one of them and has its own

	graph    *graph            // of its Layers; nil if the file has only weights
	twins    map[*Layer]*Layer // places that are one object with another, as only the weights say
	config   json.RawMessage   // the model as an object of Keras; nil if the file has only weights
	store    store             // where the weights are in the file
	unlisted bool              // the configuration does not list the layers; the weights do
	keras2   bool              // the configuration is of Keras 2
	dialect  dialect           // its form
	kept     *kept             // what the layers were when the weights were read
	members  []archiveMember   // of the archive, that are neither configuration nor weights
	maxBytes int64
	budget   *budget.Budget // of the file that it is read from
}

// Layer is a layer of a model.
type Layer struct {
	// Path is the layer's name after those of the models it is in: "encoder/front". In
	// a WeightsH5 of Keras 2, which does not tell the names of layers, Name is "" and
	// Path that of the group, "layers/separable_conv1d_5": the number is the layer's
	// among those of its class, not that in its name.
	Path string
	Name string
	// Class is Keras' or the user's name of the class, without a package; "" if the
	// file has only weights.
	Class string
	// Registered is the name under which a class that is not Keras' own was
	// registered: "package>Class"; otherwise "".
	Registered string
	// Module is the Python module that the class is in, "keras.layers" or the user's
	// own; "" if the file does not say, as files of Keras 2 before 2.12 do not.
	Module string
	// Config is the configuration as the file has it, nil if it has none. Whatever it
	// names or contains, such as the code of a Lambda layer, is text here; NaN and
	// Infinity, which JSON does not have, are strings.
	Config json.RawMessage
	// Inputs are the names of the layers whose outputs this one takes, each once. Calls has
	// the details.
	Inputs []string
	// Calls are the calls of the layer in the model that it is in, in Keras' order. An
	// input layer has none.
	Calls []Call
	// Weights are the layer's own, in Keras' order.
	Weights []*Tensor
	// Layers are those of a model in the model, or the one in a wrapper such as
	// TimeDistributed.
	Layers []*Layer

	activations activations // of the user's own

	vocabulary []byte          // of a TextVectorization or StringLookup, that an archive has beside
	built      json.RawMessage // what Keras 3 notes of the input that the layer was built for
	graph      *graph          // of its Layers; nil if it has none
	parent     *graph          // that the layer is in
	wrapper    bool            // its one layer is not one of a model's
	functional bool            // its layers are connected by their calls
	foreign    bool            // its class is in a module that is not Keras'
	keras2     bool            // names are those of Keras 2
	shared     string          // by which Keras knows a layer that is in several places; "" if it is in one
	same       *Layer          // the first place of the same layer; nil of the first itself
	others     []*Layer        // the other places, of the first
	object     *oneObject      // what was built for all places, of the first
}

// Tensor is an array of a layer.
type Tensor struct {
	Name   string // "depthwise_kernel", or "0" if the file does not say and this package does not know the class
	Shape  []int
	DType  string    // in the file: "float32", "bfloat16", ...
	Values []float32 // in C order; nil if Err is not
	// Err is why there are no Values: strings, say, or numbers of a type or a
	// filter that this package does not read. The array has its name, shape and type
	// nevertheless, and bars no other; it is an error for what needs the values.
	// Damage is an error for the whole file.
	Err error

	key  string  // the name of the data set in the file
	ints []int64 // the values of integers, which float32 may not hold
}

// All goes through the layers, each followed by those in it.
//
// A layer, or a model in the model, that is used again in a wrapper or in another
// model in the model is there once for each place, with its path. All of them are
// one object in Keras, whose weights are the same: SetWeights of one place sets
// those of all. Layer.Places tells which they are.
func (m *Model) All() iter.Seq[*Layer] {
	return func(yield func(*Layer) bool) {
		if m != nil {
			visit(m.Layers, yield)
		}
	}
}

// visit leaves out layers that are nil.
func visit(layers []*Layer, yield func(*Layer) bool) bool {
	for _, l := range layers {
		if l != nil && (!yield(l) || !visit(l.Layers, yield)) {
			return false
		}
	}
	return true
}

// Layer returns the layer of a path, "front" or "encoder/front".
func (m *Model) Layer(path string) (*Layer, error) {
	for l := range m.All() {
		if l.Path == path {
			return l, nil
		}
	}
	return nil, fmt.Errorf("%w: there is no layer %.80q%s", sepconv.ErrFile, path, m.someNames())
}

// shown quotes a name in a message, with a mark if it is cut.
func shown(name string) string {
	const most = 200
	if len(name) > most {
		return strconv.Quote(name[:most]) + "..."
	}
	return strconv.Quote(name)
}

// someNames is a hint at what there is instead.
func (m *Model) someNames() string {
	const most = 5
	text, n := "; the layers are", 0
	for l := range m.All() {
		if n == most {
			return text + ", ..."
		}
		if n > 0 {
			text += ","
		}
		text += " " + shown(l.Path)
		n++
	}
	if n == 0 {
		return "; the file has none"
	}
	return text
}
