package keras

import (
	"errors"
	"io"
	"slices"

	"github.com/sepconv/go/internal/hdf5"
)

// store is the weights of a file as they lie in it.
type store interface {
	// layers returns what the file tells of layers without a configuration.
	layers() []*Layer
	// assign finds the weights of the layers of a configuration.
	assign(a *assignment) error
	// add adds another file of the same model.
	add(store) error
	// write writes the weights, and in a whole model of Keras 2 its configuration.
	write(w *hdf5.Writer, m *Model) error
}

// readHDF5 reads the weights of an HDF5 file. Of a whole model of Keras 2 it
// returns the configuration too.
func (m *Model) readHDF5(r io.ReaderAt, size int64) (s store, config string, err error) {
	root, err := hdf5.OpenWithin(r, size, m.budget)
	if err != nil {
		return nil, "", err
	}
	if hasAttribute(root, "model_config") || hasAttribute(root, "layer_names") || hasAttribute(root, "layer_names0") || root.Has("model_weights") {
		return m.readLegacy(root)
	}
	t := &tree{&node{}, m.budget}
	if err := t.root.read(root, maxGroups, &allowance{maxObjects, m.budget}); err != nil {
		return nil, "", err
	}
	if err := t.spendPaths(); err != nil {
		return nil, "", err
	}
	return t, "", nil
}

// errForeign is for a file of weights without any layer. (An archive may have none:
// its configuration says which there should be.)
var errForeign = errors.New("it is HDF5, but none that Keras writes: no group has the attribute layer_names or a group vars in it; in Keras, model.save('model.keras') or model.save_weights('model.weights.h5')")

// hasLayer reports whether a layer is in the group, or it is one.
func (n *node) hasLayer() bool {
	return n.isLayer || slices.ContainsFunc(n.children, (*node).hasLayer)
}
