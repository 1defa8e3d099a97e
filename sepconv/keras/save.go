package keras

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/sepconv/go/internal/atomicfile"
	"github.com/sepconv/go/internal/hdf5"
	"github.com/sepconv/go/sepconv"
)

// Save writes the model to a file whose format its name says: .keras,
// .weights.h5, .h5, .json or .safetensors; see Write for what each can hold.
//
// The file is written whole or not at all: under another name in the same
// directory, which then replaces name. When there is an error, what name was
// before is untouched.
func (m *Model) Save(name string) error {
	format, err := formatOf(name)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(name, func(w io.Writer) error { return m.write(w, format) }); err != nil {
		return fmt.Errorf("%w: %s: %w", sepconv.ErrFile, filepath.Base(name), err)
	}
	return nil
}

// formatOf tells the format by the ending of a name.
func formatOf(name string) (Format, error) {
	lower := strings.ToLower(name)
	for _, f := range []Format{WeightsH5, H5, Archive, JSON, Safetensors} { // .weights.h5 before .h5
		if strings.HasSuffix(lower, string(f)) {
			return f, nil
		}
	}
	return "", fmt.Errorf("%w: %.80q: the name must end in %s, %s, %s, %s or %s", sepconv.ErrFile, filepath.Base(name), Archive, WeightsH5, H5, JSON, Safetensors)
}

// Write writes the model in a format.
//
// A model goes into the formats of the Keras that it is of, with its configuration
// as it was and the weights that it has now, and from an H5 into the Archive of Keras 3:
//
//   - Archive, if it was read from one, or from the JSON of Keras 3 with weights by
//     LoadWeights from an Archive or WeightsH5. The other members of the archive,
//     such as vocabularies, go back as they were;
//   - Archive of Keras 3, if it was read from a whole model in an H5, of either Keras, of
//     classes that Compile computes. The configuration becomes that of Keras 3, and what is
//     read from the file computes the same bits as what was read from the H5. What Keras 3
//     does not have, or computes otherwise, is an error: causal padding of SeparableConv1D,
//     hard_sigmoid of Keras 2, ThresholdedReLU, a mask that ends at a Rescaling or
//     Normalization, tf_idf, and classes and functions of the user's own;
//   - WeightsH5, likewise, and if it was read from one;
//   - H5, if its weights were read from one;
//   - JSON, if it was not read from an H5 of Keras 3.
//
// What there was of an optimizer is left out. A Sequential model of SeparableConv1D
// layers, made by Sequential or read, goes into all formats: Archive and JSON as
// Keras 3 writes them (JSON as Keras 2 does if Sequential made it and only that knows
// a configuration, such as causal padding), H5 as Keras 2 does, and Safetensors as
// PyTorch's pairs of layers (TorchWeights), as which all models go whose other layers
// have no weights.
// Anything else, such as a configuration that the Keras of a format does not know,
// and layers that do not fit the configuration any more, is an error.
//
// Weights are written as float32, integers as int64.
func (m *Model) Write(w io.Writer, f Format) error {
	if w == nil {
		return fmt.Errorf("%w: there is nothing to write to: the writer is nil", sepconv.ErrFile)
	}
	if err := m.write(w, f); err != nil {
		return fmt.Errorf("%w: %w", sepconv.ErrFile, err)
	}
	return nil
}

func (m *Model) write(w io.Writer, f Format) error {
	if err := m.check(); err != nil {
		return err
	}
	switch f {
	case Archive:
		return m.writeArchive(w)
	case WeightsH5:
		return m.writeWeights(w)
	case H5:
		return m.writeLegacy(w)
	case JSON:
		return m.writeJSON(w)
	case Safetensors:
		return m.writeSafetensors(w)
	}
	return fmt.Errorf("there is no format %.80q", f)
}

// converted returns the model as one that goes into a format of any Keras, or why it
// does not go into this one.
func (m *Model) converted(f Format) (*plain, error) {
	s, ok, err := m.plain()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, m.errForeign(f)
	}
	return s, nil
}

