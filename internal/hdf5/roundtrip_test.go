package hdf5

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reopen writes a file and opens it.
func reopen(t *testing.T, w *Writer) *Group {
	t.Helper()
	var b bytes.Buffer
	n, err := w.WriteTo(&b)
	require.NoError(t, err)
	require.EqualValues(t, b.Len(), n)
	g, err := Open(bytes.NewReader(b.Bytes()), n, 0)
	require.NoError(t, err)
	return g
}

func TestRoundTrip(t *testing.T) {
	w := NewWriter()
	config := strings.Repeat("é{}", 1<<20)
	w.Root().Attribute("model_config", config)
	w.Root().Attribute("names", []string{"a", "bcd", ""})
	w.Root().Attribute("none", []string{})
	for i := range 1100 {
		g := w.Root().Group(fmt.Sprintf("layers/dense_%d/vars", i))
		g.Attribute("name", fmt.Sprint("dense", i))
		g.Dataset("0", []int{2, 3}, []float32{1, 2, 3, 4, 5, float32(i)})
	}
	root := reopen(t, w)
	v, err := root.Attribute("model_config")
	require.NoError(t, err)
	text, err := v.Text()
	require.NoError(t, err)
	require.Equal(t, config, text)
	v, err = root.Attribute("names")
	require.NoError(t, err)
	names, err := v.Strings()
	require.NoError(t, err)
	require.Equal(t, []string{"a", "bcd", ""}, names)
	layers, err := root.Group("layers")
	require.NoError(t, err)
	require.Len(t, layers.Names(), 1100)
	for i := range 1100 {
		d, err := layers.Dataset(fmt.Sprintf("dense_%d/vars/0", i))
		require.NoError(t, err)
		got, err := d.Float32s()
		require.NoError(t, err)
		require.Equal(t, []float32{1, 2, 3, 4, 5, float32(i)}, got)
		require.Equal(t, []int{2, 3}, d.Shape())
	}
}
