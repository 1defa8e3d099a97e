package keras

import (
	"errors"
	"fmt"
	"slices"
)

// A layerBuilder adds a layer of a class.
type layerBuilder struct {
	build func(b *building) ([]tensor, error)
	// masking says that the mask of the input is that of the output, too.
	masking bool
}

// builders are the builders of Keras' classes, by the canonical names of these.
var builders map[string]layerBuilder

func init() {
	builders = map[string]layerBuilder{}
	for _, list := range []map[string]layerBuilder{
		linearLayers, activationLayers, normalizationLayers, shapeLayers, poolingLayers, mergeLayers, maskLayers, recurrentLayers, wrapperLayers, textLayers,
	} {
		for class, b := range list {
			builders[class] = b
		}
	}
}

// build adds the layer.
func (b *building) build() ([]tensor, error) {
	if !b.l.IsKeras() {
		return b.buildForeign()
	}
	class := canonical(b.l.Class)
	f, ok := builders[class]
	if b.isOperation(ok) {
		out, _, err := b.operation()
		return out, err
	}
	if !ok {
		if reason := refusedClasses[class]; reason != "" {
			return nil, fmt.Errorf("%w: %s", errors.ErrUnsupported, reason)
		}
		return nil, fmt.Errorf("%w: this class is not computed; keras.Register supplies one of your own only for classes that are not Keras'", errors.ErrUnsupported)
	}
	if len(b.in) == 0 {
		return nil, errors.New("it is called without an input")
	}
	if _, reads := textLayers[class]; !reads && slices.ContainsFunc(b.in, func(t tensor) bool { return t.text != nil }) {
		return nil, unsupportedf("its input is text; TextVectorization and StringLookup read that")
	}
	out, err := f.build(b)
	if err == nil {
		err = b.err
	}
	if err != nil {
		return nil, err
	}
	if f.masking && !(b.l.keras2 && endMasks2[class]) {
		for i := range out {
			out[i].mask, out[i].hasMask, out[i].countsAll = b.in[0].mask, b.in[0].hasMask, b.in[0].countsAll
		}
	}
	return out, nil
}

// endMasks2 are the classes that pass a mask on in Keras 3, but end it in Keras 2.
var endMasks2 = map[string]bool{"Rescaling": true, "Normalization": true}

// refusedClasses are classes of Keras that this package will not compute, and why.
var refusedClasses = map[string]string{
	"Lambda":          "a Lambda is Python code, which nothing here executes; write it as layers of Keras, or as a class of your own that keras.Register supplies",
	"TFOpLambda":      "it is a function of TensorFlow in the model; write it as a layer of Keras",
	"SlicingOpLambda": "it is Python's indexing in the model; write it as a layer of Keras",
}
