package keras

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

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
	if err := m.check(); err != nil {
		return err
	}
	format, err := formatOf(name)
	if err != nil {
		return err
	}
	if err := writeFile(name, func(w io.Writer) error { return m.write(w, format) }); err != nil {
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
// A model goes into the format that it was read from (or Archive, if that was a
// JSON and LoadWeights read a WeightsH5) with its configuration as it was and the
// weights that it has now. What there was of an optimizer is left out.
//
// A Sequential model of SeparableConv1D layers, made by Sequential or read, goes
// into all formats: Archive and JSON as Keras 3 writes them, H5 as Keras 2 does,
// and Safetensors as PyTorch's pairs of layers (TorchWeights), as which all models
// go whose other layers have no weights. A configuration that the Keras of a
// format does not know is an error.
//
// Weights are written as float32, integers as int64.
func (m *Model) Write(w io.Writer, f Format) error {
	if w == nil {
		return fmt.Errorf("%w: there is nothing to write to: the writer is nil", sepconv.ErrFile)
	}
	if err := m.check(); err != nil {
		return err
	}
	if err := m.write(w, f); err != nil {
		return fmt.Errorf("%w: %w", sepconv.ErrFile, err)
	}
	return nil
}

func (m *Model) write(w io.Writer, f Format) error {
	switch f {
	case Archive:
		return m.writeArchive(w)
	case WeightsH5:
		t, err := m.asTree()
		if err != nil {
			return err
		}
		return writeHDF5(w, t, m)
	case H5:
		return m.writeLegacy(w)
	case JSON:
		if m.config == nil {
			return errors.New("the model has no configuration to write")
		}
		_, err := w.Write(m.config)
		return err
	case Safetensors:
		return m.writeSafetensors(w)
	}
	return fmt.Errorf("there is no format %.80q", f)
}

// errForeign says why a model cannot be written in a format.
func (m *Model) errForeign(f Format) error {
	if m.config == nil {
		return fmt.Errorf("%s needs a configuration, which the model has not", f)
	}
	return fmt.Errorf("the model is not a Sequential of SeparableConv1D layers alone, and was read from another format than %s", f)
}

// asTree returns the weights as Keras 3 arranges them.
func (m *Model) asTree() (*tree, error) {
	if t, ok := m.store.(*tree); ok && !m.made {
		return t, nil
	}
	s, ok, err := m.plain()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, m.errForeign(WeightsH5)
	}
	return s.tree(), nil
}

func writeHDF5(w io.Writer, s store, m *Model) error {
	file := hdf5.NewWriter()
	if err := s.write(file, m); err != nil {
		return err
	}
	_, err := file.WriteTo(w)
	return err
}

// writeArchive writes a .keras file: of what was read from such a one, or of a
// plain model for Keras 3.
func (m *Model) writeArchive(w io.Writer) error {
	config, version := []byte(m.config), m.Version
	t, ok := m.store.(*tree)
	if !ok || m.made || m.config == nil {
		s, isPlain, err := m.plain()
		if err != nil {
			return err
		}
		if !isPlain {
			return m.errForeign(Archive)
		}
		if config, err = s.marshal(Keras3); err != nil {
			return err
		}
		t, version = s.tree(), versions[Keras3]
	}
	metadata := fmt.Appendf(nil, `{"keras_version": %s, "date_saved": "%s"}`, pythonString(version), time.Now().Format("2006-01-02@15:04:05"))
	z := zip.NewWriter(w)
	for _, part := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{metadataName, bytesWriter(metadata)},
		{configName, bytesWriter(config)},
		{weightsName, func(w io.Writer) error { return writeHDF5(w, t, m) }},
	} {
		// Stored, as Keras does, so that the weights can be read where they are.
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Store})
		if err != nil {
			return err
		}
		if err := part.write(f); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return z.Close()
}

func bytesWriter(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

// writeLegacy writes an .h5 file: of what was read from such a one, or of a plain
// model for Keras 2.
func (m *Model) writeLegacy(w io.Writer) error {
	if s, ok := m.store.(*legacy); ok {
		return writeHDF5(w, s, m)
	}
	s, ok, err := m.plain()
	if err != nil {
		return err
	}
	if !ok {
		return m.errForeign(H5)
	}
	config, err := s.marshal(Keras2)
	if err != nil {
		return err
	}
	return writeHDF5(w, s.legacy(), &Model{config: config, Version: versions[Keras2]})
}

// writeFile writes a file under another name and then gives it its own. A file that
// is replaced keeps its mode, and a link its place.
func writeFile(name string, write func(io.Writer) error) (err error) {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	old, err := os.Stat(name)
	if err == nil && !old.Mode().IsRegular() {
		return fmt.Errorf("it is a %v, not a file", old.Mode().Type())
	}
	f, err := createBeside(name)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if old != nil {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// createBeside creates a file of a name that nothing has, in the directory of
// another.
func createBeside(name string) (*os.File, error) {
	for i := 0; ; i++ {
		other := fmt.Sprintf("%s.%d.%d.tmp", name, os.Getpid(), i)
		f, err := os.OpenFile(other, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, os.ErrExist) || i > 1000 {
			return f, err
		}
	}
}
