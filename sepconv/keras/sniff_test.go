package keras_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/hdf5"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// requireSays requires an error of a file that has all of some words.
func requireSays(t *testing.T, err error, what string, words ...string) {
	t.Helper()
	require.ErrorIs(t, err, sepconv.ErrFile, what)
	for _, word := range words {
		require.ErrorContains(t, err, word, what)
	}
	require.Less(t, len(err.Error()), 500, what)
}

// Files that are none of Keras, as the programs that make them write them: each is
// refused with what it is and what to do.
func TestWrongFiles(t *testing.T) {
	for name, words := range map[string][]string{
		"empty.h5":           {"empty.h5: it is empty", "download it again"},
		"lfs.keras":          {"lfs.keras: it is a pointer of Git LFS", "git lfs pull"},
		"page.keras":         {"page.keras: it is an HTML page", "download it again"},
		"m.keras.gz":         {"compressed with gzip", "unpack it"},
		"m.yaml":             {"YAML", "to_json"},
		"torch.pt":           {"a checkpoint of PyTorch", "model/data.pkl", "safetensors.torch.save_file"},
		"zip.pt":             {"a checkpoint of PyTorch", "data.pkl", "safetensors.torch.save_file"},
		"old.pt":             {"a checkpoint of PyTorch before 1.6", "safetensors.torch.save_file"},
		"script.pt":          {"a TorchScript model of PyTorch", "safetensors.torch.save_file"},
		"state.pkl":          {"a pickle of Python", "not run here"},
		"model.onnx":         {"a model in ONNX", "model.save('model.keras')"},
		"model.tflite":       {"a model of TensorFlow Lite", "model.save('model.keras')"},
		"model.mlmodel":      {"a model of Core ML", "model.save('model.keras')"},
		"saved_model.pb":     {"the saved_model.pb of a SavedModel", "model.save('model.keras')"},
		"frozen.pb":          {"a frozen graph of TensorFlow", "model.save('model.keras')"},
		"weights.ckpt.index": {"the index of a checkpoint of TensorFlow", "model.save('model.keras')"},
		"checkpoint":         {"the list of checkpoints of TensorFlow", "model.save('model.keras')"},
		"saved_model":        {"a SavedModel of TensorFlow", `"saved_model.pb"`, "not a file", "model.save('model.keras')"},
		"unz.keras":          {"an unpacked .keras archive", "not a file", "zip what is in it", "LoadWeights"},
	} {
		_, err := keras.Open(cases + "wrong-files/" + name)
		requireSays(t, err, name, words...)
		m, err := keras.Open(cases + "never-built/k3.keras")
		require.NoError(t, err)
		requireSays(t, m.LoadWeights(cases+"wrong-files/"+name), name, words...)
	}
}

