package keras

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"

	"github.com/sepconv/go/internal/safetensors"
)

// hdf5Signature begins an HDF5 file, or is at byte 512, 1024, 2048, ... after a
// block of the user's.
const hdf5Signature = "\x89HDF\r\n\x1a\n"

// sniff tells the format of a file by its content. Of what is none of the formats
// the error says what it is and what to do. name may be empty; it only helps where
// content says nothing.
func sniff(r io.ReaderAt, size int64, name string) (Format, error) {
	s, err := newSample(r, size, name)
	if err != nil {
		return "", err
	}
	switch {
	case s.begins("PK\x03\x04") || s.begins("PK\x05\x06"):
		return Archive, nil
	case safetensors.Sniff(s.begin, size):
		return Safetensors, nil
	case bytes.HasPrefix(s.text, []byte("{")) && !s.begins("{\x00"):
		return JSON, nil
	}
	h5, err := isHDF5(r, size)
	if err != nil {
		return "", err
	}
	if h5 {
		return WeightsH5, nil
	}
	for _, t := range things {
		if t.is(&s) {
			return "", fmt.Errorf("it is %s: %s", t.what, t.instead)
		}
	}
	return "", fmt.Errorf("it begins with %.16q and is none of the formats of Keras: a .keras archive, HDF5, JSON or safetensors", s.begin)
}

func isHDF5(r io.ReaderAt, size int64) (bool, error) {
	var signature [len(hdf5Signature)]byte
	for at := int64(0); at >= 0 && at <= size-int64(len(signature)); at = max(512, 2*at) {
		if _, err := r.ReadAt(signature[:], at); err != nil {
			return false, err
		}
		if string(signature[:]) == hdf5Signature {
			return true, nil
		}
	}
	return false, nil
}

// sample is what is known of a file without reading all of it.
type sample struct {
	name       string
	size       int64
	begin, end []byte // 512 bytes at most
	text       []byte // begin without white space before it
}

func newSample(r io.ReaderAt, size int64, name string) (s sample, err error) {
	s = sample{name: name, size: size}
	n := min(max(size, 0), 512)
	for _, part := range []struct {
		to *[]byte
		at int64
	}{{&s.begin, 0}, {&s.end, size - n}} {
		*part.to = make([]byte, n)
		if m, err := r.ReadAt(*part.to, part.at); int64(m) < n {
			return s, fmt.Errorf("%d of %d bytes at %d could be read: %w", m, n, part.at, err)
		}
	}
	s.text = bytes.TrimLeft(s.begin, " \t\r\n")
	return s, nil
}

func (s *sample) begins(prefix string) bool { return bytes.HasPrefix(s.begin, []byte(prefix)) }

// thing is what people hand over for a model's file.
type thing struct {
	is      func(s *sample) bool
	what    string
	instead string
}

// Advice that more than one thing gets.
const (
	again       = "copy or download it again"
	unpack      = "unpack it, and open what is in it"
	fromTorch   = "in Python save the state_dict with safetensors.torch.save_file, and open that"
	fromPickle  = "a pickle is a program, which is not run here; " + fromTorch
	fromKeras   = "convert the Keras model that it was made from: in Keras, model.save('model.keras')"
	fromRuntime = "it cannot be turned back here; " + fromKeras
	fromTF      = "in TensorFlow load it into its Keras model, and model.save('model.keras'), or model.save('model.h5') in Keras 2"
)

