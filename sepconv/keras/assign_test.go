package keras

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// everyClass reads a model that has every class of Keras with weights.
func everyClass(t *testing.T, name string) *Model {
	f, err := os.Open("testdata/classes/" + name)
	require.NoError(t, err)
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		r, err = gzip.NewReader(f)
		require.NoError(t, err)
	}
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	m, err := Read(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	return m
}

// unheld are the layers of these files whose classes are not held to anything.
var unheld = []string{"spectral_normalization", "locally_connected1d"}

// Every group of a file must have the arrays that its layer's configuration says: one
// less, one more, or one of another length is an error.
func TestEveryClassInATree(t *testing.T) {
	for name, atLeast := range map[string]int{"k3.keras": 150, "k2.keras": 150} {
		m := everyClass(t, name)
		count := 0
		var walk func(n *node, path string)
		walk = func(n *node, path string) {
			for _, c := range n.children {
				walk(c, path+"/"+c.name)
			}
			if !n.isLayer || path == "" || isPattern(path) || slices.ContainsFunc(unheld, func(s string) bool { return strings.Contains(path, s) }) {
				return
			}
			refused := func(what string, tensors []*Tensor) {
				whole := n.tensors
				n.tensors = tensors
				_, err := m.assign(m.store, true)
				n.tensors = whole
				require.ErrorIs(t, err, sepconv.ErrWeights, "%s: %s %s", name, path, what)
			}
			count++
			refused("with one more", append(slices.Clone(n.tensors), &Tensor{Name: "more", Shape: []int{1}, Values: make([]float32, 1)}))
			if len(n.tensors) > 0 {
				refused("with one less", n.tensors[1:])
			}
			for i, whole := range n.tensors {
				if len(whole.Shape) == 0 || strings.Contains(path, "cell") && name == "k2.keras" && i == 2 {
					continue // a bias, of which cuDNN has other ones
				}
				other := *whole
				other.Shape = slices.Clone(whole.Shape)
				other.Shape[count%len(other.Shape)]++
				refused(fmt.Sprintf("array %d of shape %v", i, other.Shape), slices.Replace(slices.Clone(n.tensors), i, i+1, &other))
			}
		}
		walk(m.store.(*tree).root, "")
		require.GreaterOrEqual(t, count, atLeast, name)
		_, err := m.assign(m.store, true)
		require.NoError(t, err)
	}
}

// isPattern reports a group that is not that of a layer of the model: what a
// Bidirectional makes its two layers from, or the Softmax and Dropout of an attention.
func isPattern(path string) bool {
	return strings.Contains(path, "bidirectional") && strings.Contains(path+"/", "/layer/") ||
		strings.HasSuffix(path, "/_softmax") || strings.HasSuffix(path, "/_dropout_layer")
}

// The same of the old format, in which a model in the model is one row of arrays.
func TestEveryClassInARow(t *testing.T) {
	for _, name := range []string{"k3.h5.gz", "k2.h5.gz"} {
		m := everyClass(t, name)
		s := m.store.(*legacy)
		count := 0
		for g := range s.groups {
			group := &s.groups[g]
			if len(group.tensors) == 0 || slices.ContainsFunc(unheld, func(s string) bool { return strings.Contains(group.name, s) }) {
				continue
			}
			refused := func(what string, tensors []*Tensor) {
				whole := group.tensors
				group.tensors = tensors
				_, err := m.assign(s, true)
				group.tensors = whole
				require.ErrorIs(t, err, sepconv.ErrWeights, "%s: %s %s", name, group.name, what)
			}
			count++
			switch count % 3 {
			case 0:
				refused("without any", nil)
			case 1:
				refused("with one less", group.tensors[:len(group.tensors)-1])
			case 2:
				refused("with one more", append(slices.Clone(group.tensors), group.tensors[0]))
			}
			for i, whole := range group.tensors {
				if name == "k2.h5.gz" && strings.Contains(whole.key, "_cell") && strings.Contains(whole.key, "bias") {
					continue
				}
				if len(whole.Shape) == 0 || i > 0 && group.name != "nested" {
					continue
				}
				other := *whole
				other.Shape = slices.Clone(whole.Shape)
				other.Shape[len(other.Shape)-1]++
				refused(fmt.Sprintf("array %d of shape %v", i, other.Shape), slices.Replace(slices.Clone(group.tensors), i, i+1, &other))
			}
		}
		require.GreaterOrEqual(t, count, 40, name)
		_, err := m.assign(s, true)
		require.NoError(t, err)
	}
}