// The same for things that need no program to make them.
func TestWrongBytes(t *testing.T) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "model.keras", Mode: 0o600, Size: 3}))
	_, err := w.Write([]byte("abc"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err = z.Write([]byte("abc"))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	whole := string(contents(t, "k3_plain.keras"))
	h5 := string(contents(t, "k3_chain.h5"))
	torch := string(contents(t, "torch_plain.safetensors"))
	for text, words := range map[string][]string{
		archive.String():                          {"a tar archive", "unpack it"},
		packed.String():                           {"compressed with gzip", "unpack it"},
		"BZh91AY&SY":                              {"compressed with bzip2"},
		"\xfd7zXZ\x00\x00\x04":                    {"compressed with xz"},
		"\x28\xb5\x2f\xfd\x04":                    {"compressed with zstd"},
		"7z\xbc\xaf\x27\x1c\x00":                  {"a 7z archive"},
		"Rar!\x1a\x07\x01\x00":                    {"a RAR archive"},
		"GGUF\x03\x00\x00\x00":                    {"GGUF"},
		"\x93NUMPY\x01\x00v\x00":                  {"an array of NumPy"},
		"\n <HTML><body>":                         {"an HTML page"},
		"<?xml version='1.0'?>":                   {"XML"},
		"\x80\x04\x95\x00\x00":                    {"a pickle of Python"},
		"\xef\xbb\xbf{}":                          {"byte order mark", "UTF-8"},
		"\xff\xfe{\x00}\x00":                      {"UTF-16", "UTF-8"},
		"{\x00}\x00":                              {"UTF-16"},
		`"{\"class_name\": 1}"`:                   {"JSON in a string of JSON", "json.dump"},
		strings.Repeat("\x00", 2000):              {"nothing but zeros", "download it again"},
		whole[:len(whole)-30]:                     {"it was cut off", "download it again"},
		whole[:5000]:                              {"it was cut off", "download it again"},
		h5[:len(h5)-1]:                            {"truncated"},
		torch[:len(torch)-1]:                      {"safetensors"},
		torch[:40]:                                {"cut off"},
		"PK\x05\x06" + strings.Repeat("\x00", 18): {"an empty ZIP archive"},
		`{"format": "layers-model", "modelTopology": {}}`:             {"TensorFlow.js"},
		`{"keras_version": "3.15.1", "date_saved": "2026"}`:           {"the metadata of a .keras archive", "config.json"},
		`{"architectures": ["BertModel"], "model_type": "bert"}`:      {"Transformers", ".safetensors"},
		`{"cells": [], "nbformat": 4}`:                                {"Jupyter notebook"},
		`{"floatx": "float32", "image_data_format": "channels_last"}`: {"keras.json"},
		`{"a": 1}`: {"there is no class_name"},
	} {
		_, err := read([]byte(text))
		requireSays(t, err, words[0], words...)
	}
}

// Other archives, by their members.
func TestWrongArchives(t *testing.T) {
	for want, names := range map[string][]string{
		"a zipped SavedModel of TensorFlow":         {"saved/saved_model.pb", "saved/variables/variables.index"},
		"an archive of NumPy arrays":                {"arr_0.npy"},
		"a model of Core ML":                        {"m.mlpackage/Data/com.apple.CoreML/model.mlmodel"},
		"an archive with a model's file in it":      {"download/model.keras"},
		"a ZIP archive without config.json":         {"word/document.xml"},
		`in each of 2 folders, "a/" and "b/" among`: {"b/config.json", "a/config.json"},
		"config.json: no such member":               {"metadata.json", "a/config.json"},
	} {
		var parts []part
		for _, n := range names {
			parts = append(parts, part{n, []byte("{}")})
		}
		_, err := read(pack(t, parts...))
		requireSays(t, err, want, want)
	}
}

// Directories, by what is in them.
func TestDirectories(t *testing.T) {
	for want, file := range map[string]string{
		"a SavedModel of TensorFlow":            "saved_model.pb",
		"an unpacked .keras archive":            "model.weights.h5",
		"open the .safetensors file in it":      "model.safetensors",
		"an unpacked checkpoint of PyTorch":     "data.pkl",
		"a folder of checkpoints of TensorFlow": "cp.ckpt.index",
		"a model of TensorFlow.js":              "group1-shard1of1.bin",
		"open the .keras file in it":            "best.keras",
		"open the .h5 file in it":               "best.h5",
		"no file of Keras is in it":             "notes.txt",
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), nil, 0o600))
		_, err := keras.Open(dir)
		requireSays(t, err, want, want, "not a file")
	}
}

// A part of a checkpoint says nothing; its name does.
func TestCheckpointPart(t *testing.T) {
	name := filepath.Join(t.TempDir(), "w.ckpt.data-00000-of-00001")
	require.NoError(t, os.WriteFile(name, []byte{1, 2, 3}, 0o600))
	_, err := keras.Open(name)
	requireSays(t, err, "data", "a part of a checkpoint of TensorFlow")
}

// Archives zipped again with their folder, or by a Mac, are what they were before;
// saved, they are as Keras writes them.
func TestZippedAgain(t *testing.T) {
	for _, name := range []string{"nested.keras", "mac.keras"} {
		m, err := keras.Open(cases + "wrong-files/" + name)
		require.NoError(t, err, name)
		layers, err := m.SeparableConv1Ds()
		require.NoError(t, err, name)
		require.NotEmpty(t, layers, name)

		want, err := keras.Open(cases + "wrong-files/unz.keras/config.json")
		require.NoError(t, err)
		require.NoError(t, want.LoadWeights(cases+"wrong-files/unz.keras/model.weights.h5"))
		same, err := want.SeparableConv1Ds()
		require.NoError(t, err)
		sameLayers(t, same, layers)

		var b bytes.Buffer
		require.NoError(t, m.Write(&b, keras.Archive))
		var members []string
		for _, p := range unpack(t, b.Bytes()) {
			members = append(members, p.name)
		}
		require.ElementsMatch(t, []string{"metadata.json", "config.json", "model.weights.h5"}, members)
	}
}

// A folder's name may be anything, and end in a backslash.
func TestFolderNames(t *testing.T) {
	whole := unpack(t, contents(t, "k3_plain.keras"))
	for _, folder := range []string{"model/", "./", "a/b/c/", `model\`, "__MACOSX_/", "../", "/"} {
		var parts []part
		for _, p := range whole {
			parts = append(parts, part{folder + p.name, p.data})
		}
		m, err := read(pack(t, append(parts, part{"__MACOSX/model/config.json", []byte("\x00\x05")}, part{folder + ".DS_Store", nil})...))
		require.NoError(t, err, folder)
		layers, err := m.SeparableConv1Ds()
		require.NoError(t, err, folder)
		require.Len(t, layers, 3)
	}
}

// HDF5 of other programs is not taken for a model without layers.
func TestForeignHDF5(t *testing.T) {
	w := hdf5.NewWriter()
	w.Root().Group("entry").Group("data").Dataset("counts", []int{2}, []float32{1, 2})
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	require.NoError(t, err)
	_, err = read(b.Bytes())
	requireSays(t, err, "HDF5", "it is HDF5, but none that Keras writes", "model.save('model.keras')")
}
