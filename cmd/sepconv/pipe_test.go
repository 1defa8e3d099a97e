//go:build unix

package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Who waits for a pipe that nothing writes to can be interrupted, and labels may not go on
// for ever.
func TestPipesAndDevices(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	for _, args := range [][]string{
		{"run", data("signal.keras"), pipe},
		{"run", data("signal.keras"), "-labels", pipe},
	} {
		ctx, stop := context.WithTimeout(context.Background(), 100*time.Millisecond)
		var stdout, stderr bytes.Buffer
		code := run(&env{ctx, strings.NewReader(""), &stdout, &stderr}, args)
		stop()
		require.Equal(t, exitError, code)
		require.Equal(t, "sepconv run: interrupted\n", stderr.String())
	}
	r := call("", "run", data("signal.keras"), "-labels", "/dev/zero")
	require.Equal(t, exitError, r.code)
	require.Contains(t, r.stderr, "it has more than 67108864 bytes")
}
