package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const inventedTable = `Measured on Example <CPU>, one thread, kernels ` + "`avx2`" + `, go1.24; peak 100 GFLOP/s.

| layer | from | ours, µs | best peer | its µs | times faster | share of peak |
|---|---|--:|---|--:|--:|--:|
| A1 | model <A1> | 500.0 | Lame | 800.0 | 1.60 | 80 % |
| B2 | model <B2> | 1000 | Swift | 900.0 | 0.90 | 80 % |

In the geometric mean ours is 1.20 times as fast as the best peer of each layer. Layers of at least 2 MFLOP reach 80.0 % of the peak in the geometric mean. The peers, and how many times as fast ours is in the geometric mean: Swift 1.0 (1.34), Lame 1.0 (1.60).
`

func TestMarkdown(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(&out, &strings.Builder{}, options{results: file(t, invented()), markdown: true}))
	require.Equal(t, inventedTable, out.String())
}

func TestMarkdownWithoutPeers(t *testing.T) {
	r := invented()
	r.Peers, r.GeomeanShare = []peerResults{}, nil
	text := markdown(r)
	require.Contains(t, text, "| A1 | model <A1> | 500.0 | - | - | - | 80 % |")
	require.True(t, strings.HasSuffix(text, "80 % |\n"))
}

func TestReadme(t *testing.T) {
	t.Chdir(t.TempDir())
	readme := filepath.Join(t.TempDir(), "README.md")
	text := "# Title\n\n" + tableBegin + "\nold\n" + tableEnd + "\n\nmore\n"
	require.NoError(t, os.WriteFile(readme, []byte(text), 0o666))
	o := options{results: file(t, invented()), readme: readme}
	for range 2 { // the second time the same
		require.NoError(t, run(&strings.Builder{}, &strings.Builder{}, o))
		got, err := os.ReadFile(readme)
		require.NoError(t, err)
		require.Equal(t, "# Title\n\n"+tableBegin+"\n\n"+inventedTable+
			"\n![How many times faster than each peer, by layer](bench/speed.svg)\n\n"+tableEnd+"\n\nmore\n", string(got))
	}
	picture, err := os.ReadFile(pictureFile)
	require.NoError(t, err)
	require.Contains(t, string(picture), "Swift")
	require.Less(t, len(picture), 300<<10)

	o.results = file(t, func() *results { r := invented(); r.Peers = []peerResults{}; return r }())
	require.NoError(t, run(&strings.Builder{}, &strings.Builder{}, o))
	got, err := os.ReadFile(readme)
	require.NoError(t, err)
	require.NotContains(t, string(got), pictureFile, "there is nothing to draw without peers")
}

func TestReadmeWithoutAPlace(t *testing.T) {
	for _, text := range []string{"", tableBegin, tableEnd, tableEnd + "\n" + tableBegin} {
		readme := filepath.Join(t.TempDir(), "README.md")
		require.NoError(t, os.WriteFile(readme, []byte(text), 0o666))
		o := defaults(t)
		o.readme = readme
		var out strings.Builder
		require.ErrorContains(t, run(&out, &out, o), "has no place for the table")
		require.Empty(t, out.String(), "nothing was measured")
		got, err := os.ReadFile(readme)
		require.NoError(t, err)
		require.Equal(t, text, string(got))
	}
	_, err := readReadme(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// The README of the repository has a place for the table.
func TestOwnReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	require.Contains(t, string(text), tableBegin)
	require.Contains(t, string(text), tableEnd)
}
