package hdf5

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// A filter that cannot be undone is told from damage: by its name, when a chunk
// has been through it and all chunks are in the file.
func TestUnknownFilter(t *testing.T) {
	for _, name := range []string{"filters_earliest", "filters_latest"} {
		data := loadFixtures(t)[name]
		read := func(b []byte) error {
			root, err := Open(bytes.NewReader(b), int64(len(b)), 0)
			require.NoError(t, err)
			d, err := root.Dataset("nbit")
			if err == nil {
				_, err = d.Float32s()
			}
			return err
		}
		err := read(data)
		require.ErrorIs(t, err, ErrFilter)
		require.ErrorIs(t, err, ErrUnsupported)
		require.ErrorContains(t, err, "filter: /nbit: 5 (nbit); deflate")

		// The address of its chunk, wherever it is, moved out of the file.
		at := uint64(err.(*Error).Offset)
		outside := 0
		for i := 0; i+8 <= len(data); i++ {
			if binary.LittleEndian.Uint64(data[i:]) != at {
				continue
			}
			b := bytes.Clone(data)
			binary.LittleEndian.PutUint64(b[i:], uint64(len(b)))
			if err := read(b); err != nil {
				require.NotErrorIs(t, err, ErrFilter)
				require.ErrorIs(t, err, ErrFormat)
				outside++
			}
		}
		require.Positive(t, outside, name)
	}
}
