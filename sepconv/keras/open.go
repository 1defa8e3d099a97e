package keras

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/sepconv/go/internal/archive"
	"github.com/sepconv/go/internal/safetensors"
	"github.com/sepconv/go/sepconv"
)

// Open reads a file of any of the formats, whatever its name.
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
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is a %v, not a file", info.Mode().Type())
	}
	return read(f, info.Size(), s)
}

// Read reads a file of size bytes. It keeps nothing of r.
func Read(r io.ReaderAt, size int64, options ...Option) (*Model, error) {
	settings, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	m, err := read(r, size, settings)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sepconv.ErrFile, err)
	}
	return m, nil
}

func read(r io.ReaderAt, size int64, s *settings) (*Model, error) {
	m := &Model{maxBytes: s.maxBytes}
	var err error
	if m.Format, err = sniff(r, size); err != nil {
		return nil, err
	}
	switch m.Format {
	case Archive:
		err = m.readArchive(r, size, s.maxBytes)
	case Safetensors:
		err = m.readSafetensors(r, size, s.maxBytes)
	case JSON:
		err = m.readJSON(r, size)
	default:
		err = m.readWeights(r, size, s.maxBytes)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// hdf5Signature begins an HDF5 file, or is at byte 512, 1024, 2048, ... behind a
// block of the user's.
const hdf5Signature = "\x89HDF\r\n\x1a\n"

// sniff tells the format of a file by its content.
func sniff(r io.ReaderAt, size int64) (Format, error) {
	var block [512]byte
	n, err := r.ReadAt(block[:min(size, int64(len(block)))], 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	begin := block[:n]
	text := bytes.TrimLeft(begin, " \t\r\n")
	switch {
	case bytes.HasPrefix(begin, []byte("PK\x03\x04")) || bytes.HasPrefix(begin, []byte("PK\x05\x06")):
		return Archive, nil
	case safetensors.Sniff(begin, size):
		return Safetensors, nil
	case bytes.HasPrefix(text, []byte("{")):
		return JSON, nil
	}
	for at := int64(0); at <= size-int64(len(hdf5Signature)); at = max(512, 2*at) {
		if _, err := r.ReadAt(begin[:len(hdf5Signature)], at); err != nil {
			return "", err
		}
		if string(begin[:len(hdf5Signature)]) == hdf5Signature {
			return WeightsH5, nil
		}
	}
	return "", errors.New("it is none of the formats of Keras: a .keras archive, HDF5, JSON or safetensors")
}

const (
	configName   = "config.json"
	metadataName = "metadata.json"
	weightsName  = "model.weights.h5"
	npzName      = "model.weights.npz"
)

// readArchive reads a .keras file: a description, the configuration, and the
// weights, of which a model that was never built may have none.
func (m *Model) readArchive(r io.ReaderAt, size, maxBytes int64) error {
	a, err := archive.Open(r, size)
	if err != nil {
		return err
	}
	left := maxBytes
	if err := m.readMetadata(a, &left); err != nil {
		return fmt.Errorf("%s: %w", metadataName, err)
	}
	config, err := a.Read(configName, capped(&left, maxJSON))
	if err == nil {
		err = m.parseConfig(config)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", configName, err)
	}
	switch {
	case a.Has(weightsName):
		err = m.readArchivedH5(a, config, left)
		if err != nil {
			err = fmt.Errorf("%s: %w", weightsName, err)
		}
	case a.Has(npzName):
		if err = m.readArchivedNPZ(a, config, left); err != nil {
			err = fmt.Errorf("%s: %w", npzName, err)
		}
	}
	if err != nil {
		return err
	}
	return m.readMembers(a, &left)
}

// archiveMember is what Save puts back into an archive as it was: assets, such as
// the vocabulary of a TextVectorization, and what nobody knows.
type archiveMember struct {
	name string
	data []byte
}

// readMembers reads them into what the weights leave of the limit.
func (m *Model) readMembers(a *archive.Archive, left *int64) error {
	for l := range m.All() {
		for _, t := range l.Weights {
			*left -= 4 * int64(len(t.Values))
		}
	}
	for _, name := range a.Names() {
		if slices.Contains([]string{metadataName, configName, weightsName, npzName}, name) {
			continue
		}
		data, err := a.Read(name, left)
		if err != nil {
			return fmt.Errorf("%.80q: %w", name, err)
		}
		m.members = append(m.members, archiveMember{name, data})
	}
	return nil
}

// capped returns a budget of the smaller of two.
func capped(left *int64, most int64) *int64 {
	b := min(*left, most)
	return &b
}

// readMetadata reads the version of Keras.
func (m *Model) readMetadata(a *archive.Archive, left *int64) error {
	if !a.Has(metadataName) {
		return nil
	}
	data, err := a.Read(metadataName, capped(left, 64<<10))
	if err != nil {
		return err
	}
	var metadata struct {
		Version string `json:"keras_version"`
	}
	if err := json.Unmarshal(data, &metadata); err != nil {
		return err
	}
	m.Version = metadata.Version
	return nil
}

func (m *Model) readArchivedH5(a *archive.Archive, config []byte, left int64) error {
	section, size, err := a.Section(weightsName, &left)
	if err != nil {
		return err
	}
	s, _, err := m.readHDF5(section, size, max(left, 1))
	if err != nil {
		return err
	}
	return m.attach(s, config)
}

func (m *Model) readArchivedNPZ(a *archive.Archive, config []byte, left int64) error {
	section, size, err := a.Section(npzName, &left)
	if err != nil {
		return err
	}
	t, err := readNPZ(section, size, left)
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
func (m *Model) readWeights(r io.ReaderAt, size, maxBytes int64) error {
	s, config, err := m.readHDF5(r, size, maxBytes)
	if err != nil {
		return err
	}
	if _, ok := s.(*legacy); ok {
		m.Format = H5
	}
	if config == "" {
		m.Layers = s.layers()
		m.keep(s)
		return nil
	}
	if err := m.parseConfig([]byte(config)); err != nil {
		return fmt.Errorf("attribute model_config: %w", err)
	}
	return m.attach(s, []byte(config))
}

func (m *Model) readJSON(r io.ReaderAt, size int64) error {
	if size > maxJSON {
		return fmt.Errorf("it has %d bytes; a configuration may have %d", size, maxJSON)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), text); err != nil {
		return err
	}
	return m.parseConfig(text)
}
