package keras

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/sepconv/go/sepconv"
)

// LoadWeights reads the weights of a model whose configuration is there, from a
// file of weights of any format. Of a model that Keras saved in several files
// (max_shard_size) give all, in any order.
//
// What gets which weights is as in Keras: by the order of the layers, in .h5 all
// that have weights, otherwise those of each class; whatever their names. Every
// layer must get the number of arrays, and of the shapes, that its configuration
// says; a layer of a class that is not Keras' own, those that it had. A JSON does not
// tell which layers are one object in several models: a layer of which the file has
// nothing, though it has the model around, is taken for the only one of the same name
// and configuration in another model, and is an error if there is none. When there is
// an error, which for weights that do not fit wraps sepconv.ErrWeights, the model is
// as it was. The limit is the one that the model was read with.
func (m *Model) LoadWeights(names ...string) error {
	if err := m.check(); err != nil {
		return err
	}
	if m.config == nil {
		return fmt.Errorf("%w: weights need a model with a configuration that lists its layers, from a .json, .keras or .h5 file", sepconv.ErrFile)
	}
	if len(names) == 0 {
		return fmt.Errorf("%w: no file of weights is given", sepconv.ErrFile)
	}
	all, err := m.readStores(names)
	if err != nil {
		return err
	}
	if m.unlisted {
		layers := all.layers()
		if err := sameWeights(m.Layers, layers); err != nil {
			return fileErr(names, err)
		}
		m.store, m.Layers = all, layers
		return nil
	}
	a, err := m.assign(all, false)
	if err != nil {
		return fileErr(names, err)
	}
	a.commit()
	m.keep(all)
	return nil
}

// readStores reads the weights of files, as one.
func (m *Model) readStores(names []string) (all store, err error) {
	for _, name := range names {
		w, err := open(name, &settings{maxBytes: m.maxBytes})
		switch {
		case err != nil:
		case w.Format == Safetensors:
			err = errors.New("safetensors do not say which layers of Keras their arrays are of; read them with Open and Model.TorchSeparableConv1D")
		case w.store == nil:
			err = errors.New("it has no weights of Keras")
		}
		if err == nil && all != nil {
			err = all.add(w.store)
		}
		if err != nil {
			return nil, fileErr([]string{name}, err)
		}
		if all == nil {
			all = w.store
		}
	}
	return all, nil
}

// fileErr is an error with the files of weights that it is of.
func fileErr(names []string, err error) error {
	bases := make([]string, len(names))
	for i, name := range names {
		bases[i] = filepath.Base(name)
	}
	return fmt.Errorf("%w: %s: %w", sepconv.ErrFile, strings.Join(bases, ", "), err)
}

// sameWeights reports layers of a file whose model lists none that are not like those
// of another.
func sameWeights(want, got []*Layer) error {
	if len(got) != len(want) {
		return fmt.Errorf("%w: the file has %d layers with arrays; the model has %d", sepconv.ErrWeights, len(got), len(want))
	}
	for i, l := range want {
		if err := checkArrays(l.before(), got[i].Weights); err != nil {
			return l.about(err)
		}
		if err := sameWeights(l.Layers, got[i].Layers); err != nil {
			return err
		}
	}
	return nil
}
