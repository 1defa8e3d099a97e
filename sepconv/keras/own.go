package keras

import (
	"slices"
	"strings"
)

// Classes of Keras that have other layers in them.
var (
	modelClasses   = []string{"Functional", "Sequential", "Model"} // the last is what early Keras 2 calls the first
	wrapperClasses = []string{"TimeDistributed", "Bidirectional", "SpectralNormalization"}
)

// IsKeras reports whether the class of the layer is one of Keras' own layers. That
// of the same name which somebody registered under a package of theirs, or which is
// in a module of theirs, may compute anything, and so nothing is made of it but what
// the file says.
//
// Files of Keras 2 before 2.12, and all .h5 and .json in its notation, do not say
// where a class is from that was not registered.
func (l *Layer) IsKeras() bool {
	return l != nil && l.Class != "" && l.Registered == "" && !l.foreign
}

// is reports whether the layer is of one of some classes of Keras.
func (l *Layer) is(classes ...string) bool {
	return l.IsKeras() && slices.Contains(classes, l.Class)
}

// isKerasModule reports whether a module of Python is one of Keras' that have
// layers. Operations such as keras.ops.softmax, which are in a graph too, are
// classes of the same names as layers and take other configurations.
func isKerasModule(name string) bool {
	top, rest, _ := strings.Cut(name, ".")
	return (top == "keras" || top == "tf_keras") && !slices.Contains(strings.Split(rest, "."), "ops")
}

// className is the name of the class for messages, with where it is from if that is
// not Keras.
func (l *Layer) className() string {
	switch {
	case l.Registered != "":
		return l.Registered
	case l.foreign && l.Module != "":
		return l.Module + "." + l.Class
	case l.foreign:
		return "__main__." + l.Class // for which Keras writes no module
	}
	return l.Class
}
