//go:build linux || darwin

package keras_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// A pipe is refused, not waited for.
func TestPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe.keras")
	require.NoError(t, syscall.Mkfifo(name, 0o600))
	_, err := keras.Open(name)
	requireSays(t, err, name, "pipe.keras: it is a pipe, not a file", "Read")
	_, err = keras.Open("/dev/null")
	requireSays(t, err, "/dev/null", "not a file")
}
