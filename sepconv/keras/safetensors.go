package keras

import (
	"fmt"
	"io"
	"strings"

	"github.com/sepconv/go/internal/safetensors"
)

// readSafetensors lists a layer for each name before the last dot of a tensor's
// name, as PyTorch's state_dict has them: "block.0.depthwise" with "weight" and
// "bias".
func (m *Model) readSafetensors(r io.ReaderAt, size int64) error {
	file, err := safetensors.Read(r, size, m.budget)
	if err != nil {
		return err
	}
	byName := map[string]*Layer{}
	for _, t := range file.Tensors {
		module, name := splitTorch(t.Name)
		l := byName[module]
		if l == nil {
			l = &Layer{Path: module, Name: module}
			byName[module] = l
			m.Layers = append(m.Layers, l)
		}
		w := &Tensor{Name: name, Shape: t.Shape, DType: t.Type.String(), Values: t.Values, key: t.Name}
		if t.Err != nil {
			w.DType, w.Err = t.DType, t.Err
		}
		l.Weights = append(l.Weights, w)
	}
	return nil
}

// splitTorch splits a tensor's name into the module's and its own. What a
// parametrization makes a parameter of is of the module too:
// "depthwise.parametrizations.weight.original0".
func splitTorch(name string) (module, own string) {
	const part = "parametrizations."
	if strings.HasPrefix(name, part) {
		return "", name
	}
	if i := strings.Index(name, "."+part); i >= 0 {
		return name[:i], name[i+1:]
	}
	i := strings.LastIndexAny(name, "./")
	return name[:max(i, 0)], name[i+1:]
}

// writeSafetensors writes the SeparableConv1D layers as PyTorch's pairs of layers,
// by the names of a module's children: "conv.depthwise.weight",
// "conv.pointwise.weight", "conv.pointwise.bias". A layer of other weights is an
// error.
func (m *Model) writeSafetensors(w io.Writer) error {
	var tensors []safetensors.Tensor
	more := repeats{m.newBudget()}
	for l := range m.All() {
		if len(l.Weights) == 0 {
			continue
		}
		if err := more.spend(l); err != nil {
			return err
		}
		layer, err := l.SeparableConv1D()
		if err != nil {
			return fmt.Errorf("%s holds SeparableConv1D layers only: %w", Safetensors, err)
		}
		t, c := ToTorch(layer), layer.Config()
		columns := layer.Channels() * c.DepthMultiplier
		name := strings.ReplaceAll(l.Path, "/", ".")
		tensors = append(tensors,
			safetensors.Tensor{Name: name + ".depthwise.weight", Shape: []int{columns, 1, c.KernelSize}, Values: t.Depthwise},
			safetensors.Tensor{Name: name + ".pointwise.weight", Shape: []int{c.Filters, columns, 1}, Values: t.Pointwise})
		if t.Bias != nil {
			tensors = append(tensors, safetensors.Tensor{Name: name + ".pointwise.bias", Shape: []int{c.Filters}, Values: t.Bias})
		}
	}
	return safetensors.Write(w, tensors, map[string]string{"format": "pt"})
}