// The two formats of one model give its layers the same arrays, whatever the order in
// which the format has them.
func TestEveryClassInBoth(t *testing.T) {
	sums := func(m *Model) (list []string) {
		for _, top := range m.Layers {
			flat := func(l *Layer) (arrays []string) {
				visit([]*Layer{l}, func(inner *Layer) bool {
					for _, w := range inner.Weights {
						arrays = append(arrays, fmt.Sprintf("%v %08x", w.Shape, crc32.ChecksumIEEE(fmt.Append(nil, w.Values))))
					}
					return true
				})
				slices.Sort(arrays)
				return arrays
			}
			if top.graph == nil || top.wrapper {
				list = append(list, fmt.Sprint(top.Class, flat(top)))
				continue
			}
			for _, inner := range top.Layers {
				list = append(list, fmt.Sprint(top.Class, "/", inner.Class, flat(inner)))
			}
		}
		return list
	}
	a, b := sums(everyClass(t, "k2.keras")), sums(everyClass(t, "k2.h5.gz"))
	require.GreaterOrEqual(t, len(a), 120)
	require.Equal(t, a, b)
}

// In a model in the model with a layer of a class that is not known only the names
// tell, as long as they do not contradict the order.
func TestRowWithUnknownClass(t *testing.T) {
	const config = `{"class_name": "Sequential", "config": {"name": "m", "layers": [{"class_name": "Sequential", "config": {"name": "enc", "layers": [
		{"class_name": "Dense", "config": {"name": "a", "units": 1, "use_bias": false, "batch_input_shape": [null, 1]}},
		{"class_name": "mine>Scale", "config": {"name": "b"}},
		{"class_name": "mine>Scale", "config": {"name": "c"}},
		{"class_name": "Dense", "config": {"name": "d", "units": 1, "use_bias": false}}]}}]}}`
	for _, test := range []struct {
		variables, want string
	}{
		{"a/kernel b/scale c/scale d/kernel", ""},
		{"a/kernel b/scale c/scale d/kernel b/mean c/mean", ""},
		{"b/scale a/kernel c/scale d/kernel", `their order says otherwise`},
		{"a/kernel c/scale b/scale d/kernel", `those of layer "b"`},
		{"d/kernel b/scale c/scale a/kernel", `their order says otherwise`},
		{"a/kernel x/scale c/scale d/kernel", `none of the layers in it is that of weights "x"`},
		{"a/kernel b/scale c/scale", `layer "enc/d": sepconv: invalid shape of weights: the file has no arrays of it`},
	} {
		m := &Model{}
		require.NoError(t, m.parseConfig([]byte(config)))
		var tensors []*Tensor
		for i, v := range strings.Fields(test.variables) {
			shape := []int{1, 1}
			if !strings.HasSuffix(v, "kernel") {
				shape = []int{3}
			}
			tensors = append(tensors, &Tensor{key: v + ":0", Shape: shape, Values: make([]float32, i+1)})
		}
		a, err := m.assign(&legacy{groups: []legacyGroup{{"enc", tensors}}}, true)
		if test.want != "" {
			require.ErrorIs(t, err, sepconv.ErrWeights, test.variables)
			require.ErrorContains(t, err, test.want)
			continue
		}
		require.NoError(t, err, test.variables)
		a.commit()
		c, err := m.Layer("enc/c")
		require.NoError(t, err)
		require.Len(t, c.Weights, strings.Count(test.variables, "c/"))
		require.Len(t, c.Weights[0].Values, 3)
	}
}

// A Bidirectional makes two layers of one; of layers in each other that would be two
// to the power of their number.
func TestNestedBidirectional(t *testing.T) {
	cell := `{"class_name": "LSTM", "config": {"name": "cell", "units": 1}}`
	for range 40 {
		cell = `{"class_name": "Bidirectional", "config": {"name": "both", "layer": ` + cell + `}}`
	}
	m := &Model{}
	require.NoError(t, m.parseConfig([]byte(`{"class_name": "Sequential", "config": {"name": "m", "layers": [`+cell+`]}}`)))
	before := testing.AllocsPerRun(1, func() {
		_, err := m.assign(&legacy{}, true)
		require.NoError(t, err)
	})
	require.Less(t, before, 1e5)
}

// Where the input of a layer is not known, its kernel tells the channels: those of a group.
func TestGroupsOfUnknownInput(t *testing.T) {
	config := `{"class_name": "Conv1D", "config": {"name": "conv", "filters": 12, "kernel_size": [3], "groups": 4, "use_bias": true}}`
	m, err := Read(strings.NewReader(config), int64(len(config)))
	require.NoError(t, err)
	arrays := func(channels, filters int) []*Tensor {
		return []*Tensor{{Name: "kernel", Shape: []int{3, channels, filters}}, {Name: "bias", Shape: []int{12}}}
	}
	for _, channels := range []int{1, 4, 5} {
		v, ok := m.Layers[0].known(nil, arrays(channels, 12))
		require.True(t, ok)
		require.NoError(t, checkArrays(v.flat(), arrays(channels, 12)))
		require.Error(t, checkArrays(v.flat(), arrays(channels, 11)))
		v, ok = m.Layers[0].known([]int{-1, -1, 4 * channels}, arrays(channels, 12))
		require.True(t, ok)
		require.NoError(t, checkArrays(v.flat(), arrays(channels, 12)))
		require.Error(t, checkArrays(v.flat(), arrays(channels+1, 12)))
	}
}
