package keras

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sepconv/go/sepconv"
)

// Sequential makes a model of layers, one after the other, to be saved for Keras.
// The weights are copied.
//
// Layers without a name get one as in Keras: separable_conv1d, separable_conv1d_1
// and so on. Each layer must take what the one before it gives. An empty name is
// "sequential".
func Sequential(name string, layers ...*sepconv.Layer) (*Model, error) {
	if name == "" {
		name = "sequential"
	}
	if err := checkName("the model", name); err != nil {
		return nil, err
	}
	if len(layers) == 0 {
		return nil, fmt.Errorf("%w: a Sequential model needs at least one layer", sepconv.ErrConfig)
	}
	names, err := layerNames(layers)
	if err != nil {
		return nil, err
	}
	for i, layer := range layers[1:] {
		if err := fits(layers[i], layer); err != nil {
			return nil, fmt.Errorf("layer %q: %w", names[i+1], err)
		}
	}
	s := plain{name: name}
	for i, layer := range layers {
		s.layers = append(s.layers, plainLayer{names[i], layer.Config(), layer})
	}
	m, err := s.model()
	if err != nil {
		return nil, err
	}
	for i, layer := range layers { // after the input layer
		if a := layer.Config().Activation; a != nil {
			m.Layers[i+1].activations = activations{a.Name(): always(a)}
		}
	}
	return m, nil
}

// layerNames returns the layers' names, made up where there are none.
func layerNames(layers []*sepconv.Layer) ([]string, error) {
	const base = "separable_conv1d"
	taken := map[string]bool{}
	names := make([]string, len(layers))
	for i, layer := range layers {
		if layer == nil {
			return nil, fmt.Errorf("%w: layer %d is nil", sepconv.ErrConfig, i)
		}
		name := layer.Config().Name
		if name == "" {
			continue
		}
		if err := checkName(fmt.Sprintf("layer %d", i), name); err != nil {
			return nil, err
		}
		if taken[name] {
			return nil, fmt.Errorf("%w: two layers are called %q; Keras needs names that differ", sepconv.ErrConfig, name)
		}
		taken[name], names[i] = true, name
	}
	number := 0
	for i := range names {
		for names[i] == "" {
			name := base
			if number > 0 {
				name = fmt.Sprintf("%s_%d", base, number)
			}
			number++
			if !taken[name] {
				names[i] = name
			}
		}
	}
	return names, nil
}

// checkName reports a name that Keras refuses or that HDF5 cannot hold.
func checkName(what, name string) error {
	if name == "" || name == "." || strings.ContainsAny(name, "/\x00") || strings.ToValidUTF8(name, "") != name {
		return fmt.Errorf("%w: %s is called %q; a name is UTF-8 without slash and NUL", sepconv.ErrConfig, what, name)
	}
	return nil
}

// fits reports a layer that does not take what another gives.
func fits(before, layer *sepconv.Layer) error {
	a, b := before.Config(), layer.Config()
	if a.DataFormat != b.DataFormat {
		return fmt.Errorf("%w: its data format is %s, that of the layer before it %s", sepconv.ErrShape, b.DataFormat, a.DataFormat)
	}
	if given := outputChannels(before); given != layer.Channels() {
		return fmt.Errorf("%w: it takes %d channels; the layer before it gives %d", sepconv.ErrShape, layer.Channels(), given)
	}
	return nil
}

// plain is a Sequential model of nothing but SeparableConv1D layers, which can be
// written for any Keras.
type plain struct {
	name   string
	input  string // name of the input layer; "" is Keras' own
	shape  []*int // of the input, with its batch; nil if it is not known
	layers []plainLayer
}

type plainLayer struct {
	name   string
	config sepconv.Config
	layer  *sepconv.Layer
}

// model is the model as if it had been read: from a file of Keras 3, or of Keras 2
// if only that knows the configurations.
func (s *plain) model() (*Model, error) {
	k := Keras3
	text, err := s.marshal(k)
	if err != nil {
		k = Keras2
		var err2 error
		if text, err2 = s.marshal(k); err2 != nil {
			return nil, err
		}
	}
	m := &Model{maxBytes: DefaultMaxBytes, Version: versions[k]}
	if err := m.parseConfig(text); err != nil {
		return nil, err
	}
	return m, m.attach(s.tree(), text)
}

// tree is the weights as .weights.h5 has them.
func (s *plain) tree() *tree {
	root := &node{isLayer: true, title: s.name}
	layers := root.descend("layers")
	for i, l := range s.layers {
		slot := "separable_conv1d"
		if i > 0 {
			slot += fmt.Sprintf("_%d", i)
		}
		n := layers.descend(slot)
		n.isLayer, n.title = true, l.name
		n.tensors = l.tensors(func(i int) string { return fmt.Sprint(i) })
	}
	return &tree{root: root}
}

// tensors are the layer's weights with their keys in a file.
func (l *plainLayer) tensors(key func(int) string) []*Tensor {
	w, c := l.layer.Weights(), l.layer.Config()
	columns := l.layer.Channels() * c.DepthMultiplier
	tensors := []*Tensor{
		{Shape: []int{c.KernelSize, l.layer.Channels(), c.DepthMultiplier}, Values: w.Depthwise},
		{Shape: []int{1, columns, c.Filters}, Values: w.Pointwise},
		{Shape: []int{c.Filters}, Values: w.Bias},
	}
	if c.NoBias {
		tensors = tensors[:2]
	}
	for i, t := range tensors {
		t.Name, t.DType, t.key = separableNames[i], "float32", key(i)
	}
	return tensors
}

// versions are those of Keras whose files this package writes.
var versions = map[Keras]string{Keras3: "3.15.1", Keras2: "2.15.0"}

// plain returns the model as one that any Keras can be written for; ok is false if
// it has other layers.
func (m *Model) plain() (s *plain, ok bool, err error) {
	if m.config == nil || m.graph == nil || !m.graph.owner.is("Sequential") {
		return nil, false, nil
	}
	s = &plain{name: m.Name}
	more := repeats{m.newBudget()}
	for i, l := range m.Layers {
		if i == 0 && l.is("InputLayer") {
			s.readInput(l)
			continue
		}
		if !l.IsSeparableConv1D() {
			return nil, false, nil
		}
		if err := more.spend(l); err != nil {
			return nil, false, err
		}
		layer, err := l.SeparableConv1D()
		if err != nil {
			return nil, false, err
		}
		c, err := l.separableConfig()
		if err != nil {
			return nil, false, err
		}
		if err := checkNumbers(l.Config); err != nil {
			return nil, false, l.errorf("%w", err)
		}
		s.layers = append(s.layers, plainLayer{l.Name, c, layer})
	}
	return s, len(s.layers) > 0, nil
}

// readInput keeps the name and the shape of the input.
func (s *plain) readInput(l *Layer) {
	s.input = l.Name
	for _, key := range []string{"batch_shape", "batch_input_shape"} { // of Keras 3, of Keras 2
		if json.Unmarshal(member(l.Config, key), &s.shape) == nil && len(s.shape) == 3 {
			return
		}
	}
	s.shape = nil
}
