package keras

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/sepconv/go/internal/archive"
	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// Open reads a file of any of the formats, whatever its name. Of anything else,
// such as a directory, a checkpoint of PyTorch or a download that was cut off, the
// error says what it is and what to do.
func Open(name string, options ...Option) (*Model, error) {
	settings, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	m, err := open(name, settings)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", sepconv.ErrFile, filepath.Base(name), err)
	}
	return m, nil
}

func open(name string, s *settings) (*Model, error) {
	// A pipe is not opened: that waits for somebody who writes.
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if err := checkRegular(name, info); err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	if err := checkRegular(name, info); err != nil {
		return nil, err
	}
	return read(f, info.Size(), filepath.Base(name), s)
}

// checkRegular reports what is no file.
func checkRegular(name string, info os.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return directoryError(name)
	case mode&os.ModeNamedPipe != 0:
		return errors.New("it is a pipe, not a file: read it to its end, and give that to Read with a bytes.Reader")
	default:
		return fmt.Errorf("it is a device, socket or the like (%v), not a file", mode.Type())
	}
}

// Read reads a file of size bytes. It keeps nothing of r.
func Read(r io.ReaderAt, size int64, options ...Option) (*Model, error) {
	if r == nil || size < 0 {
		return nil, fmt.Errorf("%w: there is nothing to read: the reader is %v, the size %d", sepconv.ErrFile, r, size)
	}
	settings, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	m, err := read(r, size, "", settings)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sepconv.ErrFile, err)
	}
	return m, nil
}

func read(r io.ReaderAt, size int64, name string, s *settings) (*Model, error) {
	m := &Model{maxBytes: s.maxBytes, budget: newBudget(s.maxBytes)}
	var err error
	if m.Format, err = sniff(r, size, name); err != nil {
		return nil, err
	}
	switch m.Format {
	case Archive:
		err = m.readArchive(r, size)
	case Safetensors:
		err = m.readSafetensors(r, size)
	case JSON:
		err = m.readJSON(r, size)
	default:
		err = m.readWeights(r, size)
	}
	if err != nil {
		return nil, err
	}
	for l := range m.All() {
		l.activations = s.activations
	}
	return m, nil
}

const (
	configName   = "config.json"
	metadataName = "metadata.json"
	weightsName  = "model.weights.h5"
	npzName      = "model.weights.npz"
)

// readArchive reads a .keras file: a description, the configuration, and the
// weights, of which a model that was never built may have none.
func (m *Model) readArchive(r io.ReaderAt, size int64) error {
	a, err := openArchive(r, size, m.budget)
	if err != nil {
		return err
	}
	if err := m.readMetadata(a); err != nil {
		return fmt.Errorf("%s: %w", metadataName, err)
	}
	config, err := readText(a, configName, maxJSON)
	if err == nil {
		err = m.parseConfig(config)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", configName, err)
	}
	switch {
	case a.Has(weightsName):
		err = m.readArchivedH5(a, config)
		if err != nil {
			err = fmt.Errorf("%s: %w", weightsName, err)
		}
	case a.Has(npzName):
		if err = m.readArchivedNPZ(a, config); err != nil {
			err = fmt.Errorf("%s: %w", npzName, err)
		}
	}
	if err != nil {
		return err
	}
	return m.readMembers(a)
}

// archiveMember is what Save puts back into an archive as it was: assets, such as
// the vocabulary of a TextVectorization, and what nobody knows.
type archiveMember struct {
	name string
	data []byte
}

// readMembers reads them into what the weights leave of the limit.
func (m *Model) readMembers(a *archive.Archive) error {
	for _, name := range a.Names() {
		if slices.Contains([]string{metadataName, configName, weightsName, npzName}, name) {
			continue
		}
		data, err := a.Read(name)
		if err != nil {
			return fmt.Errorf("%.80q: %w", name, err)
		}
		m.members = append(m.members, archiveMember{name, data})
	}
	m.attachVocabularies()
	return nil
}

// readText reads a member that may have most bytes.
func readText(a *archive.Archive, name string, most uint64) ([]byte, error) {
	if size := a.Size(name); size > most {
		return nil, fmt.Errorf("it has %d bytes; it may have %d", size, most)
	}
	return a.Read(name)
}

// maxMetadata bounds the description of an archive, which has some hundred bytes.
const maxMetadata = 64 << 10

// readMetadata reads the version of Keras.
func (m *Model) readMetadata(a *archive.Archive) error {
	if !a.Has(metadataName) {
		return nil
	}
	data, err := readText(a, metadataName, maxMetadata)
	if err != nil {
		return err
	}
	if err := strictjson.CheckWithin(m.budget, data, maxDepth); err != nil {
		return err
	}
	version := strictjson.Field(data, "keras_version")
	if strictjson.IsNull(version) {
		return nil
	}
	var ok bool
	if m.Version, ok = strictjson.String(version); !ok {
		return fmt.Errorf("keras_version is %.40s; it must be a string", version)
	}
	return nil
}

func (m *Model) readArchivedH5(a *archive.Archive, config []byte) error {
	section, size, err := a.Section(weightsName)
	if err != nil {
		return err
	}
	s, _, err := m.readHDF5(section, size)
	if err != nil {
		return err
	}
	return m.attach(s, config)
}

func (m *Model) readArchivedNPZ(a *archive.Archive, config []byte) error {
	section, size, err := a.Section(npzName)
	if err != nil {
		return err
	}
	t, err := readNPZ(section, size, m.budget)
	if err != nil {
		return err
	}
	return m.attach(t, config)
}

// attach gives the weights to the layers of a configuration. Of a model that is a
// class of the user's own, whose code alone knows the layers, it lists what has
// weights.
func (m *Model) attach(s store, config []byte) error {
	if m.config == nil {
		top := m.Layers[0]
		m.Name, m.Class, m.config, m.unlisted, m.graph = top.Name, top.Class, config, true, nil
		m.Layers = s.layers()
		m.keep(s)
		return nil
	}
	a, err := m.assign(s, true)
	if err != nil {
		return err
	}
	a.commit()
	m.keep(s)
	return nil
}

// readWeights reads HDF5: weights, or a whole model of Keras 2.
func (m *Model) readWeights(r io.ReaderAt, size int64) error {
	s, config, err := m.readHDF5(r, size)
	if err != nil {
		return err
	}
	switch s := s.(type) {
	case *legacy:
		m.Format = H5
	case *tree:
		if !s.root.hasLayer() {
			return errForeign
		}
	}
	if config == "" {
		m.Layers = s.layers()
		m.keep(s)
		return nil
	}
	text := []byte(config)
	if err := m.budget.Spend("its configuration", int64(len(text)), 1); err != nil {
		return err
	}
	if err := m.parseConfig(text); err != nil {
		return fmt.Errorf("attribute model_config: %w", err)
	}
	return m.attach(s, text)
}

func (m *Model) readJSON(r io.ReaderAt, size int64) error {
	if size > maxJSON {
		return fmt.Errorf("it has %d bytes; a configuration may have %d", size, maxJSON)
	}
	if err := m.budget.Spend("its text", size, 1); err != nil {
		return err
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), text); err != nil {
		return err
	}
	if err := m.parseConfig(text); err != nil {
		return orForeignJSON(err, text)
	}
	return nil
}
