package keras_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// What trying the package as its users would has found, and stands nowhere else.

// A link keeps its place though what it leads to is not there yet, and a name may be
// as long as the file system takes.
func TestSaveThroughLinks(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "js" {
		t.Skip("links need rights, or are not there")
	}
	dir := t.TempDir()
	m, err := keras.Open(files + "k3_chain.keras")
	require.NoError(t, err)
	target, link := filepath.Join(dir, "target.keras"), filepath.Join(dir, "link.keras")
	require.NoError(t, os.Symlink("target.keras", link))
	require.NoError(t, m.Save(link))
	_, err = keras.Open(target)
	require.NoError(t, err)
	_, err = os.Readlink(link)
	require.NoError(t, err)
	circle := filepath.Join(dir, "circle.keras")
	require.NoError(t, os.Symlink("circle.keras", circle))
	require.ErrorIs(t, m.Save(circle), sepconv.ErrFile)
	long := filepath.Join(dir, strings.Repeat("n", 255-len(".keras"))+".keras")
	require.NoError(t, m.Save(long))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 4, "nothing is left over")
}

// A class whose code alone knows the layers has none that could be built.
func TestSubclassAsJSON(t *testing.T) {
	m, err := read([]byte(`{"module": null, "class_name": "Net", "config": {"name": "net"}, "registered_name": "mine>Net"}`))
	require.NoError(t, err)
	_, err = m.Blocks()
	require.ErrorIs(t, err, sepconv.ErrFile)
	require.ErrorContains(t, err, "mine>Net")
	_, err = m.SeparableConv1Ds()
	require.ErrorIs(t, err, sepconv.ErrFile)
}

// Keras 3 writes a lambda as its bytes; that of its own sparsemax has Keras' name, and
// the paper's has none.
func TestActivationsWithoutForm(t *testing.T) {
	var c sepconv.Config
	err := json.Unmarshal([]byte(`{"filters": 1, "kernel_size": 1, "activation": {"value": ["4wEAAA=="]}}`), &c)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, "lambda")
	c = sepconv.Config{Filters: 1, KernelSize: 1, Activation: sepconv.Sparsemax}
	_, err = json.Marshal(c)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	c.Activation = sepconv.SparsemaxKeras315
	text, err := json.Marshal(c)
	require.NoError(t, err)
	require.Contains(t, string(text), `"sparsemax"`)
}

// Names in messages can be copied, or have a mark where they are cut.
func TestNamesInMessages(t *testing.T) {
	name := "a_very_long_name_of_a_layer_that_goes_on_and_on_for_more_than_forty_characters"
	m, err := read([]byte(`{"class_name": "Sequential", "config": {"name": "m", "layers": [{"class_name": "Dropout", "config": {"name": "` + name + `"}}]}}`))
	require.NoError(t, err)
	_, err = m.Layer("x")
	require.ErrorContains(t, err, `"`+name+`"`)
}
