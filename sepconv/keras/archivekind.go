package keras

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/sepconv/go/internal/archive"
	"github.com/sepconv/go/internal/budget"
)

// openArchive opens a .keras file. One that somebody unpacked and zipped again with
// its folder is the same as without; what a Mac adds to archives is not in it.
func openArchive(r io.ReaderAt, size int64, b *budget.Budget) (*archive.Archive, error) {
	a, err := archive.Open(r, size, b)
	if errors.Is(err, zip.ErrFormat) {
		return nil, fmt.Errorf("it begins as a ZIP archive and has no directory, which is at the end: it was cut off; %s: %w", again, err)
	}
	if err != nil {
		return nil, err
	}
	folder, err := modelFolder(a.Names())
	if err != nil {
		return nil, err
	}
	return a.Folder(folder, isLitter), nil
}

// isLitter reports what systems put into archives on their own.
func isLitter(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(name, "__MACOSX/") || base == ".DS_Store" || base == "Thumbs.db" || base == "desktop.ini"
}

// modelFolder returns the folder that has the model, with the slash: "" in what
// Keras writes.
func modelFolder(names []string) (string, error) {
	var folders []string
	for _, name := range []string{configName, metadataName, weightsName} {
		if slices.Contains(names, name) {
			return "", nil
		}
	}
	for _, name := range names {
		folder, ok := strings.CutSuffix(name, configName)
		if ok && strings.ContainsAny(folder[len(folder)-1:], `/\`) && !isLitter(name) { // \ is of Windows
			folders = append(folders, folder)
		}
	}
	switch len(folders) {
	case 1:
		return folders[0], nil
	case 0:
		return "", foreignArchive(names)
	}
	slices.Sort(folders)
	return "", fmt.Errorf("it is a ZIP archive with a %s in each of %d folders, %.80q and %.80q among them: zip one model alone", configName, len(folders), folders[0], folders[1])
}

// foreignArchives are told by a member's name.
var foreignArchives = []struct {
	has           func(name string) bool
	what, instead string
}{
	{ends("/constants.pkl"), "a TorchScript model of PyTorch", "in Python load it, and save its state_dict() with safetensors.torch.save_file"},
	{ends("data.pkl"), "a checkpoint of PyTorch", fromPickle},
	{ends("saved_model.pb"), "a zipped SavedModel of TensorFlow", fromTF},
	{ends(".mlmodel"), "a model of Core ML", fromRuntime},
	{ends(".npy"), "an archive of NumPy arrays (.npz)", "weights come in .weights.h5 or safetensors; in Keras, model.save_weights"},
	{ends(".keras", ".h5", ".safetensors"), "an archive with a model's file in it", unpack},
}

func ends(endings ...string) func(string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(name, e) })
	}
}

// foreignArchive says what an archive is that Keras did not write.
func foreignArchive(names []string) error {
	for _, kind := range foreignArchives {
		if i := slices.IndexFunc(names, kind.has); i >= 0 {
			return fmt.Errorf("it is %s, as its member %.80q says: %s", kind.what, names[i], kind.instead)
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("it is an empty ZIP archive: %s", again)
	}
	return fmt.Errorf("it is a ZIP archive without %s; a .keras archive has it, %s and %s", configName, metadataName, weightsName)
}
