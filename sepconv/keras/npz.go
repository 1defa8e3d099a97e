package keras

import (
	"fmt"
	"io"
	"strings"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/npz"
)

// readNPZ reads the weights of an archive that Keras 2 saved with
// weights_format="npz": a member for each group of the tree.
func readNPZ(r io.ReaderAt, size int64, b *budget.Budget) (*tree, error) {
	members, err := npz.Read(r, size, b)
	if err != nil {
		return nil, err
	}
	t := &tree{&node{}, b}
	for _, m := range members {
		n := t.root
		parts := strings.Split(strings.ReplaceAll(m.Name, `\`, "/"), "/")
		if len(parts) > maxGroups {
			return nil, fmt.Errorf("member %.80q: groups are nested more than %d deep", m.Name, maxGroups)
		}
		if err := b.Spend("the groups", int64(len(parts)), nodeCost); err != nil {
			return nil, err
		}
		if err := b.Spend("the arrays", int64(len(m.Arrays)), tensorCost); err != nil {
			return nil, err
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
	return t, t.spendPaths()
}
