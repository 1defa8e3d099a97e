package keras

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// directories are told by what is in them, the first that fits.
var directories = []struct {
	has           string // a pattern of path.Match
	what, instead string
}{
	{"saved_model.pb*", "a SavedModel of TensorFlow", fromTF},
	{weightsName, "an unpacked .keras archive", "zip what is in it to model.keras, or open its " + configName + " and give its " + weightsName + " to LoadWeights"},
	{npzName, "an unpacked .keras archive", "zip what is in it to model.keras"},
	{"*.safetensors", "a folder of PyTorch weights", "open the .safetensors file in it"},
	{"data.pkl", "an unpacked checkpoint of PyTorch", fromTorch},
	{"*.ckpt.index", "a folder of checkpoints of TensorFlow", fromTF},
	{"checkpoint", "a folder of checkpoints of TensorFlow", fromTF},
	{"*.mlmodel", "a model of Core ML", fromRuntime},
	{"group1-shard*", "a model of TensorFlow.js", fromRuntime},
	{"*.keras", "a directory", "open the .keras file in it"},
	{"*.h5", "a directory", "open the .h5 file in it"},
	{"*.json", "a directory", "open the .json file in it"},
}

// maxListed bounds how many names of a directory are looked at.
const maxListed = 4096

// directoryError says what a directory is and what to open instead.
func directoryError(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	names, _ := d.Readdirnames(maxListed) // an error leaves those that were read
	slices.Sort(names)
	for _, kind := range directories {
		for _, n := range names {
			if ok, _ := path.Match(kind.has, n); ok {
				return fmt.Errorf("it is %s (it has %.80q), not a file: %s", kind.what, n, kind.instead)
			}
		}
	}
	if strings.EqualFold(filepath.Ext(name), string(Archive)) {
		return fmt.Errorf("it is a directory, not a file, and has not what is in a .keras archive")
	}
	return fmt.Errorf("it is a directory, not a file, and no file of Keras is in it")
}