// things are told by their content, the first that fits: what has a signature, then
// what only looks like itself.
var things = []thing{
	{func(s *sample) bool { return s.size == 0 }, "empty", again},
	{prefix("version https://git-lfs"), "a pointer of Git LFS, not the file that it stands for", "fetch that with git lfs pull"},
	{(*sample).isHTML, "an HTML page", "a web server sent it in place of the file, to sign in, say, or for an error; " + again},
	{textPrefix("<"), "XML", "open the model's file itself"},
	{prefix("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"), "a checkpoint of PyTorch before 1.6", fromPickle},
	{(*sample).isPickle, "a pickle of Python", fromPickle},
	{(*sample).isSafetensors, "safetensors, but cut off within the header", again},
	{func(s *sample) bool { return len(s.begin) > 8 && string(s.begin[4:8]) == "TFL3" }, "a model of TensorFlow Lite", fromRuntime},
	{prefix("GGUF"), "a model in GGUF, of llama.cpp", "open the safetensors that it was made from"},
	{prefix("\x93NUMPY"), "an array of NumPy", "weights come in .weights.h5 or safetensors; in Keras, model.save_weights"},
	{prefix("MATLAB 5.0"), "a file of MATLAB", "save the weights as .weights.h5 or safetensors"},
	{suffix("\x57\xfb\x80\x8b\x24\x75\x47\xdb"), "the index of a checkpoint of TensorFlow", fromTF}, // LevelDB's table format
	{prefix("model_checkpoint_path:"), "the list of checkpoints of TensorFlow", fromTF},
	{named(`\.data-\d{5}-of-\d{5}$`), "a part of a checkpoint of TensorFlow", fromTF},
	{prefix("\x1f\x8b"), "compressed with gzip", unpack},
	{prefix("BZh"), "compressed with bzip2", unpack},
	{prefix("\xfd7zXZ\x00"), "compressed with xz", unpack},
	{prefix("\x28\xb5\x2f\xfd"), "compressed with zstd", unpack},
	{prefix("7z\xbc\xaf\x27\x1c"), "a 7z archive", unpack},
	{prefix("Rar!\x1a\x07"), "a RAR archive", unpack},
	{func(s *sample) bool { return len(s.begin) > 262 && string(s.begin[257:262]) == "ustar" }, "a tar archive", unpack},
	{prefix("\xef\xbb\xbf"), "text with a byte order mark, which JSON must not have", "save it as UTF-8 without one"},
	{func(s *sample) bool { return s.begins("\xff\xfe") || s.begins("\xfe\xff") || s.begins("{\x00") }, "text in UTF-16", "save it as UTF-8"},
	{textPrefix(`"{`), "JSON in a string of JSON", "to_json returns JSON already: write it as it is, not with json.dump"},
	{matches(`(?m)^class_name:`), "YAML, of to_yaml in Keras 2", "in Keras, model.to_json(), or model.save('model.keras')"},
	{(*sample).isCoreML, "a model of Core ML", fromRuntime},
	{(*sample).isSavedModel, "the saved_model.pb of a SavedModel of TensorFlow", fromTF},
	{(*sample).isONNX, "a model in ONNX", fromRuntime},
	{(*sample).isGraphDef, "a frozen graph of TensorFlow", fromRuntime},
	{func(s *sample) bool { return len(bytes.Trim(s.begin, "\x00"))+len(bytes.Trim(s.end, "\x00")) == 0 }, "nothing but zeros", again},
	{(*sample).isText, "text, but not the JSON of a model", "in Keras, model.to_json(), or model.save('model.keras')"},
}

func prefix(p string) func(*sample) bool { return func(s *sample) bool { return s.begins(p) } }

// textPrefix recognises what text begins with, after white space.
func textPrefix(p string) func(*sample) bool {
	return func(s *sample) bool { return bytes.HasPrefix(s.text, []byte(p)) }
}

func suffix(p string) func(*sample) bool {
	return func(s *sample) bool { return bytes.HasSuffix(s.end, []byte(p)) }
}

func matches(pattern string) func(*sample) bool {
	re := regexp.MustCompile(pattern)
	return func(s *sample) bool { return re.Match(s.text) }
}

func named(pattern string) func(*sample) bool {
	re := regexp.MustCompile(pattern)
	return func(s *sample) bool { return re.MatchString(s.name) }
}

func (s *sample) isHTML() bool {
	t := bytes.ToLower(s.text)
	return bytes.HasPrefix(t, []byte("<!doctype html")) || bytes.HasPrefix(t, []byte("<html")) || bytes.HasPrefix(t, []byte("<head"))
}

// isPickle recognises protocol 2 or later, which begins with its number and ends
// with a stop.
func (s *sample) isPickle() bool {
	return len(s.begin) > 2 && s.begin[0] == 0x80 && s.begin[1] >= 2 && s.begin[1] <= 5
}

// isSafetensors recognises a header that is longer than the file.
func (s *sample) isSafetensors() bool {
	const most = 100 << 20 // of a header, as the format has it
	return len(s.begin) > 9 && string(s.begin[8:10]) == `{"` && binary.LittleEndian.Uint64(s.begin) <= most
}

// isText reports whether the file begins with readable text.
func (s *sample) isText() bool {
	return len(s.text) > 0 && isPrintable(s.begin)
}
