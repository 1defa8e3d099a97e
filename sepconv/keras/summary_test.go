package keras_test

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"testing"

	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// A model that runs has one summary, and every file has one.
func TestModelSummary(t *testing.T) {
	names, err := filepath.Glob(files + "*")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	running := 0
	for _, name := range names {
		m, err := keras.Open(name)
		if err != nil {
			continue // the index of shards, say
		}
		require.Contains(t, m.Summary(), "Total params: ", name)
		if p, err := m.Compile(); err == nil {
			require.Equal(t, p.Summary(), m.Summary(), name)
			running++
		}
	}
	require.Greater(t, running, 20)
	require.Empty(t, (*keras.Model)(nil).Summary())
}

// A model whose code is not in the file, a configuration alone, and weights alone.
func TestModelSummaryOfWhatDoesNotRun(t *testing.T) {
	for name, want := range map[string]string{
		"k3_custom.keras":         "│ gain (Gain) ",
		"k3_chain.json":           "Total params: ? (there are layers whose weights are not in the file)",
		"k3_chain.weights.h5":     "│ conv1/0 │ (3, 3, 1) │        9 │ float32 │",
		"k3_subclassed.keras":     "Weights in .keras, of a model of class",
		"torch_plain.safetensors": "Weights in .safetensors",
	} {
		m, err := keras.Open(files + name)
		require.NoError(t, err)
		_, err = m.Compile()
		require.Error(t, err, name)
		require.Contains(t, m.Summary(), want, name)
	}
}

func ExampleModel_Summary() {
	model, err := keras.Open("testdata/files/torch_plain.safetensors")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(model.Summary())
	// Output:
	// Weights in .safetensors
	// ┏━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━┳━━━━━━━━━━┳━━━━━━━━━┓
	// ┃ Array            ┃ Shape     ┃ Elements ┃ Type    ┃
	// ┡━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━╇━━━━━━━━━━╇━━━━━━━━━┩
	// │ depthwise.weight │ (3, 1, 3) │        9 │ float32 │
	// │ pointwise.bias   │ (5,)      │        5 │ float32 │
	// │ pointwise.weight │ (5, 3, 1) │       15 │ float32 │
	// └──────────────────┴───────────┴──────────┴─────────┘
	//  Total params: 29 (116.00 B)
}

// Names are a stranger's: they neither break the table nor command the terminal.
func TestModelSummaryIsPrintable(t *testing.T) {
	data, err := os.ReadFile(files + "k3_chain.json")
	require.NoError(t, err)
	require.Contains(t, string(data), `"conv1"`)
	name := filepath.Join(t.TempDir(), "x.json")
	require.NoError(t, os.WriteFile(name, bytes.ReplaceAll(data, []byte(`"conv1"`), []byte(`"c\u001b[31m\nä\u202e"`)), 0o600))
	m, err := keras.Open(name)
	require.NoError(t, err)
	require.Contains(t, m.Summary(), "│ c\ufffd[31m\ufffdä\ufffd (")
	require.NotContains(t, m.Summary(), "\x1b")
}
