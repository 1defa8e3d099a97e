package archive

import (
	"archive/zip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A folder is an archive of its own, without what is left out and other folders.
func TestFolder(t *testing.T) {
	a, err := open(build(t,
		member{"m/", nil, zip.Store}, member{"m/b", []byte("b"), zip.Deflate}, member{"m/deep/", nil, zip.Store},
		member{"m/deep/a", []byte("a"), zip.Store}, member{"m/.junk", nil, zip.Store}, member{"mm/c", nil, zip.Store}))
	require.NoError(t, err)
	junk := func(name string) bool { return strings.HasSuffix(name, "/.junk") }
	f := a.Folder("m/", junk)
	require.Equal(t, []string{"b", "deep/", "deep/a"}, f.Names())
	require.False(t, f.Has("m/b"))
	require.Equal(t, []byte("b"), section(t, f, "b"))
	require.Equal(t, []byte("a"), section(t, f, "deep/a"))
	require.Equal(t, []string{"m/", "m/b", "m/deep/", "m/deep/a", "mm/c"}, a.Folder("", junk).Names())
	require.Empty(t, a.Folder("none/", junk).Names())
}