// writeJSON writes the configuration as it was, or of a plain model for Keras 3.
func (m *Model) writeJSON(w io.Writer) error {
	config := []byte(m.config)
	switch d := m.dialect; {
	case m.config == nil:
		return errors.New("the model has no configuration to write")
	case d == bareDialect || d == keras3Legacy:
		s, err := m.converted(JSON)
		if err != nil {
			return err
		}
		if config, err = s.marshal(Keras3); err != nil {
			return err
		}
	default:
		if err := m.unchanged(); err != nil {
			return err
		}
	}
	_, err := w.Write(config)
	return err
}

// writeWeights writes the weights as Keras 3 arranges them.
func (m *Model) writeWeights(w io.Writer) error {
	if t, ok := m.store.(*tree); ok {
		return m.writeHDF5(w, t)
	}
	s, err := m.converted(WeightsH5)
	if err != nil {
		return err
	}
	return (&Model{}).writeHDF5(w, s.tree())
}

// writeHDF5 writes a store with the weights that the model's layers have now.
func (m *Model) writeHDF5(w io.Writer, s store) error {
	file, err := m.buildHDF5(s)
	if err != nil {
		return err
	}
	_, err = file.WriteTo(w)
	return err
}

func (m *Model) buildHDF5(s store) (*hdf5.Writer, error) {
	if err := m.unchanged(); err != nil {
		return nil, err
	}
	file := hdf5.NewWriter()
	return file, s.write(file, m)
}

// writeArchive writes a .keras file: of what was read from such a one or from its
// pieces, or of a plain model for Keras 3.
func (m *Model) writeArchive(w io.Writer) error {
	config, of := []byte(m.config), m
	t, ok := m.store.(*tree)
	d := m.dialect
	if !ok || d != keras3Objects && d != keras2Objects {
		var err error
		if config, t, err = m.forKeras3(); err != nil {
			return err
		}
		of, d = &Model{}, keras3Objects
	}
	weights, err := of.buildHDF5(t)
	if err != nil {
		return fmt.Errorf("%s: %w", weightsName, err)
	}
	metadata := fmt.Appendf(nil, `{"keras_version": %s, "date_saved": "%s"}`, pythonString(m.writtenBy(d.generation())), time.Now().Format("2006-01-02@15:04:05"))
	parts := []archivePart{
		{metadataName, bytes.NewReader(metadata)},
		{configName, bytes.NewReader(config)},
		{weightsName, weights},
	}
	for _, other := range m.members {
		parts = append(parts, archivePart{other.name, bytes.NewReader(other.data)})
	}
	return writeZIP(w, parts)
}

// forKeras3 returns what a .keras of Keras 3 has: of a plain model, or of one in an .h5.
func (m *Model) forKeras3() (config []byte, weights *tree, err error) {
	s, ok, err := m.plain()
	switch {
	case err != nil:
		return nil, nil, err
	case !ok:
		return m.translated()
	}
	config, err = s.marshal(Keras3)
	return config, s.tree(), err
}

type archivePart struct {
	name string
	data io.WriterTo
}

// epoch is the date of the members of an archive: the first that ZIP has, which
// Keras takes too, so that what is in it decides the bytes.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func writeZIP(w io.Writer, parts []archivePart) error {
	z := zip.NewWriter(w)
	for _, part := range parts {
		// Stored, as Keras does, so that the weights can be read where they are.
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Store, Modified: epoch})
		if err != nil {
			return fmt.Errorf("%.80q: %w", part.name, err)
		}
		if strings.HasSuffix(part.name, "/") {
			continue // a directory, which has no data
		}
		if _, err := part.data.WriteTo(f); err != nil {
			return fmt.Errorf("%.80q: %w", part.name, err)
		}
	}
	return z.Close()
}

// writeLegacy writes an .h5 file: of what was read from such a one, or of a plain
// model for Keras 2.
func (m *Model) writeLegacy(w io.Writer) error {
	if s, ok := m.store.(*legacy); ok && (m.config == nil || m.dialect != bareDialect) {
		return m.writeHDF5(w, s)
	}
	s, err := m.converted(H5)
	if err != nil {
		return err
	}
	config, err := s.marshal(Keras2)
	if err != nil {
		return err
	}
	return (&Model{config: config, dialect: keras2Legacy}).writeHDF5(w, s.legacy())
}
