package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What fails leaves what was, and nothing beside it.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "model.keras")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, s)
			return err
		}
	}
	require.NoError(t, Write(name, text("first")))
	failure := errors.New("disk full")
	err := Write(name, func(w io.Writer) error {
		require.NoError(t, text("half")(w))
		return failure
	})
	require.ErrorIs(t, err, failure)
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "first", string(data))
	require.NoError(t, Write(name, text("second")))
	data, err = os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "second", string(data))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.ErrorContains(t, Write(dir, text("x")), "not a file")
	err = Write(filepath.Join(dir, "no", "model"), text("x"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "create a file in "+filepath.Join(dir, "no")+": ")
}
