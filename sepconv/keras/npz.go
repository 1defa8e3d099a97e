package keras

import (
	"fmt"
	"io"
	"strings"

	"github.com/sepconv/go/internal/npz"
)

// readNPZ reads the weights of an archive that Keras 2 saved with
// weights_format="npz": a member for each group of the tree.
func readNPZ(r io.ReaderAt, size, maxBytes int64) (*tree, error) {
	members, err := npz.Read(r, size, maxBytes)
	if err != nil {
		return nil, err
	}
	t := &tree{root: &node{}}
	for _, m := range members {
		n := t.root
		parts := strings.Split(strings.ReplaceAll(m.Name, `\`, "/"), "/")
		if len(parts) > maxGroups {
			return nil, fmt.Errorf("member %.80q: groups are nested more than %d deep", m.Name, maxGroups)
		}
		if onlyTraining(parts[0]) {
			continue
		}
		if m.Name != "__root__" {
			for _, part := range parts {
				n = n.descend(part)
			}
		}
		n.isLayer = true
		for _, a := range m.Arrays {
			n.tensors = append(n.tensors, &Tensor{Name: a.Key, Shape: a.Shape, DType: a.DType, Values: a.Values, Err: a.Err, key: a.Key})
		}
		n.sort()
	}
	return t, nil
}
